//! Faults that only a client without a library sees as they are: chunks, half events, resets.

mod common;
mod raw;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use common::Server;
use raw::Raw;

const SLOW: &str = r#"{ "persist_ms": 0, "delay_ms": 60000 }"#;

/// The reconnection time, the greeting and the first event are there.
fn begun(text: &str) -> bool {
    text.contains("event: run_started") && text.ends_with("\n\n")
}

#[tokio::test]
async fn single_bytes_are_chunks_of_one_byte() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    server
        .post("/faults", r#"{ "kind": "single_bytes" }"#)
        .await;
    let chunks = Raw::stream(&server, &run).await.until(begun).await;
    assert!(chunks.iter().all(|chunk| chunk.len() == 1), "{chunks:?}");
    assert!(chunks.concat().starts_with("retry: 3000\n\n"));
}

#[tokio::test]
async fn slow_bytes_are_slices_that_take_their_time_until_the_fault_is_cleared() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let fault = r#"{ "kind": "slow_bytes", "bytes": 7, "interval_ms": 20 }"#;
    server.post("/faults", fault).await;
    let start = Instant::now();
    let mut stream = Raw::stream(&server, &run).await;
    let mut slices = Vec::new();
    for _ in 0..6 {
        slices.push(stream.chunk().await.unwrap());
    }
    assert!(start.elapsed() >= Duration::from_millis(5 * 20));
    assert!(slices.iter().all(|slice| slice.len() == 7), "{slices:?}");
    let clear = reqwest::Client::new().delete(format!("{}/faults", server.url));
    clear.send().await.unwrap();
    let rest = stream.until(begun).await;
    assert!(rest.iter().any(|chunk| chunk.len() > 7), "{rest:?}");
}

#[tokio::test]
async fn a_truncated_event_lacks_half_its_data_and_its_blank_line_and_the_body_ends_or_breaks_off()
{
    let server = Server::start(&[]);
    for clean in [true, false] {
        let run = server.run(SLOW).await;
        let fault = format!(r#"{{ "kind": "truncated_event", "clean": {clean} }}"#);
        server.post("/faults", &fault).await;
        let mut stream = Raw::stream(&server, &run).await;
        let text = stream.until(|text| text.contains("id: 1\n")).await.concat();
        let (before, event) = text.rsplit_once("\n\n").unwrap();
        assert!(before.contains("event: connected"), "{text}");
        let half = event
            .strip_prefix("id: 1\nevent: run_started\ndata: {")
            .unwrap();
        assert!(!half.is_empty() && !half.contains('\n'), "{text}");
        match stream.chunk().await {
            Ok(end) => assert!(clean && end.is_empty(), "{end}"),
            Err(error) => assert!(!clean && error.kind() == ErrorKind::UnexpectedEof),
        }
        // The next stream has the event whole.
        let whole = Raw::stream(&server, &run).await.until(begun).await;
        assert!(whole.concat().contains("id: 1\n"));
    }
}

#[tokio::test]
async fn a_cut_ends_the_connection_in_the_middle_of_the_body_but_not_by_a_reset() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let mut stream = Raw::stream(&server, &run).await;
    stream.until(begun).await;
    server.post("/faults", r#"{ "kind": "cut" }"#).await;
    let error = stream.chunk().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn a_reset_is_one_of_the_connection_live_or_after_the_greeting_of_one_that_opens() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    for live in [true, false] {
        let fault = r#"{ "kind": "reset" }"#;
        let mut stream = if live {
            let mut stream = Raw::stream(&server, &run).await;
            stream.until(begun).await;
            let (_, listed) = server.post("/faults", fault).await;
            assert_eq!(listed["streams"], 1);
            stream
        } else {
            server.post("/faults", fault).await;
            let mut stream = Raw::stream(&server, &run).await;
            stream.until(|text| text.contains("event: connected")).await;
            stream
        };
        let error = stream.chunk().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "live: {live}");
        server
            .logged(|entry| entry["end"] == "reset by a fault")
            .await;
    }
}

#[tokio::test]
async fn a_reset_also_reaches_a_stream_whose_client_does_not_read() {
    let server = Server::start(&[]);
    let run = server.run(SLOW).await;
    let mut stream = Raw::stream(&server, &run).await;
    stream.until(begun).await;
    server
        .post(
            "/faults",
            r#"{ "kind": "oversized_event", "bytes": 100000000 }"#,
        )
        .await;
    // By then the server waits for a client that does not read.
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.post("/faults", r#"{ "kind": "reset" }"#).await;
    server
        .logged(|entry| entry["end"] == "reset by a fault")
        .await;
    let (read, end) = stream.drain().await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(read < 100_000_000);
}
