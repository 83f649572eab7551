//! `GET /health`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::App;
use crate::lifecycle::Phase;

/// 200 while requests are served, else 503.
pub(super) async fn health(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let (status, text) = match app.lifecycle.phase() {
        Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Phase::Ready => (StatusCode::OK, "ready"),
        Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    (status, Json(json!({ "status": text })))
}
