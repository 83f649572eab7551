//! `/v1/runs` and what hangs below it, the stream aside.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::brief::brief;
use crate::clock;
use crate::error::{ApiError, read_json};
use crate::run::plan::Plan;
use crate::run::{RunId, RunRequest, RunSpec};
use crate::store::{RunRecord, Status};

/// The most runs in one list.
const MOST: usize = 1_000;

/// Starts a run.
pub(super) async fn start(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let request: RunRequest = read_json(&body?)?;
    let spec = request
        .into_spec(app.settings.persist)
        .map_err(|error| ApiError::Invalid(error.to_string()))?;
    let id = app.runs.start(spec).await?;
    let answer = json!({ "run_id": id, "events_url": format!("/v1/runs/{id}/events") });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

#[derive(Deserialize)]
pub(super) struct ListQuery {
    limit: Option<usize>,
}

#[derive(Serialize)]
pub(super) struct Listed {
    run_id: RunId,
    status: Status,
    created_at: String,
    finished_at: Option<String>,
    last_event_id: u64,
    #[serde(flatten)]
    spec: RunSpec,
}

impl From<RunRecord> for Listed {
    fn from(record: RunRecord) -> Self {
        Self {
            status: record.status(),
            run_id: record.id,
            created_at: clock::iso(record.created_ms),
            finished_at: record.end.map(|(_, at)| clock::iso(at)),
            last_event_id: record.last_event_id,
            spec: record.spec,
        }
    }
}

/// The newest runs, newest first.
pub(super) async fn list(
    State(app): State<App>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, ApiError> {
    let Query(query) = query?;
    let runs = app
        .runs
        .newest(query.limit.unwrap_or(100).min(MOST))
        .await?;
    let runs: Vec<Listed> = runs.into_iter().map(Listed::from).collect();
    Ok(Json(json!({ "runs": runs })))
}

#[derive(Serialize)]
pub(super) struct PlanAnswer {
    run_id: RunId,
    #[serde(flatten)]
    plan: Plan,
}

/// The stages to come. Waits for the run as its stream does, so a page may ask for both at once.
pub(super) async fn plan(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<PlanAnswer>, ApiError> {
    let Path(id) = id?;
    let run_id = RunId::from(&*brief(&id));
    let (found, wait) = tokio::select! {
        found = app.runs.wait_for(&run_id) => found?,
        () = app.lifecycle.stopping() => return Err(ApiError::Unavailable("stopping")),
    };
    let plan = match found {
        Some(_) => app.runs.plan(&run_id).await?,
        None => None,
    };
    match plan {
        Some(plan) => Ok(Json(PlanAnswer { run_id, plan })),
        None => Err(ApiError::run_not_found(&run_id, wait)),
    }
}
