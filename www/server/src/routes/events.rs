//! `GET /v1/runs/{id}/events` and `GET /v1/events`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{LAST_EVENT_ID, RUN_ID, STREAM_BUFFER};
use crate::app::App;
use crate::brief::brief;
use crate::error::ApiError;
use crate::faults::shaped;
use crate::hub::Emitter;
use crate::requests::Entry;
use crate::run::RunId;
use crate::runs::Wait;
use crate::socket::Connection;
use crate::stream::{EventStream, Record};

type Parameters = Query<Vec<(String, String)>>;

/// Waits for the run, then streams it from where the client was.
pub(super) async fn of_run(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    query: Parameters,
    connection: ConnectInfo<Connection>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let id = match id {
        Ok(Path(id)) => id,
        Err(rejection) => return ApiError::from(rejection).into_response(),
    };
    let run_id = Some(RunId::from(&*brief(&id)));
    stream(app, run_id, &query, connection.0, &method, &headers).await
}

/// Streams all runs from where the client was.
pub(super) async fn of_all(
    State(app): State<App>,
    query: Parameters,
    connection: ConnectInfo<Connection>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    stream(app, None, &query, connection.0, &method, &headers).await
}

async fn stream(
    app: App,
    run_id: Option<RunId>,
    query: &[(String, String)],
    connection: Connection,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    // The header is the fresher one: a platform `EventSource` sends it when it reconnects by itself,
    // with whatever query its URL has had from the start.
    let header = headers
        .get(LAST_EVENT_ID)
        .map(|value| brief(&String::from_utf8_lossy(value.as_bytes())).into_owned());
    // The last one wins: a page's own URL may have one, and its client appends a fresher.
    let last = |wanted: &str| {
        let found = query.iter().rev().find(|(name, _)| name == wanted);
        found.map(|(_, value)| brief(value).into_owned())
    };
    let (client, query) = (last("client"), last("lastEventId"));
    let asked = [&header, &query]
        .into_iter()
        .flatten()
        .find(|id| !id.is_empty())
        .cloned();
    let mut entry = app
        .requests
        .enter(method.as_str(), run_id.clone(), header, query);
    entry.asked_by(client.clone(), connection.clone());

    let answer = tokio::select! {
        answer = app.faults.answer(run_id.as_ref(), client.as_deref()) => answer,
        () = app.lifecycle.stopping() => {
            return refuse(entry, ApiError::Unavailable("stopping"), None);
        }
    };
    if let Some(answer) = answer {
        let response = answer.into_response();
        entry.answered(response.status(), None);
        entry.end("answered by a fault");
        return response;
    }

    let (emitter, wait) = match &run_id {
        None => (app.runs.all(), None),
        Some(id) => match wait_for(&app, id).await {
            Ok((emitter, wait)) => (emitter, Some(wait)),
            Err((error, wait)) => return refuse(entry, error, wait),
        },
    };

    entry.answered(StatusCode::OK, wait);
    // An id that is no number of ours is one that is not known here.
    let events = emitter.subscribe(asked.as_deref().and_then(|id| id.parse().ok()));
    let resumed_from = events.resumed_from();
    let headers = metadata(&emitter, run_id.as_ref(), asked.as_deref(), resumed_from);
    let faults = app
        .faults
        .open(run_id.as_ref(), client.as_deref(), &connection);
    let stream = EventStream {
        events,
        ring: emitter.ring(),
        faults: faults.clone(),
        entry: Record::open(
            entry,
            &app.lifecycle,
            run_id.clone(),
            asked.as_deref(),
            resumed_from,
        ),
        lifecycle: app.lifecycle.clone(),
        settings: app.settings,
        run_id,
    };
    let body = shaped(stream.into_body(), faults, app.lifecycle);
    (headers, Body::from_stream(body)).into_response()
}

/// Waits for a run until it is there, will not come, or the server stops.
async fn wait_for(app: &App, id: &RunId) -> Result<(Arc<Emitter>, Wait), (ApiError, Option<Wait>)> {
    let found = tokio::select! {
        found = app.runs.wait_for(id) => found,
        () = app.lifecycle.stopping() => return Err((ApiError::Unavailable("stopping"), None)),
    };
    match found {
        Ok((Some(emitter), wait)) => Ok((emitter, wait)),
        Ok((None, wait)) => Err((ApiError::run_not_found(id, wait), Some(wait))),
        Err(error) => Err((error.into(), None)),
    }
}

/// What is told of a stream in headers.
fn metadata(
    emitter: &Emitter,
    run_id: Option<&RunId>,
    asked: Option<&str>,
    resumed_from: u64,
) -> HeaderMap {
    let mut headers: HeaderMap = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
        (STREAM_BUFFER, HeaderValue::from(emitter.ring())),
    ]
    .into_iter()
    .collect();
    // A run that exists has an id of our own making, so always a header value.
    headers.extend(
        run_id
            .and_then(|id| HeaderValue::from_str(id.as_str()).ok())
            .map(|id| (RUN_ID, id)),
    );
    // A client that named no id and gets everything has nothing to compare.
    if asked.is_some() || resumed_from > 0 {
        headers.insert(LAST_EVENT_ID, HeaderValue::from(resumed_from));
    }
    headers
}

fn refuse(mut entry: Entry, error: ApiError, wait: Option<Wait>) -> Response {
    entry.answered(error.status(), wait);
    entry.end("answered");
    error.into_response()
}
