//! `close()`, `reconnect()`, `reset()`, `clear()` and an abort,
//! from every state.

use resilient_eventsource::core::{Input, Resume, State};

use crate::harness::Harness;
use crate::terminal::latching;

/// A source in each state, with nothing left to tell.
fn everywhere() -> Vec<Harness> {
    let reach: [fn(&mut Harness); 8] = [
        |_| {},
        |source| source.opens(),
        |source| source.breaks(),
        |source| source.input(Input::PageHide),
        |source| {
            for _ in 0..20 {
                source.breaks();
                if source.state() == State::GaveUp {
                    return;
                }
                source.wakes();
            }
        },
        |source| {
            source.opens();
            source.sends("event: run_completed\ndata: 1\n\n");
        },
        |source| source.answers(410),
        |source| source.input(Input::Close),
    ];
    let sources = reach.map(|reach| {
        let mut source = Harness::start(latching());
        reach(&mut source);
        source.told();
        source
    });
    let states = sources.each_ref().map(Harness::state);
    let expected = State::ALL
        .iter()
        .filter(|&&state| state != State::Polling)
        .copied();
    assert!(states.into_iter().eq(expected), "{states:?}");
    sources.into()
}

fn everywhere_but(not: &[State]) -> Vec<Harness> {
    let mut sources = everywhere();
    sources.retain(|source| !not.contains(&source.state()));
    sources
}

fn in_state(state: State) -> Harness {
    let mut sources = everywhere();
    sources.retain(|source| source.state() == state);
    sources.remove(0)
}

/// Nothing can make it ask again, and it waits for nothing.
#[track_caller]
fn assert_at_rest(source: &mut Harness) {
    assert!(!source.has_timer());
    assert!(!source.is_live());
    let requests = source.requests.len();
    for input in [
        Input::Timeout,
        Input::Online(true),
        Input::Hidden(true),
        Input::Hidden(false),
        Input::Frozen(true),
        Input::Frozen(false),
        Input::PageHide,
        Input::PageShow,
        Input::Start,
    ] {
        source.passes(100_000);
        source.input(input);
    }
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.requests.len(), requests);
}

#[test]
fn close_tells_of_the_change_and_of_no_error() {
    for mut source in everywhere_but(&[State::Completed, State::Closed]) {
        source.input(Input::Close);
        assert_eq!(source.told(), ["closed (close)"]);
        assert_at_rest(&mut source);
    }
}

#[test]
fn close_leaves_completed_and_closed_as_they_are() {
    for state in [State::Completed, State::Closed] {
        let mut source = in_state(state);
        source.input(Input::Close);
        assert_eq!(source.told(), [""; 0]);
        assert_eq!(source.state(), state);
        assert_at_rest(&mut source);
    }
}

#[test]
fn an_abort_closes_and_nothing_reopens() {
    for mut source in everywhere_but(&[State::Completed, State::Closed]) {
        source.input(Input::Abort);
        assert_eq!(source.told(), ["closed (aborted)"]);
        source.input(Input::Reset);
        source.input(Input::Reconnect);
        assert_at_rest(&mut source);
    }
    for state in [State::Completed, State::Closed] {
        let mut source = in_state(state);
        source.input(Input::Abort);
        source.input(Input::Reset);
        assert_eq!(source.state(), state);
        assert_at_rest(&mut source);
    }
}

#[test]
fn a_signal_aborted_before_construction_makes_no_request_and_no_event() {
    let mut source = Harness::new(latching(), 1);
    source.input(Input::Abort);
    source.input(Input::Start);
    assert_eq!(source.state(), State::Closed);
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.requests, []);
    source.input(Input::Reset);
    assert_at_rest(&mut source);
}

#[test]
fn clear_closes_completed_sources_too_and_forgets() {
    for mut source in everywhere_but(&[State::Closed]) {
        source.input(Input::Clear);
        assert_eq!(source.told(), ["closed (clear)"]);
        assert_eq!(source.latch, None);
        let snapshot = source.connection.snapshot();
        assert_eq!((snapshot.outcome, snapshot.latched), (None, false));
        assert_at_rest(&mut source);
    }
    let mut source = in_state(State::Closed);
    source.input(Input::Clear);
    assert_at_rest(&mut source);
}

#[test]
fn reconnect_makes_an_attempt_now() {
    for mut source in everywhere_but(&[State::Connecting, State::Completed, State::Closed]) {
        let (state, requests) = (source.state(), source.requests.len());
        source.input(Input::Reconnect);
        assert_eq!(source.told(), ["connecting (reconnect)"], "{state:?}");
        assert_eq!(source.requests.len(), requests + 1, "{state:?}");
        assert_eq!(source.requests[requests].0, source.now.mono, "now");
    }
}

#[test]
fn reconnect_means_nothing_while_connecting_completed_or_closed() {
    for state in [State::Connecting, State::Completed, State::Closed] {
        let mut source = in_state(state);
        source.input(Input::Reconnect);
        assert_eq!(source.told(), [""; 0]);
        assert_eq!(source.requests.len(), 1);
    }
}

#[test]
fn reconnect_does_not_wait_for_a_retry_after() {
    let mut source = Harness::start(latching());
    source.answers_later(503, 300);
    source.input(Input::Reconnect);
    assert_eq!(source.requests.len(), 2);
    source.opens();
    source.passes(400_000);
    assert_eq!(source.requests.len(), 2, "and the wait is over");
}

#[test]
fn reconnect_in_a_wait_or_an_open_stream_keeps_n() {
    let mut source = Harness::start(latching());
    source.breaks();
    source.input(Input::Reconnect);
    source.breaks();
    assert_eq!(source.retry_in(), 2_000);
    source.wakes();
    source.opens();
    source.input(Input::Reconnect);
    source.breaks();
    assert_eq!(source.retry_in(), 4_000);
}

#[test]
fn reconnect_after_giving_up_starts_afresh() {
    for state in [State::GaveUp, State::Failed] {
        let mut source = in_state(state);
        source.input(Input::Reconnect);
        assert_eq!(source.connection.attempt(), 1);
        assert_eq!(source.connection.snapshot().failures, 0);
        source.breaks();
        assert_eq!(source.state(), State::Waiting, "the clock is fresh");
        assert_eq!(source.retry_in(), 1_000, "n is fresh");
    }
}

#[test]
fn reconnect_resumes_after_the_last_event() {
    let mut source = in_state(State::Open);
    source.sends("id: 3\ndata: 1\n\n");
    source.input(Input::Reconnect);
    assert_eq!(source.resume(), (Resume::Header, "3"));
}

#[test]
fn reset_starts_as_newly_constructed_from_any_state() {
    for mut source in everywhere() {
        let (state, requests) = (source.state(), source.requests.len());
        source.input(Input::Reset);
        assert_eq!(source.state(), State::Connecting);
        if state != State::Connecting {
            assert_eq!(source.told(), ["connecting (reset)"], "{state:?}");
        }
        assert_eq!(source.requests.len(), requests + 1, "{state:?}");
        assert_eq!(source.connection.attempt(), 1);
        assert_eq!(source.connection.last_event_id(), "");
        let snapshot = source.connection.snapshot();
        assert_eq!(snapshot.failures, 0);
        assert_eq!((snapshot.outcome, snapshot.latched), (None, false));
        source.breaks();
        assert_eq!(source.retry_in(), 1_000, "{state:?}");
    }
}

#[test]
fn reset_goes_back_to_the_last_event_id_of_the_option() {
    let mut config = latching();
    config.last_event_id = "start".into();
    let mut source = Harness::start(config);
    source.opens();
    source.sends("id: 3\ndata: 1\n\n");
    source.input(Input::Reset);
    assert_eq!(source.resume(), (Resume::Header, "start"));
}

#[test]
fn reset_keeps_the_counters() {
    let mut source = in_state(State::Open);
    source.sends("data: 1\n\n");
    source.input(Input::Reset);
    let stats = source.connection.stats();
    assert_eq!((stats.attempts, stats.events), (2, 1.0));
}

#[test]
fn nothing_of_an_older_request_reaches_the_new_life() {
    let mut source = in_state(State::Open);
    let old = source.token();
    source.input(Input::Reset);
    source.told();
    source.input(Input::Chunk(old, b"data: late\n\n"));
    source.input(Input::Failed(
        old,
        resilient_eventsource::core::Fault::Network,
    ));
    source.passes(60);
    assert_eq!(source.state(), State::Connecting);
    assert_eq!(source.events, []);
}

#[test]
fn start_counts_once() {
    let mut source = in_state(State::Connecting);
    source.input(Input::Start);
    assert_eq!(source.requests.len(), 1);
}
