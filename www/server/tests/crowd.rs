//! A thousand subscribers of one run.

mod common;

use std::sync::Arc;
use std::time::Instant;

use common::raw::RawStream;
use common::{Server, measured};
use tokio::sync::Barrier;

const SUBSCRIBERS: u64 = 1_000;

/// A stream is an open file on both sides, each of which is a process of its own.
fn allow_open_files() {
    let wanted = SUBSCRIBERS + 100;
    let allowed = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(
        allowed >= wanted,
        "this test opens {SUBSCRIBERS} sockets, and the system allows {allowed} files; \
         raise the hard limit to {wanted} or more (`ulimit -Hn`)"
    );
}

/// Kilobytes that a process holds in memory, where the system tells.
fn memory_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_subscribers_at_once_each_get_every_event_once_and_in_order() {
    allow_open_files();
    let server = Server::start(&["--ring", "1000"]);
    let before = memory_kb(server.pid());
    let run = server
        .run(r#"{ "events": 100, "delay_ms": 50, "persist_ms": 0, "seed": 1 }"#)
        .await;
    let start = Instant::now();
    let all_open = Arc::new(Barrier::new(SUBSCRIBERS as usize + 1));
    let subscribers: Vec<_> = (0..SUBSCRIBERS)
        .map(|_| {
            let (url, run, all_open) = (server.url.clone(), run.clone(), all_open.clone());
            tokio::spawn(async move {
                let mut stream = RawStream::open(&url, &run, None).await;
                let opened = stream.until("event: connected").await;
                all_open.wait().await;
                stream.until("event: stream_end").await;
                stream.until("never").await;
                (opened, stream.ended, stream.last, stream.out_of_order)
            })
        })
        .collect();
    all_open.wait().await;
    let opened = start.elapsed();
    let open = memory_kb(server.pid());
    let (events, _) = server.stream(&run, Some(0)).await.numbered().await;
    let last = events.last().and_then(|event| event.id).unwrap();
    for subscriber in subscribers {
        let seen = subscriber.await.unwrap();
        assert_eq!(seen, (true, true, last, Vec::new()));
    }
    measured(&format!(
        "{SUBSCRIBERS} subscribers, {last} events each: open after {opened:.1?}, over after {:.1?}",
        start.elapsed()
    ));
    if let (Some(before), Some(open)) = (before, open) {
        measured(&format!(
            "the server held {before} kB before and {open} kB with all of them open"
        ));
        // hyper's buffers and a task each; queues of a run's events for each would be far more.
        let each = open.saturating_sub(before) / SUBSCRIBERS;
        assert!(each < 200, "{each} kB for each subscriber");
    }
}
