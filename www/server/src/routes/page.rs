//! The built page: files of the dist folder, and its index for the paths that the page routes by itself.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::routing::get_service;
use tower::ServiceExt as _;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::ApiError;

/// What answers the paths that are not the API's.
pub(super) fn router(dist: Option<&Path>) -> Router {
    let Some(dist) = dist else {
        return Router::new()
            .fallback(|uri: Uri| async move { ApiError::NoRoute(uri.path().to_owned()) });
    };
    let index = ServeFile::new(dist.join("index.html"));
    let index = axum::handler::HandlerWithoutStateExt::into_service(
        move |request: axum::extract::Request| {
            let index = index.clone();
            async move {
                // A missing script must not come as a page: the browser's message would mislead.
                if is_file(request.uri().path()) {
                    return (StatusCode::NOT_FOUND, "There is no such file.").into_response();
                }
                match index.oneshot(request).await {
                    Ok(response) => response.into_response(),
                    Err(never) => match never {},
                }
            }
        },
    );
    // Asked for again each time, answered 304 when unchanged: a rebuilt page shows at once.
    let revalidate = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache"),
    );
    Router::new()
        .fallback_service(get_service(ServeDir::new(dist).fallback(index)))
        .layer(revalidate)
}

fn is_file(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'))
}
