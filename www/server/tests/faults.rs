//! Faults as a client meets them, over real sockets.

mod common;

use std::time::Duration;

use common::{Next, Server};

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;

#[tokio::test]
async fn a_cut_is_a_lost_connection_and_a_clean_one_an_end() {
    let server = Server::start(&[]);
    for (fault, end) in [
        (r#"{ "kind": "cut" }"#, Next::Broken),
        (r#"{ "kind": "cut", "clean": true }"#, Next::End),
    ] {
        let run = server.run(SLOW).await;
        let mut stream = server.stream(&run, None).await;
        stream.next_numbered().await;
        let (status, answer) = server.post("/faults", fault).await;
        assert_eq!((status, &answer["streams"]), (201, &1.into()), "{answer}");
        assert_eq!(stream.next().await, end);
    }
}

#[tokio::test]
async fn a_cut_that_waited_for_a_stream_comes_after_its_greeting() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    server.post("/faults", r#"{ "kind": "cut" }"#).await;
    let (events, end) = server.stream(&run, None).await.rest().await;
    assert_eq!(end, Next::Broken);
    assert_eq!(
        events.iter().map(|event| &*event.name).collect::<Vec<_>>(),
        ["connected"]
    );
}

#[tokio::test]
async fn a_hang_is_silence_without_heartbeats_on_an_open_stream_until_cleared() {
    let server = Server::start(&["--heartbeat-ms", "50"]);
    let run = server.run(SLOW).await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    server.post("/faults", r#"{ "kind": "hang" }"#).await;
    // A heartbeat may have been on its way.
    while !stream.silent_for(Duration::from_millis(500)).await {}
    reqwest::Client::new()
        .delete(format!("{}/faults", server.url))
        .send()
        .await
        .unwrap();
    assert!(matches!(stream.next().await, Next::Event(event) if event.name == "heartbeat"));
}

#[tokio::test]
async fn a_status_is_answered_once_with_its_retry_after_readable_across_origins() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let date = "Fri, 31 Dec 1999 23:59:59 GMT";
    for (retry_after, header) in [("7".to_owned(), "7"), (format!("{date:?}"), date)] {
        let fault =
            format!(r#"{{ "kind": "status", "status": 429, "retry_after": {retry_after} }}"#);
        server.post("/faults", &fault).await;
        let origin = [("origin", "http://page.test".to_owned())];
        let refused = server
            .stream_with(&format!("/v1/runs/{run}/events"), origin)
            .await;
        assert_eq!(
            (refused.status(), refused.header("retry-after")),
            (429, Some(header))
        );
        assert_eq!(
            refused.header("access-control-allow-origin"),
            Some("http://page.test")
        );
        assert_eq!(server.stream(&run, None).await.status(), 200);
    }
}

#[tokio::test]
async fn a_status_fault_is_listed_until_it_is_used_up_or_cleared() {
    let server = Server::start(&[]);
    server
        .post("/faults", r#"{ "kind": "status", "times": 5 }"#)
        .await;
    let listed = async || server.get("/faults").await.1["faults"].clone();
    assert_eq!(listed().await[0]["times_left"], 5);
    assert_eq!(server.stream("x", None).await.status(), 503);
    assert_eq!(listed().await[0]["times_left"], 4);
    let cleared = reqwest::Client::new()
        .delete(format!("{}/faults", server.url))
        .send()
        .await;
    assert_eq!(
        cleared.unwrap().json::<serde_json::Value>().await.unwrap()["cleared"],
        1
    );
    assert_eq!(listed().await, serde_json::json!([]));
}

#[tokio::test]
async fn a_bad_fault_is_refused_and_named() {
    let server = Server::start(&[]);
    for (body, status, part) in [
        ("{", 400, "not JSON"),
        (r#"{ "kind": "flood" }"#, 422, "flood"),
        (r#"{ "kind": "cut", "time": 3 }"#, 422, "time"),
        (r#"{ "kind": "cut", "times": 0 }"#, 422, "times"),
        (r#"{ "kind": "cut", "for_ms": 0 }"#, 422, "for_ms"),
        (
            r#"{ "kind": "restart", "for_ms": 86400001 }"#,
            422,
            "for_ms",
        ),
        (r#"{ "kind": "status", "status": 99 }"#, 422, "status"),
    ] {
        let (answered, answer) = server.post("/faults", body).await;
        assert_eq!(answered, status, "{body}");
        assert!(
            answer["error"]["message"].as_str().unwrap().contains(part),
            "{answer}"
        );
    }
    assert_eq!(
        server.get("/faults").await.1["faults"],
        serde_json::json!([])
    );
}
