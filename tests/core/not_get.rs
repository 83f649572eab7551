//! A request other than GET is not sent again by itself once its
//! stream opened.

use resilient_eventsource::core::{Config, Input, Judgement, State};

use crate::harness::{Harness, plain};

fn post() -> Config {
    Config {
        repeatable: false,
        ..plain()
    }
}

fn opened() -> Harness {
    let mut source = Harness::opened(post());
    source.sends("id: 1\ndata: 1\n\n");
    source
}

#[test]
fn a_clean_end_completes_it() {
    for bytes in ["", "data: 1\n\n", "event: error\ndata: 1\n\n"] {
        let mut source = Harness::opened(post());
        source.sends(bytes);
        source.ends();
        assert_eq!(source.told(), ["completed (ended)", "complete completed"]);
        source.passes(1 << 32);
        assert_eq!(source.requests.len(), 1);
    }
}

#[test]
fn a_cut_fails_it() {
    let mut source = opened();
    source.breaks();
    assert_eq!(source.told(), ["failed (network)", "error network fatal"]);
    assert!(!source.has_timer());
}

#[test]
fn idleness_fails_it() {
    let mut source = Harness::opened(Config {
        idle_timeout: Some(1_000),
        ..post()
    });
    source.passes(1_000);
    assert_eq!(source.told(), ["failed (idle)", "error idle fatal"]);
}

#[test]
fn a_pause_fails_it() {
    let mut source = Harness::opened(Config {
        pause_when_hidden: true,
        ..post()
    });
    source.input(Input::Hidden(true));
    assert_eq!(source.told(), ["failed (hidden)", "error hidden fatal"]);
    source.input(Input::Hidden(false));
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn the_page_s_going_fails_it_without_an_error() {
    let mut source = opened();
    source.input(Input::PageHide);
    assert_eq!(source.told(), ["failed (pagehide)"]);
    source.input(Input::PageShow);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn a_cut_just_before_the_page_leaves_fails_it_too() {
    let mut source = opened();
    source.fails(resilient_eventsource::core::Fault::Network);
    source.input(Input::PageHide);
    source.input(Input::PageShow);
    assert_eq!(source.state(), State::Failed);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn until_its_stream_opened_it_is_retried() {
    let mut source = Harness::start(post());
    source.answers(503);
    source.wakes();
    source.breaks();
    source.wakes();
    source.input(Input::PageHide);
    source.input(Input::PageShow);
    assert_eq!(source.requests.len(), 4);
}

#[test]
fn reconnect_sends_it_again() {
    for end in [Harness::ends, Harness::breaks, |_: &mut Harness| {}] {
        let mut source = opened();
        end(&mut source);
        if source.state() == State::Completed {
            continue;
        }
        source.input(Input::Reconnect);
        assert_eq!(source.requests.len(), 2);
        source.answers(503);
        assert_eq!(source.state(), State::Waiting, "this one did not open");
    }
}

#[test]
fn classify_may_decide_otherwise() {
    let mut source = Harness::opened(Config {
        classify: true,
        ..post()
    });
    source.breaks();
    source.judges(Some(Judgement::Retry));
    assert_eq!(source.state(), State::Waiting);
    source.wakes();
    source.opens();
    source.ends();
    source.judges(None);
    assert_eq!(source.state(), State::Completed);
}

#[test]
fn a_terminal_event_completes_it_as_any_other() {
    let mut source = Harness::start(Config {
        repeatable: false,
        ..crate::terminal::latching()
    });
    source.opens();
    source.sends("event: run_failed\ndata: 1\n\n");
    assert_eq!(
        source.told()[2..],
        ["completed (terminal)", "complete failed by run_failed"]
    );
}
