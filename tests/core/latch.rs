//! The memory, by key, that a stream reached its terminal event.

use resilient_eventsource::core::{Announcement, Config, Input, Outcome, State};

use crate::harness::{Harness, Shown, plain};
use crate::terminal::latching;

/// A source whose key another source latches after it made this one wait.
fn waiting_and_latched() -> Harness {
    let mut source = Harness::start(latching());
    source.breaks();
    source.told();
    source.latch = Some(Outcome::Failed);
    source
}

#[track_caller]
fn assert_latched(source: &mut Harness) {
    assert_eq!(
        source.told(),
        ["completed (latched)", "complete failed latched"]
    );
    assert_eq!(source.requests.len(), 1, "no request");
    assert!(!source.has_timer());
    assert!(source.connection.snapshot().latched);
}

fn born_latched() -> Harness {
    let mut source = Harness::new(latching(), 1);
    source.latch = Some(Outcome::Failed);
    source.input(Input::Start);
    source
}

#[test]
fn a_new_source_whose_key_is_latched_says_so_from_a_task_without_a_request() {
    let mut source = born_latched();
    let snapshot = source.connection.snapshot();
    assert_eq!(snapshot.state, State::Completed);
    assert_eq!(snapshot.outcome, Some(Outcome::Failed));
    assert!(snapshot.latched);
    assert_eq!(source.told(), [""; 0], "the constructor returns first");
    source.passes(0);
    assert_eq!(source.told(), ["complete failed latched"]);
    assert_eq!(source.requests, []);
    assert!(!source.has_timer());
}

#[test]
fn it_is_complete_also_where_the_page_is_hidden_by_choice() {
    let config = Config {
        pause_when_hidden: true,
        ..latching()
    };
    let mut source = Harness::new(config, 1);
    source.latch = Some(Outcome::Failed);
    source.input(Input::Hidden(true));
    source.input(Input::Start);
    assert_eq!(source.state(), State::Completed);
    assert_eq!(source.told(), [""; 0]);
}

#[test]
fn closing_it_at_once_drops_what_it_would_have_said() {
    let mut source = born_latched();
    source.input(Input::Close);
    source.passes(1_000);
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.state(), State::Completed);
}

#[test]
fn a_page_that_kept_nothing_of_the_run_may_reset_it() {
    let mut source = born_latched();
    source.handler = Some(Box::new(|shown, _| match shown {
        Shown::Announced(Announcement::Complete { .. }) => vec![Input::Reset],
        _ => vec![],
    }));
    source.passes(0);
    assert_eq!(
        source.told(),
        ["complete failed latched", "connecting (reset)"]
    );
    assert_eq!(source.latch, None);
    assert!(!source.connection.snapshot().latched);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn the_timer_consults_the_latch() {
    let mut source = waiting_and_latched();
    source.wakes();
    assert_latched(&mut source);
}

#[test]
fn online_consults_the_latch() {
    let mut source = waiting_and_latched();
    source.input(Input::Online(true));
    assert_latched(&mut source);
}

#[test]
fn reconnect_consults_the_latch() {
    let mut source = waiting_and_latched();
    source.input(Input::Reconnect);
    assert_latched(&mut source);
}

#[test]
fn a_page_that_comes_back_consults_the_latch() {
    let ways = [
        (Input::PageHide, Input::PageShow),
        (Input::Frozen(true), Input::Frozen(false)),
        (Input::Hidden(true), Input::Hidden(false)),
    ];
    for (leave, back) in ways {
        let mut source = Harness::start(Config {
            pause_when_hidden: true,
            ..latching()
        });
        source.breaks();
        source.input(leave);
        source.told();
        source.latch = Some(Outcome::Failed);
        source.input(back);
        assert_latched(&mut source);
    }
}

#[test]
fn a_revival_consults_the_latch() {
    let mut source = Harness::start(Config {
        max_retries: 0,
        ..latching()
    });
    source.breaks();
    source.told();
    source.latch = Some(Outcome::Failed);
    source.input(Input::Online(true));
    assert_latched(&mut source);
}

#[test]
fn reconnect_of_an_open_or_failed_source_consults_the_latch() {
    let mut source = Harness::opened(latching());
    source.latch = Some(Outcome::Failed);
    source.input(Input::Reconnect);
    assert!(!source.is_live());
    assert_latched(&mut source);

    let mut source = Harness::start(latching());
    source.answers(410);
    source.told();
    source.latch = Some(Outcome::Failed);
    source.input(Input::Reconnect);
    assert_latched(&mut source);
}

#[test]
fn reset_forgets_the_latch() {
    let mut source = Harness::opened(latching());
    source.sends("event: run_completed\ndata: {}\n\n");
    source.input(Input::Reset);
    assert_eq!(source.latch, None);
    assert_eq!(source.state(), State::Connecting);
    assert_eq!(source.connection.snapshot().outcome, None);
}

#[test]
fn clear_forgets_the_latch() {
    let mut source = Harness::opened(latching());
    source.sends("event: run_completed\ndata: {}\n\n");
    source.input(Input::Clear);
    assert_eq!(source.latch, None);
    assert_eq!(source.state(), State::Closed);
}

#[test]
fn without_the_option_it_is_neither_consulted_nor_set() {
    let mut source = Harness::new(plain(), 1);
    source.latch = Some(Outcome::Failed);
    source.input(Input::Start);
    source.opens();
    source.latch = None;
    source.sends("event: run_completed\ndata: {}\n\n");
    assert_eq!(source.latch, None);
    assert_eq!(source.state(), State::Completed, "for this instance");
    source.input(Input::Reconnect);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn an_answer_that_comes_after_close_begins_nothing() {
    for answer in [None, Some(Outcome::Completed)] {
        let mut source = Harness::start(latching());
        source.breaks();
        // Two inputs at once: the answer to the first comes after the second.
        source
            .connection
            .handle_input(Input::Online(true), source.now);
        source.latch = answer;
        source.input(Input::Close);
        assert_eq!(source.state(), State::Closed);
        assert_eq!(source.requests.len(), 1);
    }
}
