//! `GET /v1/runs/{id}/events`.

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{LAST_EVENT_ID, RUN_ID, STREAM_BUFFER};
use crate::app::App;
use crate::error::ApiError;
use crate::faults::shaped;
use crate::run::RunId;
use crate::socket::Connection;
use crate::stream::EventStream;

/// Waits for the run, then streams it from where the client was.
pub(super) async fn stream(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let run_id = RunId::from(id);
    // The header is the fresher one: a platform `EventSource` sends it when it reconnects by itself,
    // with whatever query its URL has had from the start.
    let header = headers
        .get(LAST_EVENT_ID)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    // The last one wins: a page's own URL may have one, and its client appends a fresher.
    let last = |wanted: &str| {
        let found = query.iter().rev().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
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
        answer = app.faults.answer(Some(&run_id), client.as_deref()) => answer,
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

    let found = tokio::select! {
        found = app.runs.wait_for(&run_id) => found,
        () = app.lifecycle.stopping() => {
            return refuse(entry, ApiError::Unavailable("stopping"), None);
        }
    };
    let (emitter, wait) = match found {
        Ok((Some(emitter), wait)) => (emitter, wait),
        Ok((None, wait)) => {
            let error = ApiError::RunNotFound {
                run_id: run_id.to_string(),
                attempts: wait.attempts,
                waited_ms: wait.ms(),
            };
            return refuse(entry, error, Some(wait));
        }
        Err(error) => return refuse(entry, error.into(), None),
    };

    entry.answered(StatusCode::OK, Some(wait));
    // An id that is no number of ours is one that is not known here.
    let events = emitter.subscribe(asked.as_deref().and_then(|id| id.parse().ok()));
    let resumed_from = events.resumed_from();
    let faults = app
        .faults
        .open(Some(&run_id), client.as_deref(), &connection);
    let stream = EventStream {
        events,
        faults: faults.clone(),
        entry,
        lifecycle: app.lifecycle.clone(),
        settings: app.settings,
        run_id,
    };
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
    // Of our own making, so always a header value.
    headers.extend(
        HeaderValue::from_str(emitter.run_id().as_str())
            .ok()
            .map(|id| (RUN_ID, id)),
    );
    // A client that named no id and gets everything has nothing to compare.
    if asked.is_some() || resumed_from > 0 {
        headers.insert(LAST_EVENT_ID, HeaderValue::from(resumed_from));
    }
    let body = shaped(stream.into_body(), faults, app.lifecycle);
    (headers, Body::from_stream(body)).into_response()
}

fn refuse(
    mut entry: crate::requests::Entry,
    error: ApiError,
    wait: Option<crate::runs::Wait>,
) -> Response {
    entry.answered(error.status(), wait);
    entry.end("answered");
    error.into_response()
}
