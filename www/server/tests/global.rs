//! `GET /v1/events`, the stream of all runs, over real sockets.

mod common;

use std::collections::BTreeMap;

use common::{Event, Next, Server, Stream, ids};
use serde_json::Value;

const ALL: &str = "/v1/events";
const WIDE: [&str; 4] = ["--global-ring", "100000", "--lag-limit", "100000"];

async fn resume(server: &Server, id: u64) -> Stream {
    server
        .stream_with(ALL, [("last-event-id", id.to_string())])
        .await
}

async fn until_over(stream: &mut Stream, runs: usize) -> Vec<Event> {
    let mut events = Vec::new();
    let mut over = 0;
    while over < runs {
        let event = stream.next_numbered().await;
        over += usize::from(event.name.starts_with("run_") && event.name != "run_started");
        events.push(event);
    }
    events
}

/// What one run said, its numbers aside: the two streams number differently.
fn said(events: &[Event], run: &str) -> Vec<(String, Value)> {
    events
        .iter()
        .filter(|event| event.id.is_some() && event.data["run_id"] == run)
        .map(|event| (event.name.clone(), event.data.clone()))
        .collect()
}

#[tokio::test]
async fn with_a_hundred_runs_at_once_its_ids_rise_by_one_and_a_killed_server_replays_just_that() {
    let mut server = Server::start(&WIDE);
    let mut stream = resume(&server, 0).await;
    let mut runs = Vec::new();
    for _ in 0..100 {
        let run = r#"{ "events": 20, "delay_ms": 1, "persist_ms": 0 }"#;
        runs.push(server.run(run).await);
    }
    let events = until_over(&mut stream, runs.len()).await;
    assert_eq!(ids(&events), (1..=events.len() as u64).collect::<Vec<_>>());

    server.kill_and_start_again();
    let mut replayed = resume(&server, 0).await;
    assert_eq!(replayed.header("last-event-id"), Some("0"));
    assert_eq!(
        until_over(&mut replayed, runs.len()).await,
        events,
        "the order announced is not the order stored"
    );
    // More than the ring of 50 of a single run holds would miss its start.
    let run = &runs[0];
    let (own, _) = server.stream(run, None).await.numbered().await;
    let own = said(&own, run);
    assert!(said(&events, run).ends_with(&own) && own.len() >= 30);
    let mut per_run = BTreeMap::<&str, usize>::new();
    for event in &events {
        *per_run
            .entry(event.data["run_id"].as_str().unwrap())
            .or_default() += 1;
    }
    assert_eq!(per_run.len(), 100);
}

#[tokio::test]
async fn a_client_that_resumes_through_kills_misses_nothing_and_gets_nothing_twice() {
    let mut server = Server::start(&WIDE);
    for _ in 0..3 {
        server
            .run(r#"{ "events": 150, "delay_ms": 4, "persist_ms": 0 }"#)
            .await;
    }
    let mut got: Vec<Event> = Vec::new();
    for kill in 1..=3 {
        let last = got.last().and_then(|event| event.id).unwrap_or(0);
        let mut stream = resume(&server, last).await;
        assert_eq!(stream.header("last-event-id"), Some(&*last.to_string()));
        while got.len() < kill * 100 {
            got.push(stream.next_numbered().await);
        }
        server.kill();
        let (rest, end) = stream.numbered().await;
        assert_eq!(end, Next::Broken);
        got.extend(rest);
        server.kill_and_start_again();
    }
    let last = got.last().and_then(|event| event.id).unwrap();
    let mut stream = resume(&server, last).await;
    let over = |event: &Event| event.name == "run_completed";
    while got.iter().filter(|event| over(event)).count() < 3 {
        got.push(stream.next_numbered().await);
    }
    assert_eq!(ids(&got), (1..=got.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn it_greets_tells_its_ring_and_where_it_resumed_from_and_is_logged_without_a_run() {
    let server = Server::start(&["--global-ring", "20"]);
    let run = server
        .run(r#"{ "events": 60, "delay_ms": 0, "persist_ms": 0 }"#)
        .await;
    let (own, _) = server.stream(&run, None).await.numbered().await;
    let newest = own.last().and_then(|event| event.id).unwrap();

    let origin = ("origin", "http://page.test".to_owned());
    let mut stream = server.stream_with(ALL, [origin]).await;
    let from = (newest - 20).to_string();
    for (name, value) in [
        ("content-type", Some("text/event-stream")),
        ("x-stream-buffer", Some("20")),
        ("last-event-id", Some(&*from)),
        ("x-run-id", None),
        ("access-control-allow-origin", Some("http://page.test")),
    ] {
        assert_eq!(stream.header(name), value, "{name}");
    }
    let Next::Event(greeting) = stream.next().await else {
        panic!("no greeting")
    };
    assert_eq!((greeting.id, &*greeting.name), (None, "connected"));
    assert_eq!(greeting.data["run_id"], Value::Null);
    assert_eq!(greeting.data["data"]["buffer"], 20);
    let logged = server.logged(|entry| entry["status"] == 200).await;
    assert_eq!(logged["run_id"], Value::Null);

    for (path, header, from) in [
        (ALL.to_owned(), Some(newest - 3), newest - 3),
        (
            format!("{ALL}?lastEventId={}", newest - 4),
            None,
            newest - 4,
        ),
        // Not in the ring any more: the header shows the gap.
        (ALL.to_owned(), Some(1), newest - 20),
    ] {
        let header = header.map(|id| ("last-event-id", id.to_string()));
        let mut stream = server.stream_with(&path, header).await;
        assert_eq!(stream.header("last-event-id"), Some(&*from.to_string()));
        assert_eq!(stream.next_numbered().await.id, Some(from + 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_outlives_runs_with_heartbeats_and_ends_cleanly_when_the_server_stops() {
    let mut server = Server::start(&["--heartbeat-ms", "100"]);
    let mut stream = resume(&server, 0).await;
    for _ in 0..2 {
        server
            .run(r#"{ "delay_ms": 0, "persist_ms": 0, "fail": "E1" }"#)
            .await;
        until_over(&mut stream, 1).await;
        let Next::Event(after) = stream.next().await else {
            panic!("it ended with the run")
        };
        assert_eq!((after.id, &*after.name), (None, "heartbeat"));
    }
    let reading = tokio::spawn(async move { stream.rest().await.1 });
    assert!(tokio::task::block_in_place(|| server.terminate()).success());
    assert_eq!(reading.await.unwrap(), Next::End);
}
