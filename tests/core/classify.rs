//! The option `classify`: the caller is asked about every end first.

use resilient_eventsource::core::{Config, Fault, Input, Judgement, Reason, State};

use crate::harness::{Harness, plain};
use crate::terminal::latching;

fn asking() -> Config {
    Config {
        classify: true,
        ..plain()
    }
}

/// Every way to end that the caller is asked about.
fn ends() -> Vec<(Harness, Reason, Option<u16>)> {
    let opened = || Harness::opened(asking());
    let mut cycle = opened();
    cycle.sends("data: 1\n\n");
    cycle.ends();
    let mut ended = opened();
    ended.ends();
    let mut network = Harness::start(asking());
    network.breaks();
    let mut timeout = Harness::start(asking());
    timeout.passes(60_000);
    let mut headers = Harness::start(asking());
    headers.fails(Fault::Headers);
    let mut idle = Harness::opened(Config {
        idle_timeout: Some(1_000),
        ..asking()
    });
    idle.passes(1_000);
    let mut large = Harness::opened(Config {
        max_event_size: 1,
        ..asking()
    });
    large.sends("data: 12\n");
    let mut html = Harness::start(asking());
    html.answers_with(200, "text/html", None);
    let answered = |status| {
        let mut source = Harness::start(asking());
        source.answers(status);
        source
    };
    let mut ends = vec![
        (cycle, Reason::Cycle, None),
        (ended, Reason::Ended, None),
        (network, Reason::Network, None),
        (timeout, Reason::ConnectTimeout, None),
        (headers, Reason::Headers, None),
        (idle, Reason::Idle, None),
        (large, Reason::TooLarge, None),
        (html, Reason::ContentType, Some(200)),
        (answered(204), Reason::NoContent, Some(204)),
        (answered(410), Reason::Gone, Some(410)),
        (answered(401), Reason::HttpStatus, Some(401)),
        (answered(503), Reason::HttpStatus, Some(503)),
    ];
    for (source, ..) in &mut ends {
        source.told();
    }
    ends
}

#[test]
fn it_is_asked_about_every_end_and_the_state_stays_until_it_answers() {
    for (mut source, reason, status) in ends() {
        let (_, end) = source.asked.expect("to be asked");
        assert_eq!((end.reason, end.status), (reason, status));
        assert!(matches!(source.state(), State::Connecting | State::Open));
        assert!(!source.has_timer(), "{reason:?}");
        source.passes(600_000);
        assert_eq!(source.told(), [""; 0], "{reason:?}");
    }
}

#[test]
fn without_an_opinion_the_table_decides() {
    for (mut source, reason, _) in ends() {
        source.judges(None);
        let expected = match reason {
            Reason::Gone | Reason::TooLarge | Reason::ContentType => State::Failed,
            Reason::HttpStatus if source.told()[0].starts_with("failed") => State::Failed,
            Reason::NoContent => State::Completed,
            _ => State::Waiting,
        };
        assert_eq!(source.state(), expected, "{reason:?}");
    }
}

#[test]
fn retry_makes_any_end_a_failure() {
    for (mut source, reason, _) in ends() {
        source.judges(Some(Judgement::Retry));
        assert_eq!(source.retry_in(), 1_000, "{reason:?}");
        assert_eq!(source.connection.snapshot().failures, 1, "{reason:?}");
        assert_eq!(source.reason(), reason);
    }
}

#[test]
fn fatal_makes_any_end_final() {
    for (mut source, reason, _) in ends() {
        source.judges(Some(Judgement::Fatal));
        let told = source.told();
        assert_eq!(told[0], format!("failed ({})", reason.as_str()));
        assert!(told[1].ends_with(" fatal"));
        assert!(!source.has_timer());
        assert!(!source.is_live());
    }
}

#[test]
fn complete_completes_without_an_error() {
    for (mut source, reason, _) in ends() {
        source.judges(Some(Judgement::Complete));
        let state = format!("completed ({})", reason.as_str());
        assert_eq!(source.told(), [state, "complete completed".into()]);
        assert!(!source.is_live());
    }
}

#[test]
fn complete_sets_no_latch() {
    let mut source = Harness::start(Config {
        classify: true,
        ..latching()
    });
    source.answers(503);
    source.judges(Some(Judgement::Complete));
    assert_eq!(source.latch, None);
}

#[test]
fn a_delay_is_taken_as_it_stands_and_counts_as_a_failure() {
    for (mut source, reason, _) in ends() {
        source.judges(Some(Judgement::RetryIn(7)));
        assert_eq!(source.wakes(), 7, "{reason:?}");
        assert_eq!(source.connection.snapshot().failures, 1);
        assert!(source.is_live());
    }
}

#[test]
fn a_delay_does_not_go_beyond_max_retries() {
    let mut source = Harness::start(Config {
        max_retries: 1,
        ..asking()
    });
    source.answers(503);
    source.judges(Some(Judgement::RetryIn(5)));
    source.wakes();
    source.answers(503);
    source.judges(Some(Judgement::RetryIn(5)));
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn a_delay_takes_the_place_of_what_the_server_asked_for() {
    let mut source = Harness::start(asking());
    source.answers_later(503, 60);
    source.judges(Some(Judgement::RetryIn(u64::MAX)));
    assert_eq!(source.state(), State::Waiting);
    source.input(Input::Reconnect);
    source.answers_later(503, 60);
    source.judges(None);
    assert_eq!(source.retry_in(), 62_000);
}

#[test]
fn close_while_it_thinks_ends_it() {
    for (mut source, _, _) in ends() {
        source.input(Input::Close);
        assert_eq!(source.told(), ["closed (close)"]);
        source.judges(Some(Judgement::Retry));
        assert_eq!(source.told(), [""; 0]);
        assert!(!source.has_timer());
        assert!(!source.is_live());
    }
}

#[test]
fn a_late_answer_does_not_speak_for_another_end() {
    let mut source = Harness::start(asking());
    source.answers(503);
    let (token, _) = source.asked.expect("to be asked");
    source.input(Input::PageHide);
    source.input(Input::PageShow);
    source.input(Input::Classified(token, Some(Judgement::Fatal)));
    assert_eq!(source.state(), State::Connecting);
    source.answers(503);
    source.input(Input::Classified(token, Some(Judgement::Fatal)));
    assert_eq!(source.state(), State::Connecting);
    source.judges(Some(Judgement::Complete));
    assert_eq!(source.state(), State::Completed);
}

#[test]
fn a_response_may_be_read_until_the_answer() {
    let mut source = Harness::start(asking());
    source.answers(503);
    assert!(source.is_live());
    source.judges(None);
    assert!(!source.is_live());
}
