//! Faults of the answer and of the events, as a client that reads events meets them.

mod common;

use std::time::{Duration, Instant};

use common::{Next, Server, content, ids};

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;
const QUICK: &str = r#"{ "persist_ms": 0, "delay_ms": 0, "seed": 5 }"#;

#[tokio::test]
async fn a_delay_makes_the_headers_late_and_the_stream_is_as_ever() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    server
        .post("/faults", r#"{ "kind": "delay", "delay_ms": 300 }"#)
        .await;
    let start = Instant::now();
    let mut stream = server.stream(&run, None).await;
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(stream.status(), 200);
    let (events, end) = stream.numbered().await;
    assert_eq!((events[0].id, end), (Some(1), Next::End));
}

#[tokio::test]
async fn a_client_that_leaves_during_a_delay_is_entered_as_gone() {
    let server = Server::start(&[]);
    server
        .post("/faults", r#"{ "kind": "delay", "delay_ms": 60000 }"#)
        .await;
    let impatient = reqwest::Client::builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let request = impatient.get(format!("{}/v1/runs/x/events", server.url));
    assert!(request.send().await.is_err());
    server.logged(|entry| entry["end"] == "client left").await;
}

#[tokio::test]
async fn a_bad_content_type_is_a_200_with_a_small_body_of_that_sort() {
    let server = Server::start(&[]);
    for (fields, sort, body) in [
        ("", "text/html", "<!doctype html>"),
        (
            r#", "content_type": "application/json; charset=utf-8""#,
            "application/json; charset=utf-8",
            "{",
        ),
        (r#", "content_type": "text/plain""#, "text/plain", "A fault"),
    ] {
        let fault = format!(r#"{{ "kind": "content_type"{fields} }}"#);
        server.post("/faults", &fault).await;
        let answer = server.stream("x", None).await;
        assert_eq!(
            (answer.status(), answer.header("content-type")),
            (200, Some(sort))
        );
        let text = answer.response.text().await.unwrap();
        assert!(text.starts_with(body) && text.len() < 1000, "{text}");
    }
}

#[tokio::test]
async fn an_oversized_event_is_one_log_event_without_an_id_and_the_others_are_all_there() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    server
        .post(
            "/faults",
            r#"{ "kind": "oversized_event", "bytes": 3000000 }"#,
        )
        .await;
    let (events, end) = server.stream(&run, None).await.rest().await;
    assert_eq!(end, Next::End);
    let large: Vec<_> = events
        .iter()
        .filter(|event| event.data.to_string().len() == 3_000_000)
        .collect();
    assert_eq!(large.len(), 1);
    assert_eq!((large[0].id, &*large[0].name), (None, "log"));
    assert_eq!(large[0].data["run_id"], run.as_str());
    let (others, _) = server.stream(&run, None).await.numbered().await;
    assert_eq!(content(&events), content(&others));
}

#[tokio::test]
async fn an_oversized_event_is_as_large_as_asked_and_never_in_the_servers_memory() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    let before = memory(&server);
    server
        .post(
            "/faults",
            r#"{ "kind": "oversized_event", "bytes": 200000000 }"#,
        )
        .await;
    let mut count = 0;
    while count < 200_000_000 {
        count += stream.response.chunk().await.unwrap().unwrap().len();
    }
    assert!(count < 200_000_100, "{count}");
    if let (Some(before), Some(peak)) = (before, memory(&server)) {
        assert!(peak < before + 50_000, "{before} kB, then {peak} kB");
    }
}

/// The most memory that the server ever took, in kB, where the system tells.
fn memory(server: &Server) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[tokio::test]
async fn only_comments_come_and_the_events_withheld_when_it_is_over() {
    let server = Server::start(&["--heartbeat-ms", "5"]);
    let run = server.run(QUICK).await;
    let fault = r#"{ "kind": "comments_only", "interval_ms": 30 }"#;
    server.post("/faults", fault).await;
    let mut stream = server.stream(&run, None).await;
    let mut text = String::new();
    while text.matches("\n\n").count() < 4 {
        let chunk = stream.response.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(
        text.lines()
            .all(|line| line.is_empty() || line.starts_with(':')),
        "{text}"
    );
    let clear = reqwest::Client::new().delete(format!("{}/faults", server.url));
    clear.send().await.unwrap();
    let (events, end) = stream.rest().await;
    assert_eq!((&*events[0].name, end), ("connected", Next::End));
    let count = ids(&events).len() as u64;
    assert_eq!(ids(&events), (1..=count).collect::<Vec<_>>());
    assert!(count > 0);
}

#[tokio::test]
async fn wrong_ids_are_shifted_missing_or_constant_and_the_data_is_right() {
    let server = Server::start(&[]);
    let run = server.run(QUICK).await;
    let (right, _) = server.stream(&run, None).await.rest().await;
    let count = ids(&right).len() as u64;
    for (fields, expected) in [
        ("", (1001..=1000 + count).collect::<Vec<_>>()),
        (r#", "mode": "missing""#, Vec::new()),
        (r#", "mode": "constant""#, vec![1; right.len() - 2]),
    ] {
        let fault = format!(r#"{{ "kind": "wrong_ids"{fields} }}"#);
        server.post("/faults", &fault).await;
        let (wrong, end) = server.stream(&run, None).await.rest().await;
        assert_eq!(end, Next::End);
        assert_eq!(ids(&wrong), expected);
        let data = |events: &[common::Event]| -> Vec<_> {
            let news = events
                .iter()
                .filter(|event| event.name != "connected" && event.name != "stream_end");
            news.map(|event| event.data.clone()).collect()
        };
        assert_eq!(data(&wrong), data(&right));
    }
}
