//! What an API request is told when it cannot be served.

use axum::Json;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::run::RunId;
use crate::runs::Wait;
use crate::store::StoreError;

/// An error of the API: a status, and JSON `{ "error": { "code", "message" } }`.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: the body is not JSON.
    #[error("The body is not JSON: {0}.")]
    Malformed(String),
    /// 400 or 413: what axum could not read, a body too large for example.
    #[error("{message}.")]
    Unreadable {
        /// The status.
        status: StatusCode,
        /// Words for people.
        message: String,
    },
    /// 422: the body is JSON, but not what is asked for.
    #[error("{0}.")]
    Invalid(String),
    /// 404: no such run, or not within the wait.
    #[error("There is no run {run_id:?}; looked {attempts} times in {waited_ms} ms.")]
    RunNotFound {
        /// The id that was asked for.
        run_id: String,
        /// How often the server looked.
        attempts: u32,
        /// For how long.
        waited_ms: u64,
    },
    /// 401: the API key is missing or wrong.
    #[error("This server asks for its API key, as X-API-Key or as bearer token.")]
    Unauthorized,
    /// 404: no such path.
    #[error("There is nothing at {0}.")]
    NoRoute(String),
    /// 503: starting or stopping.
    #[error("The server is {0}; try again in a moment.")]
    Unavailable(&'static str),
    /// 503 when trying again may help, else 500.
    #[error("The store failed: {0}")]
    Store(#[from] StoreError),
}

impl ApiError {
    /// A run that did not come within the wait.
    pub fn run_not_found(id: &RunId, wait: Wait) -> Self {
        Self::RunNotFound {
            run_id: id.to_string(),
            attempts: wait.attempts,
            waited_ms: wait.ms(),
        }
    }

    fn unreadable(status: StatusCode, message: String) -> Self {
        Self::Unreadable { status, message }
    }

    /// The status that goes with it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unreadable { status, .. } => *status,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RunNotFound { .. } | Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(error) if error.retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Malformed(_) => "malformed_body",
            Self::Unreadable { .. } => "unreadable",
            Self::Unauthorized => "unauthorized",
            Self::Invalid(_) => "invalid_body",
            Self::RunNotFound { .. } => "run_not_found",
            Self::NoRoute(_) => "not_found",
            Self::Unavailable(_) => "unavailable",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        Self::unreadable(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::unreadable(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::unreadable(rejection.status(), rejection.body_text())
    }
}

/// Marks a response that gets the header `Retry-After`, whose value is a setting.
#[derive(Clone, Copy, Debug)]
pub struct TryLater;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = json!({ "error": { "code": self.code(), "message": self.to_string() } });
        let mut response = (status, Json(body)).into_response();
        match self {
            _ if status == StatusCode::SERVICE_UNAVAILABLE => {
                response.extensions_mut().insert(TryLater);
            }
            Self::Unauthorized => {
                let scheme = header::HeaderValue::from_static("Bearer realm=\"dashboard-server\"");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, scheme);
            }
            _ => {}
        }
        response
    }
}

/// Reads a JSON body whatever its content type, so that `curl -d` and requests without a CORS
/// preflight work; an empty body is `{}`. Errors name the field.
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.trim_ascii().is_empty() {
        b"{}"
    } else {
        body
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            let field = if path == "." {
                String::new()
            } else {
                format!("{path}: ")
            };
            ApiError::Invalid(format!("{field}{inner}"))
        } else {
            ApiError::Malformed(inner.to_string())
        }
    })?;
    json.end()
        .map_err(|error| ApiError::Malformed(error.to_string()))?;
    Ok(value)
}
