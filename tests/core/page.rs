//! The page is hidden, frozen, left, and comes back.

use resilient_eventsource::core::{Config, Fault, Input, Resume, State};

use crate::harness::{Harness, plain};

fn pausing() -> Config {
    Config {
        pause_when_hidden: true,
        ..plain()
    }
}

#[test]
fn a_hidden_page_keeps_its_stream_by_default() {
    let mut source = Harness::opened(plain());
    source.input(Input::Hidden(true));
    source.passes(600_000);
    assert_eq!(source.state(), State::Open);
    source.breaks();
    source.wakes();
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn a_hidden_page_that_pauses_gives_its_stream_up_without_an_error() {
    let mut source = Harness::opened(pausing());
    source.input(Input::Hidden(true));
    assert_eq!(source.told(), ["paused (hidden)"]);
    assert!(!source.is_live());
    assert!(!source.has_timer());
}

#[test]
fn and_resumes_it_when_it_is_seen_again() {
    let mut source = Harness::opened(pausing());
    source.sends("id: 4\ndata: 1\n\n");
    source.input(Input::Hidden(true));
    source.told();
    source.input(Input::Hidden(false));
    assert_eq!(source.told(), ["connecting (visible)"]);
    assert_eq!(source.resume(), (Resume::Header, "4"));
}

#[test]
fn a_source_constructed_in_a_hidden_page_that_pauses_waits_to_be_seen() {
    let mut source = Harness::new(pausing(), 1);
    source.input(Input::Hidden(true));
    source.input(Input::Start);
    assert_eq!(source.requests, []);
    assert_eq!(source.state(), State::Paused);
    source.input(Input::Hidden(false));
    assert_eq!(source.requests.len(), 1);
    let states: Vec<_> = source.connection.stats().timeline.iter().collect();
    assert_eq!(states.len(), 2, "paused and connecting, once each");
}

#[test]
fn reconnect_tries_while_hidden_and_its_failure_pauses_again() {
    let mut source = Harness::opened(pausing());
    source.input(Input::Hidden(true));
    source.input(Input::Reconnect);
    assert_eq!(source.requests.len(), 2);
    source.told();
    source.breaks();
    assert_eq!(source.told(), ["paused (hidden)", "error network"]);
    assert_eq!(source.connection.snapshot().failures, 0, "it paused");
    source.input(Input::Hidden(false));
    assert_eq!(source.requests.len(), 3);
}

#[test]
fn reset_while_hidden_waits_to_be_seen() {
    let reach: [fn(&mut Harness); 4] = [
        |_| {},
        |source| source.input(Input::Close),
        |source| source.answers(410),
        |source| source.answers(204),
    ];
    for reach in reach {
        let mut source = Harness::start(pausing());
        reach(&mut source);
        source.input(Input::Hidden(true));
        source.input(Input::Reset);
        assert_eq!(source.state(), State::Paused);
        assert!(!source.is_live());
        source.input(Input::Hidden(false));
        assert_eq!(source.requests.len(), 2);
    }
}

#[test]
fn coming_online_while_hidden_waits_to_be_seen() {
    let mut source = Harness::start(pausing());
    source.input(Input::Online(false));
    source.breaks();
    source.input(Input::Hidden(true));
    source.input(Input::Online(true));
    assert_eq!(source.requests.len(), 1);
    source.input(Input::Hidden(false));
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn a_page_that_leaves_gives_its_stream_up_without_an_error() {
    let leaving: [fn() -> Harness; 3] = [
        || Harness::opened(plain()),
        || Harness::start(plain()),
        || {
            let mut source = Harness::start(plain());
            source.breaks();
            source.told();
            source
        },
    ];
    for leaving in leaving {
        let mut source = leaving();
        source.input(Input::PageHide);
        assert_eq!(source.told(), ["paused (pagehide)"]);
        assert!(!source.is_live());
        assert!(!source.has_timer());
        source.passes(60_000);
        source.input(Input::PageShow);
        assert_eq!(source.told(), ["connecting (pageshow)"]);
        assert!(source.is_live());
    }
}

#[test]
fn a_failure_just_before_the_page_leaves_is_not_told_of() {
    for mut source in [Harness::opened(plain()), Harness::start(plain())] {
        source.fails(Fault::Network);
        source.passes(59);
        source.input(Input::PageHide);
        assert_eq!(source.told(), ["paused (pagehide)"]);
        source.passes(60_000);
        assert_eq!(source.told(), [""; 0]);
    }
}

#[test]
fn a_frozen_page_does_not_wait() {
    let mut source = Harness::start(plain());
    source.breaks();
    source.told();
    source.input(Input::Frozen(true));
    assert_eq!(source.told(), ["paused (frozen)"]);
    assert!(!source.has_timer());
    source.passes(600_000);
    source.input(Input::Frozen(false));
    assert_eq!(source.told(), ["connecting (resume)"]);
}

#[test]
fn a_frozen_page_keeps_its_stream() {
    let mut source = Harness::opened(plain());
    source.input(Input::Frozen(true));
    source.input(Input::Frozen(false));
    assert_eq!(source.told(), [""; 0]);
    assert!(source.is_live());
}

#[test]
fn no_wake_path_makes_two_streams() {
    let wakes = [
        Input::PageShow,
        Input::Frozen(false),
        Input::Hidden(false),
        Input::Online(true),
        Input::Timeout,
    ];
    let leaves = [
        Input::PageHide,
        Input::Frozen(true),
        Input::Hidden(true),
        Input::Online(false),
    ];
    for leave in &leaves {
        for first in &wakes {
            for second in &wakes {
                let mut source = Harness::start(pausing());
                source.breaks();
                source.input(leave.clone());
                source.sleeps(60_000);
                // The harness refuses a second live request.
                source.input(first.clone());
                source.input(second.clone());
                source.passes(5_000);
                for wake in &wakes {
                    source.input(wake.clone());
                }
                assert_eq!(source.requests.len(), 2, "{leave:?} {first:?} {second:?}");
            }
        }
    }
}

#[test]
fn a_page_that_comes_back_from_the_cache_tries_though_it_left_offline() {
    let mut source = Harness::start(plain());
    source.input(Input::Online(false));
    source.breaks();
    source.input(Input::PageHide);
    source.input(Input::PageShow);
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn coming_back_means_nothing_to_a_source_that_was_not_away() {
    for reach in [Harness::start, Harness::opened] {
        let mut source = reach(plain());
        source.input(Input::PageShow);
        source.input(Input::Hidden(false));
        source.input(Input::Frozen(false));
        source.input(Input::Online(true));
        assert_eq!(source.told(), [""; 0]);
        assert_eq!(source.requests.len(), 1);
    }
}

#[test]
fn what_an_abandoned_request_still_says_means_nothing() {
    let mut source = Harness::opened(plain());
    let token = source.token();
    source.input(Input::PageHide);
    source.told();
    source.input(Input::Chunk(token, b"data: late\n\n"));
    source.input(Input::Failed(token, Fault::Network));
    source.input(Input::Ended(token));
    source.passes(60_000);
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.events, []);
}

#[test]
fn closing_while_away_is_for_good() {
    for (leave, back) in [
        (Input::PageHide, Input::PageShow),
        (Input::Hidden(true), Input::Hidden(false)),
    ] {
        let mut source = Harness::opened(pausing());
        source.input(leave);
        source.input(Input::Close);
        source.input(back);
        assert_eq!(source.state(), State::Closed);
        assert_eq!(source.requests.len(), 1);
    }
}
