//! What is answered in each phase of the server's life.

use axum::body::Body;
use axum::http::StatusCode;
use clap::Parser;
use tower::ServiceExt as _;

use super::*;
use crate::config::Config;
use crate::faults::Faults;
use crate::lifecycle::Lifecycle;
use crate::requests::RequestLog;
use crate::runs::Runs;
use crate::socket::Connection;
use crate::store::Store;

fn app() -> App {
    let settings = Config::parse_from(["server"]).settings();
    let runs = Runs::open(settings.clone(), Box::new(()), |setup| {
        Ok(Store::memory(setup))
    });
    App {
        runs: runs.unwrap(),
        faults: Faults::new().0,
        requests: RequestLog::new(9),
        lifecycle: Lifecycle::default(),
        key: None,
        settings,
        dist: None,
    }
}

async fn get(app: &App, path: &str) -> Response {
    let connection = Connection::new(([127, 0, 0, 1], 1).into());
    let request = axum::http::Request::get(path)
        .extension(axum::extract::ConnectInfo(connection))
        .body(Body::empty())
        .unwrap();
    router(app.clone()).oneshot(request).await.unwrap()
}

#[tokio::test]
async fn health_is_503_while_starting_and_stopping_and_200_between_them() {
    let app = app();
    for (phase, status) in [
        (Phase::Starting, StatusCode::SERVICE_UNAVAILABLE),
        (Phase::Ready, StatusCode::OK),
        (Phase::Stopping, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        app.lifecycle.advance(phase);
        assert_eq!(get(&app, "/health").await.status(), status, "{phase:?}");
    }
}

#[tokio::test]
async fn nobody_is_let_in_before_the_store_was_read_or_once_the_server_stops() {
    for phase in [Phase::Starting, Phase::Stopping] {
        let app = app();
        app.lifecycle.advance(phase);
        for path in [
            "/v1/events",
            "/v1/runs/x/events",
            "/v1/runs",
            "/v1/failures/stats",
        ] {
            let answer = get(&app, path).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert_eq!(answer.headers()["retry-after"], "1", "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_run_is_told_when_the_server_stops() {
    let app = app();
    app.lifecycle.advance(Phase::Ready);
    for path in ["/v1/runs/x/events", "/v1/runs/x/plan"] {
        let stopping = async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            app.lifecycle.advance(Phase::Stopping);
        };
        let (answer, ()) = tokio::join!(get(&app, path), stopping);
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
}
