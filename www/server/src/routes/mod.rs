//! The HTTP surface: which path leads where, and what holds for all of them.

mod access;
mod events;
mod failures;
mod faults;
mod health;
mod page;
mod requests;
mod runs;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use tower_http::cors::CorsLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::error::{ApiError, TryLater};
use crate::lifecycle::Phase;

/// The id a stream really resumed from.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// The run a stream belongs to.
pub const RUN_ID: HeaderName = HeaderName::from_static("x-run-id");
/// How many events of the run can be replayed.
pub const STREAM_BUFFER: HeaderName = HeaderName::from_static("x-stream-buffer");

/// All routes.
pub fn router(app: App) -> Router {
    // POST too: a client may send a body with its request for a stream.
    let stream = Router::new()
        .route(
            "/v1/runs/{id}/events",
            get(events::of_run).post(events::of_run),
        )
        .route("/v1/events", get(events::of_all).post(events::of_all))
        .layer(from_fn_with_state(app.clone(), ready));
    let api = Router::new()
        .route("/v1/runs", post(runs::start).get(runs::list))
        .route("/v1/runs/{id}/plan", get(runs::plan))
        .route("/v1/failures/stats", get(failures::stats))
        .route("/v1/{*rest}", axum::routing::any(nothing))
        .layer(from_fn_with_state(app.clone(), ready));
    let tests = Router::new()
        .route("/v1/requests", get(requests::list))
        .route(
            "/faults",
            post(faults::post).get(faults::list).delete(faults::clear),
        );
    let guarded = stream
        .merge(api)
        .merge(tests)
        .layer(from_fn_with_state(app.clone(), access::check));
    let rest = Router::new().route("/health", get(health::health));

    let page = page::router(app.dist.as_deref());
    // Innermost last: a page's file is the only thing that may be kept.
    let no_store = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    guarded
        .merge(rest)
        .with_state(app.clone())
        .layer(no_store)
        .layer(from_fn_with_state(app.clone(), try_later))
        .merge(page)
        .layer(cors())
        .layer(from_fn_with_state(app, requests::enter_preflight))
}

/// Any origin, with credentials, any header and method; what the streams tell in headers can be read.
fn cors() -> CorsLayer {
    CorsLayer::very_permissive().expose_headers([
        LAST_EVENT_ID,
        RUN_ID,
        STREAM_BUFFER,
        header::RETRY_AFTER,
    ])
}

/// Says when to try again what was refused for a while; a fault's answer says it or does not, as it was asked to.
async fn try_later(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.extensions().get::<TryLater>().is_some() {
        let seconds = HeaderValue::from(app.settings.retry_after);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// Lets nobody in while the store is being read or the server stops.
async fn ready(State(app): State<App>, request: Request, next: Next) -> Result<Response, ApiError> {
    match app.lifecycle.phase() {
        Phase::Ready => Ok(next.run(request).await),
        Phase::Starting => Err(ApiError::Unavailable("starting")),
        Phase::Stopping => Err(ApiError::Unavailable("stopping")),
    }
}

async fn nothing(uri: Uri) -> ApiError {
    ApiError::NoRoute(uri.path().to_owned())
}

#[cfg(test)]
mod tests;
