//! Faults that answer a stream request instead of its stream.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What a stream request is answered by a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A status.
    Status(StatusAnswer),
    /// 200 and something that is no event stream.
    ContentType(ContentType),
}

/// A status without a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The status.
    pub status: StatusCode,
    /// `Retry-After`.
    pub retry_after: Option<HeaderValue>,
}

/// The type of a 200 with a small body of that sort, as from a proxy's login page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType(pub HeaderValue);

impl ContentType {
    fn body(&self) -> &'static str {
        let essence = self.0.to_str().unwrap_or_default();
        let essence = essence.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("text/html") {
            "<!doctype html><title>Not a stream</title><p>A fault answered.</p>\n"
        } else if essence.to_ascii_lowercase().ends_with("json") {
            "{\"message\":\"A fault answered.\"}\n"
        } else {
            "A fault answered.\n"
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Status(StatusAnswer {
                status,
                retry_after,
            }) => {
                let mut response = status.into_response();
                response
                    .headers_mut()
                    .extend(retry_after.map(|value| (header::RETRY_AFTER, value)));
                response
            }
            Self::ContentType(sort) => {
                let body = sort.body();
                ([(header::CONTENT_TYPE, sort.0)], body).into_response()
            }
        }
    }
}
