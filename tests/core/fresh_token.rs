//! A 401 or 403 is worth one more try where a function makes the
//! token anew.

use resilient_eventsource::core::{Config, Input, State};

use crate::harness::{Harness, plain};

fn with_function() -> Config {
    Config {
        fresh_credentials: true,
        ..plain()
    }
}

#[test]
fn it_is_tried_once_more_at_once() {
    for status in [401, 403] {
        let mut source = Harness::start(with_function());
        source.answers(status);
        assert_eq!(
            source.told(),
            [
                "waiting (http-status) in 0".to_owned(),
                format!("error http-status {status} in 0")
            ]
        );
        assert_eq!(source.wakes(), 0);
        assert_eq!(source.requests.len(), 2);
        source.answers(status);
        assert_eq!(source.state(), State::Failed);
    }
}

#[test]
fn without_a_function_it_is_fatal() {
    for status in [401, 403] {
        let mut source = Harness::start(plain());
        source.answers(status);
        assert_eq!(source.state(), State::Failed);
    }
}

#[test]
fn it_is_fatal_also_after_an_open() {
    let mut source = Harness::opened(plain());
    source.breaks();
    source.wakes();
    source.answers(401);
    assert_eq!(source.state(), State::Failed);
}

#[test]
fn the_free_try_is_no_failure() {
    let mut source = Harness::start(Config {
        max_retries: 0,
        ..with_function()
    });
    source.answers(401);
    assert_eq!(source.connection.snapshot().failures, 0);
    source.wakes();
    source.opens();
    assert_eq!(source.state(), State::Open);
}

#[test]
fn the_free_try_leaves_n_where_it_was() {
    let mut source = Harness::start(with_function());
    source.answers(401);
    source.wakes();
    source.breaks();
    assert_eq!(source.retry_in(), 1_000);
}

#[test]
fn another_failure_between_does_not_give_the_credit_back() {
    let mut source = Harness::start(with_function());
    source.answers(401);
    source.wakes();
    source.answers(503);
    source.wakes();
    source.answers(401);
    assert_eq!(source.state(), State::Failed);
}

#[test]
fn an_open_stream_gives_the_credit_back() {
    let mut source = Harness::start(with_function());
    for _ in 0..3 {
        source.answers(401);
        source.wakes();
        source.opens();
        source.breaks();
        source.wakes();
    }
    assert_eq!(source.state(), State::Connecting);
}

#[test]
fn reconnect_of_a_failed_source_gives_the_credit_back() {
    let mut source = Harness::start(with_function());
    source.answers(401);
    source.wakes();
    source.answers(401);
    source.input(Input::Reconnect);
    source.answers(401);
    assert_eq!(source.state(), State::Waiting);
}
