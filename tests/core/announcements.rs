//! A transition sets the properties, then fires `statechange`,
//! then `open`, `error` or `streamcomplete`, in one task; a handler that
//! changes the state ends it.

use resilient_eventsource::core::{Announcement, Config, Input, State};

use crate::harness::{Harness, Shown, plain};
use crate::terminal::latching;

/// The page calls `act` when the state becomes `at`.
fn calls_at(source: &mut Harness, at: State, act: Input<'static>) {
    source.handler = Some(Box::new(move |shown, connection| match shown {
        Shown::Announced(Announcement::StateChange { state, .. }) => {
            assert_eq!(connection.state(), *state, "the properties come first");
            if *state == at {
                vec![act.clone()]
            } else {
                vec![]
            }
        }
        _ => vec![],
    }));
}

#[test]
fn the_change_of_state_comes_first() {
    let mut source = Harness::start(plain());
    source.opens();
    assert_eq!(source.told(), ["open (opened)", "open"]);
    source.breaks();
    assert_eq!(
        source.told(),
        ["waiting (network) in 1000", "error network in 1000"]
    );
}

#[test]
fn a_new_source_tells_of_nothing_while_it_connects() {
    let mut source = Harness::start(plain());
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn closing_at_open_hears_no_open() {
    let mut source = Harness::start(plain());
    calls_at(&mut source, State::Open, Input::Close);
    source.opens();
    assert_eq!(source.told(), ["open (opened)", "closed (close)"]);
    assert!(!source.is_live());
}

#[test]
fn closing_at_a_failure_hears_no_error() {
    let mut source = Harness::start(plain());
    calls_at(&mut source, State::Waiting, Input::Close);
    source.breaks();
    assert_eq!(
        source.told(),
        ["waiting (network) in 1000", "closed (close)"]
    );
    assert!(!source.has_timer());
}

#[test]
fn reconnecting_at_a_failure_hears_no_error() {
    let mut source = Harness::start(plain());
    calls_at(&mut source, State::Waiting, Input::Reconnect);
    source.breaks();
    assert_eq!(
        source.told(),
        ["waiting (network) in 1000", "connecting (reconnect)"]
    );
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn a_call_that_changes_nothing_ends_nothing() {
    let mut source = Harness::start(plain());
    calls_at(&mut source, State::Open, Input::Online(true));
    source.opens();
    assert_eq!(source.told(), ["open (opened)", "open"]);
}

#[test]
fn closing_at_the_completion_drops_what_was_still_to_come() {
    let mut source = Harness::start(latching());
    calls_at(&mut source, State::Completed, Input::Close);
    source.opens();
    source.told();
    source.sends("event: run_completed\ndata: 1\n\n");
    assert_eq!(source.told(), ["completed (terminal)"]);

    let mut source = Harness::start(plain());
    calls_at(&mut source, State::Completed, Input::Close);
    source.answers(204);
    assert_eq!(
        source.told(),
        ["completed (no-content)"],
        "nothing is dispatched after close()"
    );
    assert_eq!(source.state(), State::Completed);
}

#[test]
fn clearing_at_the_completion_closes() {
    let mut source = Harness::opened(latching());
    calls_at(&mut source, State::Completed, Input::Clear);
    source.sends("event: run_completed\ndata: 1\n\n");
    assert_eq!(source.told(), ["completed (terminal)", "closed (clear)"]);
    assert_eq!(source.latch, None);
}

#[test]
fn resetting_at_the_completion_starts_afresh() {
    let mut source = Harness::opened(latching());
    calls_at(&mut source, State::Completed, Input::Reset);
    source.sends("event: run_completed\ndata: 1\n\n");
    assert_eq!(
        source.told(),
        ["completed (terminal)", "connecting (reset)"]
    );
}

/// A stalled source: its next event clears that, and completes it.
fn stalled_before_the_end() -> Harness {
    let mut source = Harness::opened(Config {
        stall_after: 1_000,
        ..latching()
    });
    source.sends(":\n");
    source.passes(1_000);
    assert_eq!(source.told(), ["stalled"]);
    source
}

#[test]
fn a_stall_that_ends_with_the_stream_is_told_of_before() {
    let mut source = stalled_before_the_end();
    source.sends("event: run_completed\ndata: 1\n\n");
    assert_eq!(
        source.told(),
        [
            "moving",
            "completed (terminal)",
            "complete completed by run_completed"
        ]
    );
}

#[test]
fn closing_drops_what_was_still_to_be_told_of_a_stall() {
    let mut source = stalled_before_the_end();
    source.handler = Some(Box::new(|shown, _| match shown {
        Shown::Event(_) => vec![Input::Close],
        Shown::Announced(_) => vec![],
    }));
    source.sends("data: 1\n\n");
    let told = source.told();
    assert_eq!(told.last().map(String::as_str), Some("closed (close)"));
}

#[test]
fn closing_or_resetting_drops_a_stall_that_was_not_told_of_yet() {
    for (call, told) in [
        (Input::Close, "closed (close)"),
        (Input::Reset, "connecting (reset)"),
    ] {
        let mut source = Harness::opened(Config {
            stall_after: 1_000,
            ..plain()
        });
        source.jumps(1_000);
        let chunk = Input::Chunk(source.token(), b":\n");
        source.connection.handle_input(chunk, source.now);
        assert!(source.connection.snapshot().stalled);
        source.input(call);
        assert_eq!(source.told(), [told]);
    }
}

#[test]
fn a_change_that_was_never_told_is_left_out_of_the_next_one() {
    // The stall is told first; its handler finds the source already failed.
    let mut source = Harness::opened(Config {
        stall_after: 1_000,
        max_event_size: 8,
        ..plain()
    });
    source.jumps(1_000);
    source.handler = Some(Box::new(|shown, _| match shown {
        Shown::Announced(Announcement::Stall(true)) => vec![Input::Close],
        _ => vec![],
    }));
    source.sends("data: 12345678901234567890");
    assert_eq!(source.told(), ["stalled", "closed (close)"]);
}

#[test]
fn a_late_timer_tells_of_a_stall_before_it_ends_the_stream() {
    let mut source = Harness::opened(Config {
        stall_after: 40_000,
        idle_timeout: Some(40_020),
        ..plain()
    });
    source.sends(":\n");
    source.jumps(40_030);
    calls_at(&mut source, State::Waiting, Input::Reset);
    source.input(Input::Timeout);
    assert_eq!(
        (source.told(), source.state()),
        (vec!["stalled".into()], State::Open)
    );
    source.passes(0);
    assert_eq!(
        source.told(),
        ["waiting (idle) in 1000", "connecting (reset)"]
    );
}

#[test]
fn what_happens_at_once_is_told_as_one_change() {
    let mut source = Harness::start(Config {
        pause_when_hidden: true,
        ..plain()
    });
    source.breaks();
    source.told();
    // The network is back and the page hidden before anybody asked what to do.
    source
        .connection
        .handle_input(Input::Online(true), source.now);
    source.input(Input::Hidden(true));
    assert_eq!(source.told(), ["paused (hidden)"]);
    assert_eq!(source.requests.len(), 1);
    assert!(!source.is_live());
}

#[test]
fn the_error_carries_the_attempt_that_ended() {
    let mut source = Harness::start(plain());
    source.breaks();
    source.wakes();
    source.told();
    source.handler = Some(Box::new(|shown, connection| {
        if let Shown::Announced(Announcement::Error { attempt, .. }) = shown {
            assert_eq!((*attempt, connection.attempt()), (2, 2));
        }
        vec![]
    }));
    source.breaks();
    assert_eq!(source.told().len(), 2);
}

#[test]
fn an_attempt_is_numbered_from_the_last_stable_connection() {
    let mut source = Harness::start(plain());
    for expected in [1, 2, 3] {
        assert_eq!(source.request().attempt, expected);
        source.breaks();
        source.wakes();
    }
    source.opens();
    source.passes(60_000);
    assert_eq!(source.connection.attempt(), 4);
    source.breaks();
    source.wakes();
    assert_eq!(source.request().attempt, 1);
}

#[test]
fn an_attempt_knows_what_went_wrong_before() {
    let mut source = Harness::start(plain());
    assert_eq!(source.request().reason.as_str(), "start");
    source.answers(503);
    source.wakes();
    assert_eq!(source.request().reason.as_str(), "http-status");
    source.input(Input::PageHide);
    source.input(Input::PageShow);
    assert_eq!(source.request().reason.as_str(), "pageshow");
}
