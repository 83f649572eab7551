//! Who may use the API, where the server was started with a key.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::requests::stream_path;
use crate::app::App;
use crate::error::ApiError;

/// Lets nobody in without the key. A stream request that is refused is in the request log like others.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let open = app
        .key
        .as_ref()
        .is_none_or(|key| key.opens(request.headers()));
    if open {
        return next.run(request).await;
    }
    let error = ApiError::Unauthorized;
    if let Some(run_id) = stream_path(request.uri().path()) {
        let method = request.method().as_str();
        let mut entry = app.requests.enter(method, run_id, None, None);
        entry.answered(error.status(), None);
        entry.end("answered");
    }
    error.into_response()
}
