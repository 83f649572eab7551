//! `GET /v1/failures/stats`.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::error::ApiError;
use crate::store::Failures;

/// How many codes are listed.
const TOP: usize = 10;

/// Failures by code, the ten most frequent ones.
pub(super) async fn stats(State(app): State<App>) -> Result<Json<Failures>, ApiError> {
    Ok(Json(app.runs.failures(TOP).await?))
}
