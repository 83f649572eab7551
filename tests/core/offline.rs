//! What the machine says of its network.

use resilient_eventsource::core::{Config, Input, Reason, State};

use crate::harness::{Harness, plain};

#[test]
fn an_attempt_is_made_though_the_machine_says_offline() {
    let mut source = Harness::new(plain(), 1);
    source.input(Input::Online(false));
    source.input(Input::Start);
    assert_eq!(source.requests.len(), 1);
    source.opens();
    assert_eq!(source.state(), State::Open, "localhost works");
}

#[test]
fn only_its_failure_while_offline_pauses() {
    let mut source = Harness::start(plain());
    source.input(Input::Online(false));
    assert_eq!(source.state(), State::Connecting);
    source.breaks();
    assert_eq!(source.told(), ["paused (offline)", "error network"]);
    assert!(!source.has_timer());
}

#[test]
fn an_open_stream_stays_open_while_offline() {
    let mut source = Harness::opened(plain());
    source.input(Input::Online(false));
    assert_eq!(source.state(), State::Open);
    source.sends("data: 1\n\n");
    assert_eq!(source.events.len(), 1);
}

#[test]
fn online_tries_at_once() {
    let mut source = Harness::start(plain());
    source.input(Input::Online(false));
    source.breaks();
    source.told();
    source.input(Input::Online(true));
    assert_eq!(source.told(), ["connecting (online)"]);
    assert_eq!(source.requests.len(), 2);
    assert_eq!(source.request().reason, Reason::Online);
}

#[test]
fn online_ends_a_wait() {
    let mut source = Harness::start(plain());
    source.breaks();
    source.input(Input::Online(true));
    assert_eq!(source.requests.len(), 2);
    source.input(Input::Online(true));
    assert_eq!(source.requests.len(), 2, "once");
    source.passes(5_000);
    assert_eq!(source.requests.len(), 2, "and the wait's timer is gone");
}

#[test]
fn online_does_not_end_a_wait_that_the_server_asked_for() {
    let mut source = Harness::start(plain());
    source.answers_later(503, 60);
    source.input(Input::Online(true));
    assert_eq!(source.requests.len(), 1);
    assert_eq!(source.wakes(), 61_000);
}

#[test]
fn a_failure_that_pauses_does_not_count() {
    let mut source = Harness::start(Config {
        max_retries: 1,
        ..plain()
    });
    source.input(Input::Online(false));
    for _ in 0..5 {
        source.breaks();
        source.input(Input::Online(true));
        source.input(Input::Online(false));
    }
    assert_eq!(source.connection.snapshot().failures, 0);
    source.input(Input::Online(true));
    source.breaks();
    assert_eq!(source.retry_in(), 1_000, "n = 1");
}

#[test]
fn time_offline_does_not_count_towards_giving_up() {
    let mut source = Harness::start(Config {
        give_up_after: 10_000,
        ..plain()
    });
    source.input(Input::Online(false));
    source.breaks();
    source.passes(3_600_000);
    source.input(Input::Online(true));
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn the_option_off_waits_instead() {
    let mut source = Harness::start(Config {
        pause_when_offline: false,
        ..plain()
    });
    source.input(Input::Online(false));
    source.breaks();
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn reconnect_ends_the_pause() {
    let mut source = Harness::start(plain());
    source.input(Input::Online(false));
    source.breaks();
    source.input(Input::Reconnect);
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn what_is_fatal_is_fatal_offline_too() {
    let mut source = Harness::start(plain());
    source.input(Input::Online(false));
    source.answers(410);
    assert_eq!(source.state(), State::Failed);
}
