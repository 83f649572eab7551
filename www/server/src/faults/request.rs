//! What `POST /faults` takes, and what of it is refused.

use axum::http::{HeaderValue, StatusCode};
use serde::Deserialize;

/// The body of `POST /faults`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultRequest {
    /// Streams end in mid-chunk, a transport error; cleanly with `clean`.
    Cut {
        /// Only this run's streams.
        run_id: Option<String>,
        /// How many firings.
        times: Option<u32>,
        /// For how long.
        for_ms: Option<u64>,
        /// End as if the server had nothing more to say.
        #[serde(default)]
        clean: bool,
    },
    /// Streams stay open and say nothing, not even heartbeats. Those hung without `for_ms` stay so until cleared.
    Hang {
        /// Only this run's streams.
        run_id: Option<String>,
        /// How many firings.
        times: Option<u32>,
        /// For how long; then hung streams go on.
        for_ms: Option<u64>,
    },
    /// Stream requests are answered by a status instead.
    Status {
        /// Only this run's streams.
        run_id: Option<String>,
        /// How many firings.
        times: Option<u32>,
        /// For how long.
        for_ms: Option<u64>,
        /// The status; default 503.
        status: Option<u16>,
        /// The header `Retry-After`.
        retry_after: Option<RetryAfter>,
    },
    /// Operations of the store fail. Streams of runs that meet it tell of it by an `error` event.
    Store {
        /// Only this run's operations.
        run_id: Option<String>,
        /// How many operations.
        times: Option<u32>,
        /// For how long.
        for_ms: Option<u64>,
        /// Taken as for other kinds, and of no effect: every client hears of each outage anyway.
        #[serde(default)]
        each_client: bool,
        /// Whether it helps to try again; default true.
        #[serde(default = "yes")]
        retryable: bool,
        /// The code that is told; default `store_unavailable`.
        code: Option<String>,
    },
    /// The process starts again without any clean-up, as after a crash.
    Restart {
        /// How long it stays down before it listens again.
        for_ms: Option<u64>,
    },
}

fn yes() -> bool {
    true
}

/// `Retry-After` in either of its forms (RFC 9110, 10.2.3). The text is sent as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// Seconds.
    Seconds(u64),
    /// A date, or whatever a test wants a client to see.
    Text(String),
}

/// A fault that cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Nothing that a stream request could be answered with.
    #[error("status: {0} is no final status; 200 to 599")]
    Status(u16),
    /// Not a header value.
    #[error("retry_after: {0:?} is no header value")]
    RetryAfter(String),
    /// It would never fire.
    #[error("times: at least 1")]
    Never,
}

/// What a stream request is answered by a `status` fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The status.
    pub status: StatusCode,
    /// `Retry-After`.
    pub retry_after: Option<HeaderValue>,
}

pub(super) fn status_answer(
    status: Option<u16>,
    retry_after: Option<RetryAfter>,
) -> Result<StatusAnswer, FaultError> {
    let number = status.unwrap_or(503);
    let status = StatusCode::from_u16(number)
        .ok()
        .filter(|_| (200..=599).contains(&number))
        .ok_or(FaultError::Status(number))?;
    let retry_after = match retry_after {
        None => None,
        Some(RetryAfter::Seconds(seconds)) => Some(HeaderValue::from(seconds)),
        Some(RetryAfter::Text(text)) => {
            Some(HeaderValue::from_str(&text).map_err(|_| FaultError::RetryAfter(text))?)
        }
    };
    Ok(StatusAnswer {
        status,
        retry_after,
    })
}
