//! The API key, over real sockets.

mod common;

use common::{Server, refused};
use reqwest::{Method, Response};

const KEY: &str = "k3y-that-nobody-guesses";
const STREAM: &str = "/v1/runs/x/events";

async fn ask(
    server: &Server,
    method: Method,
    path: &str,
    header: Option<(&str, &str)>,
) -> Response {
    let mut request = reqwest::Client::new()
        .request(method, format!("{}{path}", server.url))
        .header("origin", "http://page.test");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn without_the_key_the_api_answers_401_that_a_page_of_another_origin_can_read() {
    let server = Server::start(&["--api-key", KEY]);
    for (method, path) in [
        (Method::GET, "/v1/runs"),
        (Method::POST, "/v1/runs"),
        (Method::GET, STREAM),
        (Method::GET, "/v1/events"),
        (Method::GET, "/v1/runs/x/plan"),
        (Method::GET, "/v1/failures/stats"),
        (Method::GET, "/v1/requests"),
        (Method::GET, "/v1/nothing"),
        (Method::GET, "/faults"),
        (Method::POST, "/faults"),
        (Method::DELETE, "/faults"),
    ] {
        let wrong = [
            None,
            Some(("x-api-key", "wrong")),
            Some(("authorization", "Bearer wrong")),
        ];
        for header in wrong {
            let answer = ask(&server, method.clone(), path, header).await;
            let what = format!("{method} {path} {header:?}");
            assert_eq!(answer.status(), 401, "{what}");
            let headers = answer.headers();
            assert_eq!(
                headers["www-authenticate"], "Bearer realm=\"dashboard-server\"",
                "{what}"
            );
            assert_eq!(
                headers["access-control-allow-origin"], "http://page.test",
                "{what}"
            );
            let answer: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(answer["error"]["code"], "unauthorized", "{what}");
        }
    }
}

#[tokio::test]
async fn either_header_opens_and_health_the_page_and_preflights_need_none() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::write(dist.path().join("index.html"), "page").unwrap();
    let server = Server::start(&["--dist", dist.path().to_str().unwrap(), "--api-key", KEY]);
    let bearer = format!("Bearer {KEY}");
    for header in [("x-api-key", KEY), ("authorization", &*bearer)] {
        let answer = ask(&server, Method::GET, "/v1/runs", Some(header)).await;
        assert_eq!(answer.status(), 200, "{header:?}");
        let answer = ask(&server, Method::GET, "/faults", Some(header)).await;
        assert_eq!(answer.status(), 200, "{header:?}");
    }
    for path in ["/health", "/", "/runs/run_1"] {
        let answer = ask(&server, Method::GET, path, None).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
    let preflight = ("access-control-request-method", "GET");
    let answer = ask(&server, Method::OPTIONS, STREAM, Some(preflight)).await;
    assert!(answer.status().is_success());
    assert!(
        answer
            .headers()
            .contains_key("access-control-allow-methods")
    );
}

#[tokio::test]
async fn a_refused_stream_is_in_the_request_log_and_the_key_is_in_no_log() {
    let server = Server::start(&["--api-key", KEY]);
    ask(&server, Method::GET, STREAM, Some(("x-api-key", "wr0ng"))).await;
    let key = Some(("x-api-key", KEY));
    let log = ask(&server, Method::GET, "/v1/requests", key).await;
    let log: serde_json::Value = log.json().await.unwrap();
    assert_eq!(log["requests"][0]["status"], 401, "{log}");
    for text in [log.to_string(), server.log()] {
        assert!(!text.contains(KEY) && !text.contains("wr0ng"), "{text}");
    }
}

#[test]
fn a_key_that_is_refused_at_the_start_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(folder.path(), &["--api-key", "my s3cret key"]);
    assert!(said.contains("DASHBOARD_API_KEY"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[test]
fn the_help_shows_no_key_from_the_environment() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_dashboard-server"))
        .arg("--help")
        .env("DASHBOARD_API_KEY", KEY)
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.contains("DASHBOARD_API_KEY") && !help.contains(KEY),
        "{help}"
    );
}
