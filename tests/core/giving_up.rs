//! When a source gives up, and what does not bring it nearer.

use resilient_eventsource::core::{Config, FOREVER, Fault, Input, Reason, State};

use crate::harness::{Harness, plain};

fn after(give_up_after: u64) -> Config {
    Config {
        give_up_after,
        ..plain()
    }
}

fn max_retries(max_retries: u64) -> Config {
    Config {
        max_retries,
        ..plain()
    }
}

/// Fails at once, waits, and tries again.
fn fail_and_retry(source: &mut Harness) {
    source.breaks();
    source.wakes();
}

#[test]
fn the_failure_after_the_last_retry_is_the_last() {
    let mut source = Harness::start(max_retries(2));
    fail_and_retry(&mut source);
    fail_and_retry(&mut source);
    assert_eq!(source.requests.len(), 3);
    source.told();
    source.breaks();
    assert_eq!(source.told(), ["gaveup (network)", "error network"]);
}

#[test]
fn without_retries_the_first_failure_is_the_last() {
    let mut source = Harness::start(max_retries(0));
    source.answers(503);
    assert_eq!(
        source.told(),
        ["gaveup (http-status)", "error http-status 503"]
    );
}

#[test]
fn a_source_that_gave_up_asks_for_nothing_and_waits_for_nothing() {
    let mut source = Harness::start(max_retries(0));
    source.breaks();
    assert!(!source.has_timer());
    assert!(!source.is_live());
    source.passes(1 << 32);
    source.input(Input::PageShow);
    source.input(Input::Frozen(false));
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn news_makes_the_next_failure_the_first_in_a_row() {
    let mut source = Harness::start(max_retries(1));
    for _ in 0..5 {
        fail_and_retry(&mut source);
        source.opens();
        source.sends("data: news\n\n");
    }
    fail_and_retry(&mut source);
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn opening_without_news_forgives_nothing() {
    let mut source = Harness::start(max_retries(1));
    source.opens();
    source.sends(": hello\nevent: heartbeat\ndata: 1\n\n");
    source.ends();
    source.wakes();
    source.opens();
    source.sends(": hello\nevent: heartbeat\ndata: 1\n\n");
    source.ends();
    assert_eq!(source.state(), State::GaveUp);
    assert_eq!(source.reason(), Reason::Ended);
}

#[test]
fn a_server_that_says_nothing_but_error_in_its_streams_is_given_up() {
    let mut source = Harness::start(max_retries(1));
    for _ in 0..2 {
        source.opens();
        source.sends("event: error\ndata: store down\n\n");
        source.ends();
        if source.state() == State::Waiting {
            source.wakes();
        }
    }
    assert_eq!(source.state(), State::GaveUp);
    assert_eq!(source.events.len(), 2, "the page is told each time");
}

#[test]
fn the_clock_is_read_when_an_attempt_fails_never_during_a_wait() {
    let mut config = after(10_000);
    config.retry.initial = 30_000;
    let mut source = Harness::start(config);
    source.breaks();
    source.passes(29_999);
    assert_eq!(source.state(), State::Waiting, "the clock ran out long ago");
    source.passes(1);
    assert_eq!(source.requests.len(), 2);
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn the_failure_at_the_very_time_is_the_last() {
    for (give_up_after, state) in [(1_120, State::GaveUp), (1_121, State::Waiting)] {
        let mut source = Harness::start(after(give_up_after));
        fail_and_retry(&mut source);
        source.breaks();
        assert_eq!(source.state(), state, "60 + 1,000 + 60 ms without a stream");
    }
}

#[test]
fn the_time_that_attempts_take_counts() {
    let config = Config {
        connect_timeout: Some(20_000),
        ..after(100_000)
    };
    let mut source = Harness::start(config);
    for _ in 0..4 {
        source.passes(20_000);
        source.wakes();
    }
    assert_eq!(source.state(), State::Connecting);
    source.passes(20_000);
    assert_eq!(source.state(), State::GaveUp, "five attempts of 20 s");
}

#[test]
fn attempts_that_the_guessed_timeout_ended_do_not_count() {
    let mut source = Harness::start(after(200_000));
    for _ in 0..8 {
        source.wakes();
        assert_eq!(source.state(), State::Waiting);
        assert_eq!(source.reason(), Reason::ConnectTimeout);
        source.wakes();
    }
    fail_and_retry(&mut source);
    assert_eq!(source.state(), State::Connecting, "though an hour is over");
}

#[test]
fn time_with_a_stream_open_does_not_count() {
    let mut source = Harness::start(after(4_000));
    fail_and_retry(&mut source);
    source.opens();
    source.passes(50_000);
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::Waiting, "1,060 + 60 + 2,000 + 60 ms");
    source.wakes();
    source.breaks();
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn opening_does_not_zero_the_clock_but_news_does() {
    for (bytes, state) in [(":\n", State::GaveUp), ("data:\n\n", State::Waiting)] {
        let mut source = Harness::start(after(1_100));
        fail_and_retry(&mut source);
        source.opens();
        source.sends(bytes);
        source.breaks();
        assert_eq!(source.state(), state, "after {bytes:?}");
    }
}

#[test]
fn a_stable_connection_zeroes_the_clock_and_the_failures() {
    let mut source = Harness::start(Config {
        max_retries: 1,
        ..after(1_100)
    });
    fail_and_retry(&mut source);
    source.opens();
    source.passes(60_000);
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
    assert_eq!(source.connection.snapshot().failures, 1);
}

#[test]
fn waits_that_retry_after_decided_do_not_count() {
    let mut source = Harness::start(after(10_000));
    for _ in 0..20 {
        source.answers_later(503, 60);
        source.wakes();
    }
    assert_eq!(source.state(), State::Connecting);
}

#[test]
fn waits_that_a_retry_field_decided_count() {
    let mut source = Harness::opened(after(10_000));
    source.sends("retry: 20000\n\n");
    fail_and_retry(&mut source);
    source.answers_later(503, 1);
    assert_eq!(source.state(), State::GaveUp);

    let mut source = Harness::opened(after(30_000));
    source.sends("retry: 20000\n\n");
    fail_and_retry(&mut source);
    source.answers_later(503, 19);
    assert_eq!(source.state(), State::Waiting);
    source.wakes();
    source.answers(503);
    assert_eq!(source.state(), State::GaveUp, "the larger order decided");
}

#[test]
fn what_a_timer_overslept_does_not_count() {
    let mut source = Harness::start(after(10_000));
    source.breaks();
    source.jumps(3_600_000);
    source.input(Input::Timeout);
    source.breaks();
    assert_eq!(
        source.state(),
        State::Waiting,
        "the machine slept for an hour"
    );
}

#[test]
fn an_attempt_counts_no_longer_than_its_timeout() {
    let mut source = Harness::start(after(100_000));
    source.jumps(3_600_000);
    source.breaks();
    assert_eq!(
        source.state(),
        State::Waiting,
        "the machine slept for an hour"
    );
}

#[test]
fn a_wall_display_never_gives_up() {
    let mut source = Harness::start(after(FOREVER));
    for _ in 0..300 {
        fail_and_retry(&mut source);
    }
    assert_eq!(source.state(), State::Connecting);
    assert!(source.now.mono > 300 * 29_000);
}

#[test]
fn a_broken_headers_function_is_a_failure_like_any_other() {
    for (fault, reason) in [
        (Fault::Headers, Reason::Headers),
        (Fault::Params, Reason::Params),
    ] {
        let mut source = Harness::start(max_retries(1));
        source.fails(fault);
        assert_eq!(source.state(), State::Waiting);
        assert_eq!(source.reason(), reason);
        source.wakes();
        source.fails(fault);
        assert_eq!(source.state(), State::GaveUp);
    }
}

#[test]
fn paused_time_does_not_count() {
    let away: [(&str, Input, Input); 3] = [
        ("frozen", Input::Frozen(true), Input::Frozen(false)),
        ("gone", Input::PageHide, Input::PageShow),
        ("hidden", Input::Hidden(true), Input::Hidden(false)),
    ];
    for (name, leave, back) in away {
        let mut source = Harness::start(Config {
            pause_when_hidden: true,
            ..after(10_000)
        });
        source.breaks();
        source.input(leave);
        assert_eq!(source.state(), State::Paused, "{name}");
        source.passes(60_000);
        source.input(back);
        assert_eq!(source.requests.len(), 2, "{name}");
        source.breaks();
        assert_eq!(source.state(), State::Waiting, "{name}");
    }
}

#[test]
fn time_frozen_in_an_attempt_does_not_count() {
    let mut source = Harness::start(after(10_000));
    source.passes(1_000);
    source.input(Input::Frozen(true));
    source.passes(50_000);
    source.input(Input::Frozen(false));
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn nor_does_it_in_one_that_a_handler_began_when_it_heard_of_the_freeze() {
    let mut source = Harness::start(after(10_000));
    source.breaks();
    source.input(Input::Frozen(true));
    source.input(Input::Reconnect);
    source.passes(50_000);
    source.input(Input::Frozen(false));
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn time_frozen_before_an_end_is_judged_does_not_count() {
    let mut source = Harness::opened(after(10_000));
    source.fails(Fault::Network);
    source.passes(30);
    source.input(Input::Frozen(true));
    source.jumps(50_000);
    source.input(Input::Frozen(false));
    source.passes(0);
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn a_freeze_in_an_attempt_that_the_guessed_timeout_ended_counts_nothing() {
    let mut source = Harness::start(after(10_000));
    source.passes(20_000);
    source.input(Input::Frozen(true));
    source.jumps(50_000);
    source.input(Input::Frozen(false));
    source.passes(0);
    assert_eq!(source.reason(), Reason::ConnectTimeout);
    assert_eq!(source.state(), State::Waiting);
}
