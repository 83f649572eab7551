//! `/faults`: what tests ask to go wrong. See [`crate::faults`].

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{ApiError, read_json};
use crate::faults::{FaultRequest, Posted};

/// Puts a fault in force.
pub(super) async fn post(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let request: FaultRequest = read_json(&body?)?;
    match app
        .faults
        .post(request)
        .map_err(|error| ApiError::Invalid(error.to_string()))?
    {
        Posted::Fault(listed) => Ok((StatusCode::CREATED, Json(json!(listed)))),
        Posted::Restart => Ok((StatusCode::ACCEPTED, Json(json!({ "kind": "restart" })))),
    }
}

/// The faults that can still fire.
pub(super) async fn list(State(app): State<App>) -> Json<Value> {
    Json(json!({ "faults": app.faults.list() }))
}

/// Ends all faults.
pub(super) async fn clear(State(app): State<App>) -> Json<Value> {
    Json(json!({ "cleared": app.faults.clear() }))
}
