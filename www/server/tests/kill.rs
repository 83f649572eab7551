//! Killed at any moment and started again: nothing that was announced is lost,
//! and nothing comes twice, for a client that resumes with its last event ID.

mod common;

use std::time::Duration;

use common::{Event, Next, Server, Stream, content, ids, refused};

/// Reads until the connection is lost, which a kill in mid-stream must look like.
async fn until_broken(stream: &mut Stream, into: &mut Vec<Event>) {
    let (events, end) = stream.numbered().await;
    into.extend(events);
    assert_eq!(end, Next::Broken);
}

#[tokio::test]
async fn a_client_that_resumes_through_many_kills_gets_the_same_run_as_an_undisturbed_one() {
    // Bigger than what one kill's downtime can push out: this is about the store, not the ring.
    let mut server = Server::start(&["--ring", "1000"]);
    let body = r#"{ "events": 300, "delay_ms": 4, "persist_ms": 0, "seed": 12 }"#;
    let run = server.run(body).await;

    let mut got: Vec<Event> = Vec::new();
    for kill in 1..=5 {
        let mut stream = server
            .stream(&run, got.last().and_then(|event| event.id))
            .await;
        while got.len() < kill * 40 {
            got.push(stream.next_numbered().await);
        }
        server.kill();
        until_broken(&mut stream, &mut got).await;
        server.kill_and_start_again();
    }
    let mut stream = server
        .stream(&run, got.last().and_then(|event| event.id))
        .await;
    assert_eq!(
        stream.header("last-event-id"),
        Some(&*got.len().to_string())
    );
    let (rest, end) = stream.numbered().await;
    assert_eq!(end, Next::End);
    got.extend(rest);

    assert_eq!(ids(&got), (1..=got.len() as u64).collect::<Vec<_>>());
    let undisturbed = server.run(body).await;
    let (expected, _) = server.stream(&undisturbed, None).await.numbered().await;
    assert_eq!(content(&got), content(&expected));
}

#[tokio::test]
async fn a_run_killed_in_a_burst_has_every_event_that_was_announced() {
    let mut server = Server::start(&["--ring", "100000", "--lag-limit", "100000"]);
    let run = server
        .run(r#"{ "events": 60000, "delay_ms": 0, "persist_ms": 0, "seed": 4 }"#)
        .await;
    let mut stream = server.stream(&run, None).await;
    let mut seen = Vec::new();
    while seen.len() < 2000 {
        seen.push(stream.next_numbered().await);
    }
    server.kill();
    until_broken(&mut stream, &mut seen).await;
    server.kill_and_start_again();

    let last = seen.last().and_then(|event| event.id).unwrap();
    let mut resumed = server.stream(&run, Some(last)).await;
    assert_eq!(
        resumed.header("last-event-id"),
        Some(&*last.to_string()),
        "announced, then lost"
    );
    let (rest, end) = resumed.numbered().await;
    assert_eq!(end, Next::End);
    let (all, _) = server.stream(&run, None).await.numbered().await;
    assert_eq!(ids(&all), (1..=all.len() as u64).collect::<Vec<_>>());
    seen.extend(rest);
    assert_eq!(seen, all, "what was announced is not what was stored");
}

#[tokio::test]
async fn a_run_killed_before_it_was_visible_appears_all_the_same() {
    let mut server = Server::start(&[]);
    let run = server.run(r#"{ "delay_ms": 0, "persist_ms": 800 }"#).await;
    server.kill_and_start_again();
    let (events, end) = server.stream(&run, None).await.numbered().await;
    assert_eq!(end, Next::End);
    assert_eq!(events.last().unwrap().name, "run_completed");
}

#[tokio::test]
async fn a_finished_run_and_the_list_survive_a_kill() {
    let mut server = Server::start(&[]);
    let run = server
        .run(r#"{ "delay_ms": 0, "persist_ms": 0, "fail": "QUOTA" }"#)
        .await;
    let (before, _) = server.stream(&run, None).await.numbered().await;
    server.kill_and_start_again();
    let (after, end) = server.stream(&run, None).await.numbered().await;
    assert_eq!((after, end), (before, Next::End));
    let (_, list) = server.get("/v1/runs").await;
    assert_eq!(list["runs"][0]["status"], "failed");
}

#[tokio::test]
async fn a_memory_store_forgets() {
    let mut server = Server::start(&["--store", "memory", "--stream-max-wait-ms", "50"]);
    let run = server.run(r#"{ "delay_ms": 0, "persist_ms": 0 }"#).await;
    assert_eq!(server.stream(&run, None).await.status(), 200);
    server.kill_and_start_again();
    assert_eq!(server.stream(&run, None).await.status(), 404);
}

#[tokio::test]
async fn the_fault_restart_is_a_crash_that_comes_back_by_itself_on_the_same_port() {
    let mut server = Server::start(&["--ring", "1000"]);
    let run = server
        .run(r#"{ "events": 100, "delay_ms": 10, "persist_ms": 0 }"#)
        .await;
    let mut got = Vec::new();
    for _ in 0..2 {
        let mut stream = server
            .stream(&run, got.last().and_then(|event: &Event| event.id))
            .await;
        got.push(stream.next_numbered().await);
        let (status, _) = server.post("/faults", r#"{ "kind": "restart" }"#).await;
        assert_eq!(status, 202);
        until_broken(&mut stream, &mut got).await;
        let line = server.line();
        assert_eq!(line, format!("listening on {}", server.url));
    }
    let mut stream = server
        .stream(&run, got.last().and_then(|event| event.id))
        .await;
    got.extend(stream.numbered().await.0);
    assert_eq!(ids(&got), (1..=got.len() as u64).collect::<Vec<_>>());
    assert_eq!(got.last().unwrap().name, "run_completed");
}

#[tokio::test]
async fn a_restart_can_stay_down_for_a_while() {
    let mut server = Server::start(&[]);
    let asked = std::time::Instant::now();
    server
        .post("/faults", r#"{ "kind": "restart", "for_ms": 700 }"#)
        .await;
    let health = format!("{}/health", server.url);
    server.line();
    assert!(asked.elapsed() >= Duration::from_millis(700));
    assert!(reqwest::get(health).await.unwrap().status().is_success());
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused_and_the_first_goes_on() {
    let server = Server::start(&[]);
    let said = refused(server.folder(), &["--data", "data/runs.sqlite"]);
    assert!(
        said.contains("in use by another server") && said.contains("--data"),
        "{said}"
    );
    assert_eq!(server.get("/health").await.0, 200);
}
