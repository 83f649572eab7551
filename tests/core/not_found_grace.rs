//! The option `notFoundGrace`: a stream may be asked for before it exists.

use resilient_eventsource::core::{Config, Input, Judgement, State};

use crate::harness::{Harness, plain};

fn graced() -> Config {
    Config {
        not_found_grace: 6_000,
        ..plain()
    }
}

#[test]
fn a_404_within_the_grace_is_retried_after_exactly_the_delay() {
    let mut source = Harness::start(graced());
    source.answers(404);
    assert_eq!(
        source.told(),
        [
            "waiting (http-status) in 200",
            "error http-status 404 in 200"
        ]
    );
    assert_eq!(source.wakes(), 200);
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn the_first_404_after_the_grace_is_fatal() {
    let mut source = Harness::start(graced());
    source.passes(5_999);
    source.answers(404);
    source.wakes();
    assert_eq!(source.state(), State::Connecting);
    source.answers(404);
    assert_eq!(source.state(), State::Failed);
}

#[test]
fn without_the_option_the_first_404_is_fatal() {
    let mut source = Harness::start(plain());
    source.answers(404);
    assert_eq!(
        source.told(),
        ["failed (http-status)", "error http-status 404 fatal"]
    );
}

#[test]
fn other_statuses_have_no_grace() {
    let mut source = Harness::start(graced());
    source.answers(400);
    assert_eq!(source.state(), State::Failed);
}

#[test]
fn it_is_no_failure_and_leaves_n_where_it_was() {
    let mut source = Harness::start(Config {
        max_retries: 1,
        ..graced()
    });
    for _ in 0..5 {
        source.answers(404);
        source.wakes();
    }
    assert_eq!(source.connection.snapshot().failures, 0);
    source.breaks();
    assert_eq!(source.retry_in(), 1_000);
}

#[test]
fn a_retry_after_does_not_change_the_delay() {
    let mut source = Harness::start(graced());
    source.answers_later(404, 30);
    assert_eq!(source.retry_in(), 200);
}

#[test]
fn after_the_first_open_a_404_is_a_failure_like_any_other() {
    let mut source = Harness::opened(graced());
    source.breaks();
    source.wakes();
    source.answers(404);
    assert_eq!(source.retry_in(), 2_000);
    assert_eq!(source.connection.snapshot().failures, 2);
}

#[test]
fn reset_gives_the_grace_anew_and_reconnect_does_not() {
    let mut source = Harness::start(graced());
    source.passes(6_000);
    source.answers(404);
    source.input(Input::Reconnect);
    source.answers(404);
    assert_eq!(source.state(), State::Failed);
    source.input(Input::Reset);
    source.answers(404);
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn classify_comes_first() {
    let mut source = Harness::start(Config {
        classify: true,
        ..graced()
    });
    source.answers(404);
    source.judges(Some(Judgement::Fatal));
    assert_eq!(source.state(), State::Failed);
}
