//! Events after which a stream has nothing more to say.

use resilient_eventsource::core::{Config, Input, Outcome, Reason, State};

use crate::harness::{Harness, Shown, plain};

/// Options of a source that remembers that its stream is complete.
pub(crate) fn latching() -> Config {
    Config {
        latch: true,
        ..plain()
    }
}

const DONE: &str = "id: 9\nevent: run_completed\ndata: {}\n\n";

#[test]
fn a_terminal_event_is_dispatched_and_completes_the_source() {
    let mut source = Harness::opened(latching());
    source.sends(DONE);
    assert_eq!(source.events.len(), 1);
    assert_eq!(
        source.told(),
        [
            "completed (terminal)",
            "complete completed by run_completed"
        ]
    );
    assert_eq!(source.connection.last_event_id(), "9");
    assert_eq!(source.connection.stats().events, 1.0);
    assert_eq!(
        source.connection.snapshot().outcome,
        Some(Outcome::Completed)
    );
    assert!(!source.is_live(), "the transport is closed");
    assert!(!source.has_timer());
}

#[test]
fn the_outcome_is_the_events() {
    let mut source = Harness::opened(latching());
    source.sends("event: run_failed\ndata: {}\n\n");
    assert_eq!(
        source.told(),
        ["completed (terminal)", "complete failed by run_failed"]
    );
    assert_eq!(source.latch, Some(Outcome::Failed));
}

#[test]
fn nothing_after_it_is_dispatched_not_even_from_the_same_chunk() {
    let mut source = Harness::opened(latching());
    source.sends(&format!(
        "id: 8\ndata: 1\n\n{DONE}id: 10\ndata: late\n\n{DONE}"
    ));
    let kinds: Vec<_> = source.events.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["", "run_completed"]);
    assert_eq!(source.connection.last_event_id(), "9");
}

#[test]
fn what_the_server_does_afterwards_means_nothing() {
    let mut source = Harness::opened(latching());
    source.sends(DONE);
    source.told();
    let token = source.token();
    source.input(Input::Chunk(token, b"data: late\n\n"));
    source.input(Input::Ended(token));
    source.passes(1 << 32);
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.events.len(), 1);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn the_latch_is_set_before_the_event_is_dispatched() {
    let mut source = Harness::opened(latching());
    source.by_hand = true;
    source.sends(DONE);
    assert_eq!(source.latch, None);
    source.input(Input::Terminal(0, Outcome::Completed));
    assert_eq!(source.latch, Some(Outcome::Completed));
    assert_eq!(source.state(), State::Open, "its handlers run now");
    source.finish_batch(1);
    assert_eq!(source.state(), State::Completed);
}

#[test]
fn a_handler_that_closes_keeps_latch_and_outcome_and_hears_no_completion() {
    for call in [Input::Close, Input::Abort] {
        let mut source = Harness::opened(latching());
        source.handler = Some(Box::new(move |shown, _| match shown {
            Shown::Event(_) => vec![call.clone()],
            Shown::Announced(_) => vec![],
        }));
        source.sends(DONE);
        assert_eq!(source.told(), ["completed (terminal)"]);
        assert_eq!(source.state(), State::Completed);
        assert_eq!(source.latch, Some(Outcome::Completed));
        assert_eq!(source.connection.last_event_id(), "9");
        assert_eq!(source.connection.stats().events, 1.0);
        assert_eq!(
            source.connection.snapshot().outcome,
            Some(Outcome::Completed)
        );
    }
}

#[test]
fn a_handler_of_the_event_can_not_reconnect() {
    let mut source = Harness::opened(latching());
    source.handler = Some(Box::new(|shown, _| match shown {
        Shown::Event(_) => vec![Input::Reconnect],
        Shown::Announced(_) => vec![],
    }));
    source.sends(DONE);
    assert_eq!(source.state(), State::Completed);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn a_handler_of_the_event_may_reset() {
    let mut source = Harness::opened(latching());
    source.handler = Some(Box::new(|shown, _| match shown {
        Shown::Event(_) => vec![Input::Reset],
        Shown::Announced(_) => vec![],
    }));
    source.sends(&format!("{DONE}data: late\n\n"));
    assert_eq!(source.told(), ["connecting (reset)"]);
    assert_eq!(source.latch, None);
    assert_eq!(source.events.len(), 1);
}

#[test]
fn a_page_that_goes_while_the_event_is_handled_still_completes() {
    for away in [Input::PageHide, Input::Hidden(true)] {
        let mut source = Harness::opened(Config {
            pause_when_hidden: true,
            ..plain()
        });
        source.by_hand = true;
        source.sends(DONE);
        source.input(Input::Terminal(0, Outcome::Completed));
        source.input(away);
        source.finish_batch(1);
        assert_eq!(source.state(), State::Completed);
    }
}

#[test]
fn any_event_may_be_called_terminal() {
    let mut source = Harness::opened(plain());
    source.by_hand = true;
    source.sends("data: 1\n\ndata: last\n\n");
    source.input(Input::Commit(1));
    source.input(Input::Terminal(1, Outcome::Failed));
    source.finish_batch(2);
    assert_eq!(
        source.told(),
        ["completed (terminal)", "complete failed by message"]
    );
    assert_eq!(source.reason(), Reason::Terminal);
}

#[test]
fn an_event_too_large_behind_the_terminal_one_changes_nothing() {
    let mut source = Harness::opened(Config {
        max_event_size: 64,
        ..latching()
    });
    source.sends(&format!("{DONE}data: {}", "x".repeat(100)));
    assert_eq!(source.state(), State::Completed);
}

#[test]
fn the_terminal_event_is_received_before_anybody_committed_it() {
    for end in [Input::Drained, Input::Close] {
        let mut source = Harness::opened(latching());
        source.by_hand = true;
        source.sends(&format!("id: 8\ndata: 1\n\n{DONE}id: 10\ndata: late\n\n"));
        source.input(Input::Terminal(1, Outcome::Completed));
        source.input(end);
        assert_eq!(source.state(), State::Completed);
        assert_eq!(source.connection.last_event_id(), "9");
        assert_eq!(source.connection.stats().events, 2.0);
    }
}
