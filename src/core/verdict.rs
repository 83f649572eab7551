//! What an end means: the table of verdicts.

use super::io::{End, Judgement};
use super::reason::Reason;

/// What is known about the source when an attempt ends.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Standing {
    /// A stream has been open since construction or `reset()`.
    pub(crate) ever_open: bool,
    /// The attempt that ended had opened a stream.
    pub(crate) was_open: bool,
    /// A 404 still means "not there yet".
    pub(crate) graced: bool,
    /// A 401 or 403 is worth a try with a fresh token.
    pub(crate) credit: bool,
    /// The request may be sent again after its stream opened.
    pub(crate) repeatable: bool,
}

/// What to do about an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The server closes on purpose after each answer: come back, no failure.
    Cycle,
    /// A failure.
    Retry,
    /// A failure, and the caller says when to come back.
    RetryIn(u64),
    /// Not there yet: no failure.
    Grace,
    /// Once more at once, with a fresh token: no failure.
    FreshToken,
    /// No retry can mend it.
    Fatal,
    /// "a client can be told to stop reconnecting using the HTTP 204 No Content
    /// response code" (HTML standard §9.2.1): `completed`, and the standard's `error`.
    Stop,
    /// The stream has said all; no `error`.
    Complete,
}

/// The verdict on `end`; what the caller's `classify` said comes first.
pub(crate) fn judge(end: &End, asked: Option<Judgement>, standing: Standing) -> Verdict {
    if let Some(judgement) = asked {
        return match judgement {
            Judgement::Retry => Verdict::Retry,
            Judgement::Fatal => Verdict::Fatal,
            Judgement::Complete => Verdict::Complete,
            Judgement::RetryIn(delay) => Verdict::RetryIn(delay),
        };
    }
    if standing.was_open && !standing.repeatable {
        return if matches!(end.reason, Reason::Ended | Reason::Cycle) {
            Verdict::Complete
        } else {
            Verdict::Fatal
        };
    }
    // Once a source has been open, a deploy or a proxy's error page must not
    // end it.
    let before_open = if standing.ever_open {
        Verdict::Retry
    } else {
        Verdict::Fatal
    };
    match end.reason {
        Reason::Cycle => Verdict::Cycle,
        Reason::NoContent => Verdict::Stop,
        Reason::Gone
        | Reason::Blocked
        | Reason::Refused
        | Reason::TooLarge
        | Reason::Unsupported => Verdict::Fatal,
        Reason::ContentType => before_open,
        Reason::HttpStatus => match end.status.unwrap_or(0) {
            404 if standing.graced => Verdict::Grace,
            401 | 403 if standing.credit => Verdict::FreshToken,
            401 | 403 => Verdict::Fatal,
            501 | 505 => before_open,
            408 | 425 | 429 | 500..=599 => Verdict::Retry,
            _ => before_open,
        },
        _ => Verdict::Retry,
    }
}

/// How a response other than an open stream ended its attempt.
pub(crate) fn reason_of(status: u16) -> Reason {
    match status {
        200 => Reason::ContentType,
        204 => Reason::NoContent,
        410 => Reason::Gone,
        _ => Reason::HttpStatus,
    }
}

/// Whether a `Content-Type` is that of an event stream: the MIME essence
/// decides, its parameters do not (HTML standard, "server-sent events",
/// processing model). Of several types, which come joined by commas, the last that is one (Fetch standard, "extract a
/// MIME type").
pub(crate) fn is_event_stream(content_type: &[u8]) -> bool {
    let mut quoted = false;
    let mut escaped = false;
    content_type
        .split(|&byte| {
            quoted ^= byte == b'"' && !escaped;
            escaped = byte == b'\\' && quoted && !escaped;
            byte == b',' && !quoted
        })
        .filter_map(|value| value.split(|&byte| byte == b';').next())
        .map(<[u8]>::trim_ascii)
        .filter(|essence| essence.contains(&b'/') && *essence != b"*/*")
        .last()
        .is_some_and(|essence| essence.eq_ignore_ascii_case(b"text/event-stream"))
}
