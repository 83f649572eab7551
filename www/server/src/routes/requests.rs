//! `GET /v1/requests`: what clients asked of the streams. See [`crate::requests`].

use axum::Json;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};

use crate::app::App;
use crate::brief::brief;
use crate::run::RunId;

/// Those remembered, oldest first.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    Json(json!({ "requests": app.requests.list() }))
}

/// Enters CORS preflights of stream requests, which the CORS layer answers before any route sees them.
pub(super) async fn enter_preflight(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let asked = (request.method() == Method::OPTIONS)
        .then(|| stream_path(request.uri().path()))
        .flatten();
    let entry = asked.map(|run_id| app.requests.enter("OPTIONS", run_id, None, None));
    let response = next.run(request).await;
    if let Some(mut entry) = entry {
        entry.answered(response.status(), None);
        entry.end("answered");
    }
    response
}

/// The run of a stream's path, or none for the path of all runs.
pub(super) fn stream_path(path: &str) -> Option<Option<RunId>> {
    if path == "/v1/events" {
        return Some(None);
    }
    let id = path.strip_prefix("/v1/runs/")?.strip_suffix("/events")?;
    (!id.contains('/')).then(|| Some(RunId::from(&*brief(id))))
}
