//! Whom a fault strikes, how often, and for how long, over real sockets.

mod common;

use std::time::{Duration, Instant};

use common::{Next, Server};

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;

#[tokio::test]
async fn a_fault_for_one_run_leaves_the_streams_of_others_alone() {
    let server = Server::start(&["--heartbeat-ms", "50"]);
    let (a, b) = (server.run(SLOW).await, server.run(SLOW).await);
    let (mut hit, mut spared) = (server.stream(&a, None).await, server.stream(&b, None).await);
    hit.next_numbered().await;
    spared.next_numbered().await;
    let fault = format!(r#"{{ "kind": "cut", "run_id": {a:?} }}"#);
    server.post("/faults", &fault).await;
    assert_eq!(hit.rest().await.1, Next::Broken);
    // A heartbeat that was made after the cut.
    for _ in 0..2 {
        assert!(matches!(spared.next().await, Next::Event(event) if event.name == "heartbeat"));
    }
}

#[tokio::test]
async fn a_fault_for_all_strikes_every_live_stream_at_once_and_none_that_opens_later() {
    let server = Server::start(&[]);
    let (a, b) = (server.run(SLOW).await, server.run(SLOW).await);
    let mut streams = Vec::new();
    for run in [&a, &a, &b] {
        let mut stream = server.stream(run, None).await;
        stream.next_numbered().await;
        streams.push(stream);
    }
    let (_, listed) = server.post("/faults", r#"{ "kind": "cut" }"#).await;
    assert_eq!(
        (&listed["fired"], &listed["streams"]),
        (&1.into(), &3.into())
    );
    for stream in &mut streams {
        assert_eq!(stream.next().await, Next::Broken);
    }
    server.stream(&a, None).await.next_numbered().await;
}

#[tokio::test]
async fn a_fault_of_n_times_fires_n_times() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let fault = r#"{ "kind": "truncated_event", "times": 2 }"#;
    server.post("/faults", fault).await;
    for _ in 0..2 {
        let (events, end) = server.stream(&run, None).await.numbered().await;
        assert_eq!((events, end), (vec![], Next::End));
    }
    server.stream(&run, None).await.next_numbered().await;
}

#[tokio::test]
async fn a_fault_for_a_while_strikes_every_stream_until_then() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let start = Instant::now();
    server
        .post("/faults", r#"{ "kind": "status", "for_ms": 400 }"#)
        .await;
    let mut refused = 0;
    while server.stream(&run, None).await.status() == 503 {
        refused += 1;
    }
    assert!(refused > 1, "{refused}");
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert_eq!(
        server.get("/faults").await.1["faults"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn each_client_meets_the_fault_once_whichever_comes_first_and_the_log_tells_them_apart() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let open = async |client: &str| {
        let path = format!("/v1/runs/{run}/events?client={client}");
        server.stream_with(&path, []).await
    };
    let mut ours = open("ours").await;
    ours.next_numbered().await;
    let fault =
        format!(r#"{{ "kind": "cut", "run_id": {run:?}, "times": 1, "each_client": true }}"#);
    let (_, listed) = server.post("/faults", &fault).await;
    assert_eq!(
        (&listed["streams"], &listed["each_client"]),
        (&1.into(), &true.into())
    );
    assert_eq!(ours.next().await, Next::Broken);
    // The one that was not there yet meets it all the same; the other not again.
    open("ours").await.next_numbered().await;
    let mut twin = open("twin").await;
    assert_eq!(twin.numbered().await, (vec![], Next::Broken));
    open("twin").await.next_numbered().await;
    let (_, log) = server.get("/v1/requests").await;
    let clients: Vec<_> = log["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["client"])
        .collect();
    assert_eq!(clients, ["ours", "ours", "twin", "twin"]);
}

#[tokio::test]
async fn clearing_ends_what_lasts_and_what_waits() {
    let server = Server::start(&["--heartbeat-ms", "50"]);
    let run = server.run(SLOW).await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    server
        .post(
            "/faults",
            r#"{ "kind": "comments_only", "interval_ms": 10000 }"#,
        )
        .await;
    server
        .post(
            "/faults",
            r#"{ "kind": "reset", "times": 9, "run_id": "another" }"#,
        )
        .await;
    server
        .post("/faults", r#"{ "kind": "delay", "delay_ms": 60000 }"#)
        .await;
    let clear = reqwest::Client::new().delete(format!("{}/faults", server.url));
    let cleared: serde_json::Value = clear.send().await.unwrap().json().await.unwrap();
    assert_eq!(cleared["cleared"], 2);
    assert!(matches!(stream.next().await, Next::Event(event) if event.name == "heartbeat"));
    assert_eq!(server.stream(&run, None).await.status(), 200);
}
