//! What goes out of a stream that faults shape, and when, in virtual time.

use futures_util::FutureExt as _;
use tokio::sync::mpsc;

use super::*;
use crate::faults::Faults;
use crate::socket::Connection;

/// A shaped stream of what the test says.
struct Bench {
    faults: Faults,
    lifecycle: Lifecycle,
    connection: Connection,
    watch: FaultWatch,
    say: mpsc::UnboundedSender<Bytes>,
    out: Pin<Box<dyn Stream<Item = Result<Bytes, CutByFault>> + Send>>,
}

const GREETING: &str = "event: connected\ndata: {}\n\n";
const EVENT: &str = "id: 7\nevent: log\ndata: 123456\n\n";

impl Bench {
    /// A stream that opens while this fault is in force.
    fn under(fault: &str) -> Self {
        let faults = Faults::new().0;
        faults.post(serde_json::from_str(fault).unwrap()).unwrap();
        Self::open(faults)
    }

    /// A stream that has greeted when this fault strikes it.
    async fn struck_by(fault: &str) -> Self {
        let mut bench = Self::open(Faults::new().0);
        bench.say(GREETING);
        assert_eq!(bench.next().await, GREETING);
        bench.fault(fault);
        bench
    }

    fn open(faults: Faults) -> Self {
        let connection = Connection::new(([127, 0, 0, 1], 1).into());
        let watch = faults.open(Some(&"r".into()), None, &connection);
        let lifecycle = Lifecycle::default();
        let (say, said) = mpsc::unbounded_channel();
        let stream = futures_util::stream::unfold(said, |mut said| async {
            Some((Ok(said.recv().await?), said))
        });
        let out = Box::pin(shaped(stream, watch.clone(), lifecycle.clone()));
        Self {
            faults,
            lifecycle,
            connection,
            watch,
            say,
            out,
        }
    }

    fn fault(&self, json: &str) {
        self.faults
            .post(serde_json::from_str(json).unwrap())
            .unwrap();
    }

    fn say(&self, text: &'static str) {
        self.say.send(Bytes::from_static(text.as_bytes())).unwrap();
    }

    async fn next(&mut self) -> String {
        let chunk = self.out.next().await.expect("no end").expect("no cut");
        String::from_utf8(chunk.to_vec()).unwrap()
    }

    /// The chunks that are there within that time.
    async fn within(&mut self, ms: u64) -> Vec<String> {
        let end = Instant::now() + Duration::from_millis(ms);
        let mut chunks = Vec::new();
        while let Ok(chunk) = tokio::time::timeout_at(end, self.next()).await {
            chunks.push(chunk);
        }
        chunks
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_stream_sends_a_slice_at_once_and_one_each_interval() {
    let mut bench =
        Bench::struck_by(r#"{ "kind": "slow_bytes", "bytes": 20, "interval_ms": 50 }"#).await;
    bench.say(EVENT);
    assert_eq!(bench.within(49).await, [&EVENT[..20]]);
    assert_eq!(bench.within(50).await, [&EVENT[20..]]);
    bench.say(EVENT);
    assert_eq!(bench.within(49).await, [&EVENT[..20]]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_stream_whose_time_is_over_sends_the_rest_at_once() {
    let mut bench = Bench::struck_by(
        r#"{ "kind": "slow_bytes", "bytes": 1, "interval_ms": 10, "for_ms": 95 }"#,
    )
    .await;
    bench.say(EVENT);
    let chunks = bench.within(200).await;
    assert_eq!(chunks.concat(), EVENT);
    assert_eq!(chunks.len(), 11, "{chunks:?}");
}

#[tokio::test(start_paused = true)]
async fn single_bytes_are_chunks_of_their_own_and_between_two_the_stream_is_left_waiting() {
    let mut bench = Bench::struck_by(r#"{ "kind": "single_bytes" }"#).await;
    bench.say(EVENT);
    for byte in EVENT.bytes() {
        // What lets hyper write the one before.
        assert!(bench.out.next().now_or_never().is_none());
        assert_eq!(bench.next().await.as_bytes(), [byte]);
    }
}

#[tokio::test(start_paused = true)]
async fn only_comments_come_at_once_and_each_interval_and_afterwards_what_was_withheld() {
    let mut bench =
        Bench::under(r#"{ "kind": "comments_only", "interval_ms": 100, "for_ms": 250 }"#);
    bench.say(GREETING);
    bench.say(EVENT);
    let comment = String::from_utf8(COMMENT.to_vec()).unwrap();
    assert_eq!(bench.within(249).await, vec![comment; 3]);
    assert_eq!(bench.within(2).await, [GREETING, EVENT]);
}

#[tokio::test(start_paused = true)]
async fn comments_never_come_inside_of_an_event() {
    let mut bench = Bench::struck_by(r#"{ "kind": "slow_bytes", "bytes": 9 }"#).await;
    bench.say(EVENT);
    assert_eq!(bench.next().await, EVENT[..9]);
    bench.fault(r#"{ "kind": "comments_only" }"#);
    assert_eq!(bench.next().await, EVENT[9..]);
    assert!(bench.next().await.starts_with(':'));
}

#[tokio::test(start_paused = true)]
async fn a_hang_withholds_also_the_rest_of_an_event_that_is_half_sent() {
    let mut bench = Bench::struck_by(r#"{ "kind": "slow_bytes", "bytes": 9 }"#).await;
    bench.say(EVENT);
    assert_eq!(bench.next().await, EVENT[..9]);
    bench.fault(r#"{ "kind": "hang", "for_ms": 60000 }"#);
    assert_eq!(bench.within(59_999).await, [""; 0]);
    assert_eq!(bench.within(2).await, [&EVENT[9..]]);
}

#[tokio::test(start_paused = true)]
async fn a_cut_drops_what_was_not_sent_of_a_slow_event() {
    let mut bench = Bench::struck_by(r#"{ "kind": "slow_bytes", "bytes": 9 }"#).await;
    bench.say(EVENT);
    assert_eq!(bench.next().await, EVENT[..9]);
    bench.fault(r#"{ "kind": "cut" }"#);
    drop(bench.say);
    assert!(bench.out.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_oversized_event_stands_between_two_others_once_and_in_pieces() {
    let mut bench = Bench::under(r#"{ "kind": "oversized_event", "bytes": 200000 }"#);
    for text in [GREETING, EVENT] {
        bench.say(text);
    }
    let chunks = bench.within(1).await;
    assert!(chunks.iter().all(|chunk| chunk.len() <= FILLING.len()));
    let all = chunks.concat();
    let event = all.strip_prefix(GREETING).unwrap();
    let event = event.strip_suffix(EVENT).unwrap();
    let data = event.strip_prefix("event: log\ndata: ").unwrap();
    assert_eq!(data.trim_end().len(), 200_000);
}

#[tokio::test(start_paused = true)]
async fn an_oversized_event_needs_no_other_to_follow() {
    let mut bench = Bench::struck_by(r#"{ "kind": "oversized_event", "bytes": 300 }"#).await;
    assert!(bench.within(1).await.concat().ends_with("\n\n"));
    assert_eq!(bench.within(1000).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_truncated_event_is_the_next_one_that_is_more_than_a_sign_of_life_and_then_the_stream_is_cut()
 {
    for clean in [true, false] {
        let mut bench = Bench::under(&format!(
            r#"{{ "kind": "truncated_event", "clean": {clean} }}"#
        ));
        bench.say(GREETING);
        bench.say(EVENT);
        assert_eq!(bench.next().await, GREETING);
        assert_eq!(bench.next().await, "id: 7\nevent: log\ndata: 123");
        assert_eq!(bench.watch.effect(), Effect::Cut { clean });
    }
}

#[tokio::test(start_paused = true)]
async fn ids_are_wrong_until_the_time_is_over() {
    let mut bench = Bench::struck_by(r#"{ "kind": "wrong_ids", "for_ms": 100 }"#).await;
    bench.say(EVENT);
    assert_eq!(bench.next().await, EVENT.replace('7', "1007"));
    sleep(Duration::from_millis(100)).await;
    bench.say(EVENT);
    assert_eq!(bench.next().await, EVENT);
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_waited_for_a_stream_lets_it_greet_first() {
    let mut bench = Bench::under(r#"{ "kind": "reset" }"#);
    bench.say(GREETING);
    bench.say(EVENT);
    assert_eq!(bench.next().await, GREETING);
    assert_eq!(bench.connection.lost(), None);
    assert!(matches!(bench.out.next().await, Some(Err(CutByFault))));
    assert!(bench.connection.lost().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_holds_nothing_back() {
    for fault in [
        r#"{ "kind": "comments_only", "interval_ms": 60000 }"#,
        r#"{ "kind": "slow_bytes", "bytes": 1, "interval_ms": 60000 }"#,
    ] {
        let mut bench = Bench::struck_by(fault).await;
        bench.say(EVENT);
        assert_eq!(bench.within(59_000).await.len(), 1);
        bench.lifecycle.advance(Phase::Stopping);
        assert!(bench.within(1).await.concat().ends_with("123456\n\n"));
    }
}
