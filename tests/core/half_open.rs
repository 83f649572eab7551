//! What revives a source that gave up, and for how long.

use resilient_eventsource::core::{Config, Input, State};

use crate::harness::{Harness, plain};

/// A source that gave up at its first failure.
fn gave_up() -> Harness {
    gave_up_with(plain())
}

fn gave_up_with(config: Config) -> Harness {
    let mut source = Harness::start(Config {
        max_retries: 0,
        ..config
    });
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
    source.told();
    source
}

#[test]
fn online_allows_three_attempts_with_backoff_whatever_max_retries_says() {
    let mut source = gave_up();
    source.input(Input::Online(true));
    assert_eq!(source.told(), ["connecting (online)"]);
    source.breaks();
    assert_eq!(source.retry_in(), 2_000, "n goes on");
    source.wakes();
    source.breaks();
    assert_eq!(source.retry_in(), 4_000);
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
    assert_eq!(source.requests.len(), 1 + 3);
    assert!(!source.has_timer());
}

#[test]
fn the_give_up_clock_does_not_cut_the_three_attempts_short() {
    let mut source = gave_up_with(Config {
        give_up_after: 0,
        ..plain()
    });
    source.input(Input::Online(true));
    source.breaks();
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn a_page_that_comes_back_after_half_a_minute_revives() {
    for (hidden, state) in [(29_999, State::GaveUp), (30_000, State::Connecting)] {
        let mut source = gave_up();
        source.input(Input::Hidden(true));
        source.passes(hidden);
        source.input(Input::Hidden(false));
        assert_eq!(source.state(), state, "hidden for {hidden} ms");
    }
}

#[test]
fn time_hidden_counts_though_the_clock_stood_still() {
    let mut source = gave_up();
    source.input(Input::Hidden(true));
    source.sleeps(40_000);
    source.input(Input::Hidden(false));
    assert_eq!(source.told(), ["connecting (visible)"]);
}

#[test]
fn a_page_that_was_visible_all_the_time_does_not_come_back() {
    let mut source = gave_up();
    source.passes(60_000);
    source.input(Input::Hidden(false));
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn a_stream_that_opens_zeroes_the_failures_and_the_clock_but_not_n() {
    let mut source = Harness::start(Config {
        max_retries: 1,
        ..plain()
    });
    source.breaks();
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
    source.input(Input::Online(true));
    source.opens();
    assert_eq!(source.connection.snapshot().failures, 0);
    source.ends();
    assert_eq!(source.retry_in(), 4_000, "n = 3");
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::GaveUp, "the half-open time is over");
}

#[test]
fn a_stream_that_opens_zeroes_the_clock() {
    let mut source = Harness::start(Config {
        give_up_after: 1_100,
        ..plain()
    });
    source.breaks();
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
    source.input(Input::Online(true));
    source.opens();
    source.ends();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn online_again_in_the_half_open_time_tries_at_once_and_grants_nothing_more() {
    let mut source = gave_up();
    source.input(Input::Online(true));
    source.breaks();
    source.input(Input::Online(true));
    assert_eq!(source.requests.len(), 3);
    source.breaks();
    source.input(Input::Online(true));
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
    assert_eq!(source.requests.len(), 4);
}

#[test]
fn going_offline_in_the_half_open_time_costs_no_attempt() {
    let mut source = gave_up();
    source.input(Input::Online(true));
    source.input(Input::Online(false));
    source.breaks();
    assert_eq!(source.state(), State::Paused);
    source.input(Input::Online(true));
    for _ in 0..2 {
        source.breaks();
        assert_eq!(source.state(), State::Waiting);
        source.wakes();
    }
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn a_hidden_page_that_pauses_revives_when_it_is_seen_again() {
    let mut source = gave_up_with(Config {
        pause_when_hidden: true,
        ..plain()
    });
    source.input(Input::Hidden(true));
    source.input(Input::Online(true));
    assert_eq!(
        source.requests.len(),
        1,
        "nothing is asked for while hidden"
    );
    source.passes(5_000);
    source.input(Input::Hidden(false));
    assert_eq!(source.requests.len(), 2);
    source.breaks();
    assert_eq!(source.state(), State::Waiting, "with three attempts");
}

#[test]
fn reconnect_starts_afresh_instead() {
    let mut source = Harness::start(Config {
        max_retries: 1,
        ..plain()
    });
    source.breaks();
    source.wakes();
    source.breaks();
    source.input(Input::Online(true));
    source.breaks();
    source.wakes();
    source.breaks();
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
    source.input(Input::Reconnect);
    source.breaks();
    assert_eq!(source.retry_in(), 1_000);
    source.wakes();
    source.breaks();
    assert_eq!(
        source.state(),
        State::GaveUp,
        "one retry, as the option says"
    );
}
