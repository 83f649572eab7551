//! A server that closes after each answer on purpose.

use resilient_eventsource::core::{
    Config, Input, Jitter, Millis, Names, Reason, RetryPolicy, State,
};

use crate::harness::{Harness, plain};

/// The delay after a stream of `body` that the server ended.
fn delay_after(body: &str, config: Config, seed: u64) -> Millis {
    let mut source = Harness::start_with_seed(config, seed);
    source.opens();
    source.sends(body);
    source.ends();
    source.retry_in()
}

fn delays_after(body: &str, config: &Config) -> (Millis, Millis) {
    let delays = (0..300).map(|seed| delay_after(body, config.clone(), seed));
    let (mut low, mut high) = (Millis::MAX, 0);
    for delay in delays {
        low = low.min(delay);
        high = high.max(delay);
    }
    (low, high)
}

#[track_caller]
fn assert_about((low, high): (Millis, Millis), from: Millis, to: Millis) {
    let slack = (to - from) / 10;
    assert!((from..=from + slack).contains(&low), "{low} is near {from}");
    assert!((to - slack..=to).contains(&high), "{high} is near {to}");
}

#[test]
fn the_next_attempt_comes_after_the_reconnection_time_of_the_browsers_own_class() {
    assert_about(
        delays_after("data: 1\n\n", &Config::default()),
        3_000,
        3_300,
    );
}

#[test]
fn the_servers_retry_field_takes_its_place() {
    let delays = |field| delays_after(&format!("retry: {field}\ndata: 1\n\n"), &Config::default());
    assert_about(delays(10_000), 10_000, 11_000);
    assert_about(delays(600), 600, 660);
    assert_about(delays(1), 500, 550);
}

#[test]
fn whatever_the_option_retry_says() {
    let config = Config {
        retry: RetryPolicy {
            initial: 60_000,
            floor: 60_000,
            max: 60_000,
            jitter: Jitter::None,
            ..RetryPolicy::default()
        },
        ..Config::default()
    };
    assert_about(delays_after("data: 1\n\n", &config), 3_000, 3_300);
}

#[test]
fn a_cycle_is_told_of_by_one_error_and_is_no_failure() {
    let mut source = Harness::opened(plain());
    source.sends("data: 1\n\n");
    source.ends();
    let wait = source.retry_in();
    assert_eq!(
        source.told(),
        [
            format!("waiting (cycle) in {wait}"),
            format!("error cycle in {wait}")
        ]
    );
    assert_eq!(source.connection.snapshot().failures, 0);
}

#[test]
fn a_thousand_cycles_are_no_reason_to_give_up() {
    let mut source = Harness::start(Config {
        max_retries: 0,
        give_up_after: 1,
        ..plain()
    });
    for _ in 0..1_000 {
        source.opens();
        source.sends("data: 1\n\n");
        source.ends();
        source.wakes();
    }
    assert_eq!(source.state(), State::Connecting);
    assert_eq!(source.connection.attempt(), 1);
}

#[test]
fn after_a_cycle_the_delays_begin_anew() {
    let mut source = Harness::start(plain());
    for _ in 0..4 {
        source.breaks();
        source.wakes();
    }
    source.opens();
    source.sends("data: 1\n\n");
    source.ends();
    source.wakes();
    source.breaks();
    assert_eq!(source.retry_in(), 1_000);
}

#[test]
fn a_cycle_zeroes_the_give_up_clock() {
    let mut source = Harness::start(Config {
        give_up_after: 1_100,
        ..plain()
    });
    source.breaks();
    source.wakes();
    source.opens();
    source.sends("data: 1\n\n");
    source.ends();
    source.input(Input::Reconnect);
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn what_classify_takes_for_a_cycle_does_not_count_towards_giving_up() {
    let mut source = Harness::opened(Config {
        classify: true,
        give_up_after: 10_000,
        ..plain()
    });
    source.sends("data: 1\n\n");
    source.ends();
    source.passes(9_000);
    source.judges(None);
    source.input(Input::Reconnect);
    source.passes(2_000);
    source.answers(503);
    source.judges(None);
    assert_eq!(source.state(), State::Waiting);
}

/// Whether a stream of `body` that the server ends is a cycle.
fn is_cycle(body: &str) -> bool {
    let mut source = Harness::opened(plain());
    source.sends(body);
    source.ends();
    let [state, _] = &source.told()[..] else {
        panic!("a change of state and an error")
    };
    if !state.starts_with("waiting (cycle)") {
        assert_eq!(state, "waiting (ended) in 1000");
        return false;
    }
    true
}

#[test]
fn only_news_makes_a_cycle() {
    assert!(is_cycle("data: 1\n\n"));
    assert!(is_cycle("event: tick\ndata: 1\n\n: bye\n\n"));
    assert!(!is_cycle(": comment\n\n"));
    assert!(!is_cycle("event: heartbeat\ndata: 1\n\n"));
    assert!(!is_cycle("event: connected\ndata: 1\n\n"));
    assert!(!is_cycle("id: 7\n\n"), "a block without data is no event");
    assert!(!is_cycle("data: never finished\n"));
}

#[test]
fn without_names_of_heartbeats_every_event_is_news() {
    for event in ["data: 1\n\n", "event: heartbeat\ndata: 1\n\n"] {
        let mut source = Harness::opened(Config {
            heartbeat_events: Names::new(&["beat"]),
            ..plain()
        });
        source.sends(event);
        source.ends();
        assert_eq!(source.reason(), Reason::Cycle, "{event:?}");
    }
}

#[test]
fn an_event_named_error_at_the_end_makes_a_failure() {
    assert!(!is_cycle("data: 1\n\nevent: error\ndata: store down\n\n"));
    assert!(is_cycle(
        "event: error\ndata: store down\n\ndata: up again\n\n"
    ));
    assert!(!is_cycle(
        "data: 1\n\nevent: error\ndata: down\n\nid: 8\n\n"
    ));
}

#[test]
fn news_in_an_earlier_stream_makes_no_cycle_of_this_one() {
    let mut source = Harness::opened(plain());
    source.sends("data: 1\n\n");
    source.ends();
    source.wakes();
    source.opens();
    source.told();
    source.ends();
    assert_eq!(source.told()[0], "waiting (ended) in 1000");
}

#[test]
fn a_stream_cut_after_news_is_a_failure() {
    let mut source = Harness::opened(plain());
    source.sends("data: 1\n\n");
    source.breaks();
    assert_eq!(
        source.told(),
        ["waiting (network) in 1000", "error network in 1000"]
    );
    assert_eq!(source.connection.snapshot().failures, 1);
}
