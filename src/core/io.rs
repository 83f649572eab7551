//! The whole vocabulary between the core and whoever drives it.
//!
//! Feed an [`Input`] with `handle_input`, then call `poll_output` until it
//! answers [`Output::Timeout`]. Inputs that no longer mean anything (of a
//! request that was given up, or twice the same) are no-ops and therefore safe.

use super::reason::Reason;
use super::state::{Outcome, State};
use super::time::Millis;

/// Names one request; what arrives under another than the newest is stale.
pub type Token = u32;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// Begin. Only the first one counts.
    Start,
    /// The time that [`Output::Timeout`] asked for has come (or any other).
    Timeout,
    /// The answer to [`Output::ConsultLatch`].
    Latch(Option<Outcome>),
    /// Response headers arrived; of a platform's own source, that its stream opened.
    Response(Token, Head<'a>),
    /// Bytes of the body arrived. None may follow before [`Output::Read`].
    Chunk(Token, &'a [u8]),
    /// The body ended as HTTP says it should.
    Ended(Token),
    /// The request or its body failed.
    Failed(Token, Fault),
    /// Rows before this one of the batch have been dispatched.
    Commit(usize),
    /// This row is about to be dispatched and is a terminal event.
    Terminal(usize, Outcome),
    /// The loop over the batch is over.
    Drained,
    /// What the caller's `classify` made of the end asked about.
    Classified(Token, Option<Judgement>),
    /// Whether the machine says that it is online.
    Online(bool),
    /// Whether the page is hidden.
    Hidden(bool),
    /// Whether the page is frozen.
    Frozen(bool),
    /// The page goes away; it may come back.
    PageHide,
    /// The page came back out of the back/forward cache.
    PageShow,
    /// The page's Content Security Policy refused the URL.
    CspViolation,
    /// `close()`.
    Close,
    /// The option `signal` was aborted.
    Abort,
    /// `ResilientEventSource.clear()`.
    Clear,
    /// `reconnect()`.
    Reconnect,
    /// `reset()`.
    Reset,
}

/// What to do, in the order of this list: effects come before announcements,
/// and the timeout comes last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Output {
    /// What has not been dispatched never will be.
    DropBatch,
    /// Give the request up, wherever it is.
    Abort,
    /// Forget the key.
    ClearLatch,
    /// Remember under the key that the stream ended so.
    SetLatch(Outcome),
    /// Look the key up in the registry and answer [`Input::Latch`] at once.
    ConsultLatch,
    /// Begin this request. An older one has been aborted before.
    Open(Request),
    /// A batch is ready: dispatch it, with commits, and end with [`Input::Drained`].
    Dispatch,
    /// Ask the caller what this end means.
    Classify(Token, End),
    /// Tell the page.
    Announce(Announcement),
    /// The next chunk may be read.
    Read(Token),
    /// Nothing more until this point of the monotonic clock, or an input.
    Timeout(Option<Millis>),
}

/// What the page is told, in the order it is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Announcement {
    /// The stall flag changed.
    Stall(bool),
    /// The state changed.
    StateChange {
        /// The state now.
        state: State,
        /// The state before.
        previous: State,
        /// Why.
        reason: Reason,
        /// The attempt that it belongs to.
        attempt: u32,
        /// The delay before the next attempt; set in `waiting` only.
        retry_in: Option<Millis>,
    },
    /// A stream opened.
    Open,
    /// An attempt failed, or the server said stop.
    Error {
        /// How the attempt ended.
        end: End,
        /// The attempt that ended.
        attempt: u32,
        /// The delay before the next one; `None` where none is planned.
        retry_in: Option<Millis>,
        /// Whether the state became `failed`.
        fatal: bool,
    },
    /// The stream is complete.
    Complete {
        /// How it ended.
        outcome: Outcome,
        /// Whether the terminal event that is being dispatched completed it.
        terminal: bool,
        /// Whether the latch completed it, not an event of its own.
        latched: bool,
    },
}

/// A request to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Its name in the inputs that follow.
    pub token: Token,
    /// The attempt's number, from 1 since the last stable connection.
    pub attempt: u32,
    /// Why the attempt is made: how the last one ended, or what woke it.
    pub reason: Reason,
    /// Whether this is a second request of the same attempt, which uses the
    /// headers and parameters that the first one got.
    pub again: bool,
    /// How the last event id travels.
    pub resume: Resume,
}

/// How a request carries the last event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Not at all: there is none.
    None,
    /// As the header `Last-Event-ID`.
    Header,
    /// As a query parameter.
    Query,
}

/// The part of a response that decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Head<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The bytes of the header `Content-Type`, none where there is none.
    pub content_type: &'a [u8],
    /// The header `Retry-After`.
    pub retry_after: Option<RetryAfter>,
    /// Whether redirects led to another origin than the page's.
    pub elsewhere: bool,
}

/// `Retry-After` (RFC 9110 §10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// A delay in seconds.
    Seconds(u32),
    /// An HTTP date, as epoch milliseconds.
    Date(Millis),
}

/// How a request failed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A network error, before the response or in its body.
    Network,
    /// The `headers` function threw or rejected.
    Headers,
    /// The `params` function threw or rejected.
    Params,
    /// The platform's own source closed itself.
    Refused,
    /// The platform's own source lost its stream, or got none, and is about to
    /// reconnect by itself. It may be left to that: then what comes of it comes
    /// under the same token.
    Reconnecting,
    /// As [`Fault::Reconnecting`], but it was closed and will not.
    Lost,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// What happened.
    pub reason: Reason,
    /// The HTTP status, where a response decided.
    pub status: Option<u16>,
    /// What the server asked for by `Retry-After`.
    pub retry_after: Option<RetryAfter>,
}

/// What the caller's `classify` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// A failure; try again after backoff.
    Retry,
    /// A failure that no retry can mend.
    Fatal,
    /// The stream is complete; no latch is set.
    Complete,
    /// A failure; try again after exactly this long.
    RetryIn(Millis),
}

/// How an attempt runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A fetched response, streamed.
    Fetch,
    /// The platform's own `EventSource`.
    Native,
}
