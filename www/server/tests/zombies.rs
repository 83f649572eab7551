//! Connections that nobody reads are destroyed, and no others.

mod common;
mod raw;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use common::{Next, Server};
use raw::Raw;

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;
const ZOMBIE: Duration = Duration::from_millis(1000);

#[tokio::test]
async fn a_client_that_never_reads_is_gone_soon_while_readers_and_idle_connections_live_on() {
    let server = Server::start(&["--zombie-ms", "1000", "--heartbeat-ms", "100"]);
    let (run, other) = (server.run(SLOW).await, server.run(SLOW).await);
    let mut idle = Raw::connect(&server).await;
    health(&mut idle).await;
    let mut healthy = server.stream(&other, None).await;
    healthy.next_numbered().await;

    let mut sleeper = Raw::stream(&server, &run).await;
    let start = Instant::now();
    let fault = format!(r#"{{ "kind": "oversized_event", "run_id": {run:?} }}"#);
    server.post("/faults", &fault).await;
    let entry = server
        .logged(|entry| entry["end"] == "zombie connection")
        .await;
    assert_eq!(entry["run_id"], run.as_str());
    let took = start.elapsed();
    assert!((ZOMBIE..10 * ZOMBIE).contains(&took), "{took:?}");
    let line = server.log();
    assert!(
        line.contains("zombie connection destroyed") && line.contains("peer=127.0.0.1:"),
        "{line}"
    );
    // What had arrived at the client can be read; then it learns the truth.
    let (_, end) = sleeper.drain().await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);

    // Older than any zombie gets, and heard from after its death.
    while start.elapsed() < took + ZOMBIE {
        assert!(matches!(healthy.next().await, Next::Event(event) if event.name == "heartbeat"));
    }
    health(&mut idle).await;
    // The subscription is freed: no stream of the run is left to strike.
    let fault = format!(r#"{{ "kind": "cut", "run_id": {run:?} }}"#);
    assert_eq!(server.post("/faults", &fault).await.1["streams"], 0);
}

#[tokio::test]
async fn a_quiet_stream_without_heartbeats_is_no_zombie() {
    let server = Server::start(&["--zombie-ms", "200", "--heartbeat-ms", "0"]);
    let run = server.run(SLOW).await;
    let mut stream = server.stream(&run, None).await;
    stream.next_numbered().await;
    assert!(stream.silent_for(4 * Duration::from_millis(200)).await);
    server
        .post("/faults", r#"{ "kind": "cut", "clean": true }"#)
        .await;
    assert_eq!(stream.next().await, Next::End);
}

async fn health(connection: &mut Raw) {
    let head = connection.get("/health").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    connection.body(length.parse().unwrap()).await;
}
