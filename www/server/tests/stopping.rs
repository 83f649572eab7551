//! How a server stops that is asked to, and what it logs of streams.

mod common;

use std::process::Command;

use common::{DEADLINE, Next, Server, Stream, ids};
use serde_json::Value;

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;

/// SIGTERM, without waiting for the end.
fn ask_to_stop(server: &Server) {
    let pid = server.pid().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
}

/// A client that is behind by more than sockets hold, of a run that goes on.
async fn behind(server: &Server) -> (String, Stream) {
    let run = server
        .run(r#"{ "events": 60000, "delay_ms": 0, "persist_ms": 0 }"#)
        .await;
    let behind = server.stream(&run, None).await;
    server.stream(&run, None).await.rest().await;
    (run, behind)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_announced_is_delivered_before_the_clean_end() {
    let wide = [
        "--ring",
        "100000",
        "--lag-limit",
        "100000",
        "--stop-ms",
        "20000",
    ];
    let mut server = Server::start(&wide);
    let (_, mut behind) = behind(&server).await;
    ask_to_stop(&server);
    let (events, end) = behind.rest().await;
    assert_eq!(end, Next::End);
    assert!(events.len() > 60_000);
    assert_eq!(
        ids(&events),
        (1..=ids(&events).len() as u64).collect::<Vec<_>>()
    );
    assert_eq!(events.last().unwrap().name, "stream_end");
    assert!(tokio::task::block_in_place(|| server.terminate()).success());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_streams_end_health_and_new_requests_are_answered_503() {
    let wide = [
        "--ring",
        "100000",
        "--lag-limit",
        "100000",
        "--stop-ms",
        "20000",
    ];
    let mut server = Server::start(&wide);
    let (run, behind) = behind(&server).await;
    assert_eq!(server.get("/health").await.0, 200);
    let waiting = {
        let url = format!("{}/v1/runs/none/events", server.url);
        tokio::spawn(async move { reqwest::get(url).await.unwrap().status() })
    };
    server.logged(|entry| entry["run_id"] == "none").await;
    ask_to_stop(&server);
    assert_eq!(waiting.await.unwrap(), 503, "it waited for a run");
    let (status, health) = server.get("/health").await;
    assert_eq!((status, &health["status"]), (503, &"stopping".into()));
    for path in ["/v1/events".to_owned(), format!("/v1/runs/{run}/events")] {
        let refused = server.stream_with(&path, None).await;
        assert_eq!(
            (refused.status(), refused.header("retry-after")),
            (503, Some("1"))
        );
    }
    drop(behind);
    assert!(tokio::task::block_in_place(|| server.terminate()).success());
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_drain_it_answers_for_that_long_even_without_streams() {
    let mut server = Server::start(&["--drain-ms", "20000"]);
    ask_to_stop(&server);
    let start = std::time::Instant::now();
    // Until the signal has come through, then once more over a new connection.
    while server.get("/health").await.0 == 200 {
        assert!(start.elapsed() < DEADLINE);
    }
    assert_eq!(server.get("/health").await.0, 503);
    server.kill();
}

fn logged<'a>(lines: &'a [Value], message: &str) -> Vec<&'a Value> {
    lines
        .iter()
        .filter(|line| line["message"] == message)
        .collect()
}

#[tokio::test]
async fn logs_can_be_json_and_tell_of_each_stream_where_it_began_and_why_it_ended() {
    let server = Server::start(&["--log-format", "json"]);
    let run = server.run(r#"{ "delay_ms": 0, "persist_ms": 0 }"#).await;
    server.stream(&run, None).await.rest().await;
    let (events, _) = server.stream(&run, Some(2)).await.numbered().await;
    let slow = server.run(SLOW).await;
    drop(server.stream(&slow, None).await);
    server.logged(|entry| entry["end"] == "client left").await;
    let path = "/v1/events?lastEventId=a%0Ab";
    drop(server.stream_with(path, None).await);
    server
        .logged(|entry| entry["run_id"].is_null() && entry["end"] == "client left")
        .await;

    let log = server.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let (opened, closed) = (
        logged(&lines, "stream opened"),
        logged(&lines, "stream closed"),
    );
    assert_eq!((opened.len(), closed.len()), (4, 4), "{log}");
    assert_eq!(opened[1]["run_id"], run);
    assert_eq!(opened[1]["last_event_id"], "2");
    assert_eq!(opened[1]["resumed_from"], 2);
    assert_eq!(closed[1]["run_id"], run);
    assert_eq!(closed[1]["events"], events.len());
    assert_eq!(closed[1]["why"], "run over");
    assert!(closed[1]["duration_ms"].is_u64());
    assert_eq!(
        (&closed[2]["run_id"], &closed[2]["why"]),
        (&slow.into(), &"client left".into())
    );
    assert_eq!(opened[3]["run_id"], Value::Null);
    assert_eq!(opened[3]["last_event_id"], "a\nb");
}

#[tokio::test]
async fn text_logs_keep_to_a_line_whatever_a_client_asks_for() {
    let server = Server::start(&["--stream-max-wait-ms", "10"]);
    for path in [
        "/v1/runs/a%0Aforged/events",
        "/v1/events?lastEventId=b%0Aforged",
    ] {
        drop(server.stream_with(path, None).await);
    }
    server.logged(|entry| entry["run_id"].is_null()).await;
    let log = server.log();
    assert!(
        log.contains("no such run") && log.contains("stream opened"),
        "{log}"
    );
    assert!(!log.lines().any(|line| line.starts_with("forged")), "{log}");
}
