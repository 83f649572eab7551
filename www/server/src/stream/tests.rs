//! What a stream's body says and when, in virtual time.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use clap::Parser;
use futures_util::StreamExt;

use super::*;
use crate::config::Config;
use crate::faults::Faults;
use crate::hub::Emitter;
use crate::lifecycle::Phase;
use crate::requests::RequestLog;
use crate::run::Event;
use crate::socket::Connection;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, CutByFault>> + Send>>;

/// Everything a stream hangs on.
struct Bench {
    emitter: Arc<Emitter>,
    faults: Faults,
    requests: RequestLog,
    lifecycle: Lifecycle,
    settings: Settings,
}

impl Bench {
    fn new(flags: &[&str]) -> Self {
        let settings = Config::parse_from(["server"].iter().chain(flags)).settings();
        Self {
            emitter: Arc::new(Emitter::of_run(Vec::new(), &settings)),
            faults: Faults::new().0,
            requests: RequestLog::new(9),
            lifecycle: Lifecycle::default(),
            settings,
        }
    }

    fn open(&self) -> Chunks {
        let run_id = Some(RunId::from("r"));
        let entry = self.requests.enter("GET", run_id.clone(), None, None);
        entry.answered(StatusCode::OK, None);
        let stream = EventStream {
            events: self.emitter.subscribe(None),
            ring: self.emitter.ring(),
            faults: self.faults.open(
                run_id.as_ref(),
                None,
                &Connection::new(([127, 0, 0, 1], 1).into()),
            ),
            entry: Record::open(entry, &self.lifecycle, run_id.clone(), None, 0),
            run_id,
            lifecycle: self.lifecycle.clone(),
            settings: self.settings.clone(),
        };
        Box::pin(stream.into_body())
    }

    /// Opens a stream and reads its greeting.
    async fn greeted(&self) -> Chunks {
        let mut chunks = self.open();
        assert!(text(chunks.next().await).contains("event: connected"));
        chunks
    }

    fn publish(&self, id: u64, kind: EventKind) {
        self.emitter
            .publish([Event::now(&"r".into(), id, kind, &json!({})).into()]);
    }

    fn fault(&self, json: &str) {
        self.faults
            .post(serde_json::from_str(json).unwrap())
            .unwrap();
    }

    fn why_ended(&self) -> Option<&'static str> {
        self.requests.list().last().and_then(|request| request.end)
    }
}

fn text(chunk: Option<Result<Bytes, CutByFault>>) -> String {
    String::from_utf8(chunk.expect("no end").expect("no cut").to_vec()).unwrap()
}

/// Whether the stream says nothing for so long.
async fn silent_for(chunks: &mut Chunks, seconds: u64) -> bool {
    tokio::time::timeout(Duration::from_secs(seconds), chunks.next())
        .await
        .is_err()
}

#[tokio::test(start_paused = true)]
async fn the_reconnection_time_comes_first_and_the_greeting_has_no_id() {
    let bench = Bench::new(&["--retry-ms", "1234"]);
    let greeting = text(bench.open().next().await);
    assert!(
        greeting.starts_with("retry: 1234\n\nevent: connected\ndata: {"),
        "{greeting}"
    );
    assert!(!greeting.contains("\nid:"), "{greeting}");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_come_on_time_without_an_id_also_between_events() {
    let bench = Bench::new(&[]);
    let start = Instant::now();
    let mut chunks = bench.greeted().await;
    sleep(Duration::from_secs(10)).await;
    bench.publish(1, EventKind::Log);
    assert!(text(chunks.next().await).starts_with("id: 1\n"));
    for due in [15, 30] {
        let heartbeat = text(chunks.next().await);
        assert!(
            heartbeat.starts_with("event: heartbeat\ndata: {"),
            "{heartbeat}"
        );
        assert_eq!(start.elapsed().as_secs(), due);
    }
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_of_zero_sends_none() {
    let bench = Bench::new(&["--heartbeat-ms", "0"]);
    assert!(silent_for(&mut bench.greeted().await, 3600).await);
}

#[tokio::test(start_paused = true)]
async fn after_the_terminal_event_one_trailer_without_an_id_and_a_clean_end() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    bench.publish(1, EventKind::RunFailed);
    assert!(text(chunks.next().await).starts_with("id: 1\nevent: run_failed\n"));
    let trailer = text(chunks.next().await);
    assert!(
        trailer.starts_with("event: stream_end\ndata: "),
        "{trailer}"
    );
    assert!(trailer.contains(r#""outcome":"failed""#), "{trailer}");
    assert!(chunks.next().await.is_none());
    assert_eq!(bench.why_ended(), Some("run over"));
}

#[tokio::test(start_paused = true)]
async fn a_subscriber_that_lags_too_far_is_disconnected_and_the_producer_never_waited() {
    let bench = Bench::new(&["--ring", "5", "--lag-limit", "5"]);
    let mut chunks = bench.greeted().await;
    for id in 1..=6 {
        bench.publish(id, EventKind::Log);
    }
    assert!(chunks.next().await.is_none());
    assert_eq!(bench.why_ended(), Some("lagged"));
}

#[tokio::test(start_paused = true)]
async fn a_cut_ends_an_idle_stream_at_once_with_an_error() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    let start = Instant::now();
    bench.fault(r#"{ "kind": "cut" }"#);
    assert!(matches!(chunks.next().await, Some(Err(CutByFault))));
    assert!(start.elapsed() <= FLUSH);
    assert!(chunks.next().await.is_none());
    assert_eq!(bench.why_ended(), Some("cut by a fault"));
}

#[tokio::test(start_paused = true)]
async fn a_clean_cut_ends_without_one() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    bench.fault(r#"{ "kind": "cut", "clean": true }"#);
    assert!(chunks.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_waited_for_a_stream_lets_it_greet_first_and_nothing_more() {
    let bench = Bench::new(&[]);
    bench.fault(r#"{ "kind": "cut" }"#);
    bench.publish(1, EventKind::Log);
    let mut chunks = bench.greeted().await;
    assert!(matches!(chunks.next().await, Some(Err(CutByFault))));
}

#[tokio::test(start_paused = true)]
async fn a_hung_stream_says_nothing_and_when_the_time_is_over_what_it_missed() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    bench.fault(r#"{ "kind": "hang", "for_ms": 60000 }"#);
    bench.publish(1, EventKind::Log);
    assert!(silent_for(&mut chunks, 59).await);
    assert!(text(chunks.next().await).starts_with("id: 1\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_hung_from_its_start_does_not_even_greet_until_cleared() {
    let bench = Bench::new(&[]);
    bench.fault(r#"{ "kind": "hang" }"#);
    let mut chunks = bench.open();
    assert!(silent_for(&mut chunks, 3600).await);
    bench.faults.clear();
    assert!(text(chunks.next().await).contains("event: connected"));
}

#[tokio::test(start_paused = true)]
async fn a_hung_stream_can_be_cut() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    bench.fault(r#"{ "kind": "hang" }"#);
    assert!(silent_for(&mut chunks, 30).await);
    bench.fault(r#"{ "kind": "cut" }"#);
    assert!(matches!(chunks.next().await, Some(Err(CutByFault))));
}

#[tokio::test(start_paused = true)]
async fn streams_end_cleanly_when_the_server_stops_hung_ones_too() {
    for hung in [false, true] {
        let bench = Bench::new(&[]);
        let mut chunks = bench.greeted().await;
        if hung {
            bench.fault(r#"{ "kind": "hang" }"#);
        }
        bench.lifecycle.advance(Phase::Stopping);
        assert!(chunks.next().await.is_none());
        assert_eq!(bench.why_ended(), Some("server stopping"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_run_ends_its_streams_without_a_trailer() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    bench.emitter.abandon();
    assert!(chunks.next().await.is_none());
    assert_eq!(bench.why_ended(), Some("run abandoned"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_is_entered_as_gone() {
    let bench = Bench::new(&[]);
    drop(bench.greeted().await);
    assert_eq!(bench.why_ended(), Some("client left"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_a_stream_say_what_was_announced_before_it_and_nothing_after() {
    let bench = Bench::new(&["--chunk-events", "2"]);
    let mut chunks = bench.greeted().await;
    for id in 1..=4 {
        bench.publish(id, EventKind::Log);
    }
    bench.lifecycle.advance(Phase::Stopping);
    assert!(text(chunks.next().await).starts_with("id: 1\n"));
    // The producer has not noticed yet.
    bench.publish(5, EventKind::Log);
    assert!(text(chunks.next().await).starts_with("id: 3\n"));
    assert!(chunks.next().await.is_none());
    assert_eq!(bench.why_ended(), Some("server stopping"));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_over_says_so_even_when_the_server_stops() {
    let bench = Bench::new(&[]);
    let mut chunks = bench.greeted().await;
    bench.publish(1, EventKind::RunCompleted);
    bench.lifecycle.advance(Phase::Stopping);
    assert!(text(chunks.next().await).starts_with("id: 1\n"));
    assert!(text(chunks.next().await).starts_with("event: stream_end\n"));
    assert!(chunks.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_counts_as_open_until_its_body_is_dropped() {
    let bench = Bench::new(&[]);
    let chunks = bench.greeted().await;
    let closed = |wait| tokio::time::timeout(wait, bench.lifecycle.no_stream_open());
    assert!(closed(Duration::from_secs(60)).await.is_err());
    drop(chunks);
    assert!(closed(Duration::ZERO).await.is_ok());
}
