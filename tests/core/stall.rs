//! The option `stallAfter`: only heartbeats arrive.

use resilient_eventsource::core::{Config, Input};

use crate::harness::{Harness, plain};

const BEAT: &str = "event: heartbeat\ndata: 1\n\n";

fn opened() -> Harness {
    Harness::opened(Config {
        stall_after: 30_000,
        ..plain()
    })
}

/// A heartbeat every ten seconds.
fn beats(source: &mut Harness, count: usize) {
    for _ in 0..count {
        source.passes(10_000);
        source.sends(BEAT);
    }
}

#[test]
fn activity_without_news_for_that_long_sets_it() {
    let mut source = opened();
    beats(&mut source, 2);
    source.passes(9_999);
    assert_eq!(source.told(), [""; 0]);
    source.passes(1);
    assert_eq!(source.told(), ["stalled"]);
    assert!(source.connection.snapshot().stalled);
    beats(&mut source, 10);
    assert_eq!(source.told(), [""; 0], "once");
}

#[test]
fn comments_are_activity() {
    let mut source = opened();
    source.passes(1_000);
    source.sends(":\n");
    source.passes(29_000);
    assert_eq!(source.told(), ["stalled"]);
}

#[test]
fn silence_is_no_stall() {
    let mut source = opened();
    source.passes(40_000);
    assert_eq!(source.told(), [""; 0]);
    source.sends(BEAT);
    assert_eq!(
        source.told(),
        ["stalled"],
        "now something moves, but no news"
    );
}

#[test]
fn news_clears_it_and_says_so() {
    let mut source = opened();
    beats(&mut source, 3);
    source.told();
    source.sends("data: news\n\n");
    assert_eq!(source.told(), ["moving"]);
    assert!(!source.connection.snapshot().stalled);
    beats(&mut source, 2);
    source.passes(9_999);
    assert_eq!(source.told(), [""; 0]);
    source.passes(1);
    assert_eq!(source.told(), ["stalled"]);
}

#[test]
fn news_in_time_never_sets_it() {
    let mut source = opened();
    for _ in 0..10 {
        beats(&mut source, 2);
        source.sends("data: news\n\n");
    }
    assert_eq!(source.told(), [""; 0]);
}

#[test]
fn time_without_a_stream_does_not_count_and_time_before_it_does() {
    let mut source = opened();
    source.passes(10_000);
    source.sends(BEAT);
    source.passes(10_000);
    source.breaks();
    source.input(Input::Online(false));
    source.wakes();
    source.breaks();
    source.passes(600_000);
    source.input(Input::Online(true));
    source.opens();
    source.told();
    source.passes(9_999);
    assert_eq!(source.told(), [""; 0]);
    source.passes(1);
    assert_eq!(source.told(), ["stalled"]);
}

#[test]
fn it_is_off_by_default() {
    let mut source = Harness::opened(plain());
    beats(&mut source, 1_000);
    assert_eq!(source.told(), [""; 0]);
}
