//! What an end means, row by row.

use resilient_eventsource::core::{Config, Input, Reason, State};

use crate::harness::{Harness, plain};

/// A first attempt that meets the end.
fn before_open() -> Harness {
    Harness::start(plain())
}

/// A second attempt, after a stream that was open.
fn after_open() -> Harness {
    let mut source = Harness::opened(plain());
    source.breaks();
    source.wakes();
    source.told();
    source
}

#[track_caller]
fn assert_retried(mut source: Harness, reason: &str) {
    let wait = source.retry_in();
    assert_eq!(
        source.told(),
        [
            format!("waiting ({}) in {wait}", source.reason().as_str()),
            format!("error {reason} in {wait}")
        ]
    );
    source.wakes();
    assert!(source.is_live(), "and tried again");
}

#[track_caller]
fn assert_fatal(mut source: Harness, reason: &str) {
    assert_eq!(
        source.told(),
        [
            format!("failed ({})", source.reason().as_str()),
            format!("error {reason} fatal")
        ]
    );
    let requests = source.requests.len();
    assert!(!source.has_timer());
    source.input(Input::Online(true));
    source.input(Input::PageShow);
    assert_eq!(source.requests.len(), requests);
    assert!(!source.is_live());
}

fn answered(mut source: Harness, status: u16) -> Harness {
    source.answers(status);
    source
}

#[test]
fn a_200_with_an_event_stream_opens() {
    for content_type in [
        "text/event-stream",
        "TEXT/Event-Stream",
        "text/event-stream;charset=utf-8",
        " text/event-stream ; charset=\"x;y\"",
        "text/html, text/event-stream",
        "text/html;x=\"a, b\",text/event-stream;x=\"\\\",text/html\"",
        "text/event-stream, */*, nothing,",
    ] {
        let mut source = before_open();
        source.answers_with(200, content_type, None);
        assert_eq!(source.told(), ["open (opened)", "open"], "{content_type}");
    }
}

#[test]
fn a_200_of_another_type_is_fatal_until_a_stream_was_open() {
    for content_type in [
        "",
        "text/html",
        "text/event-streams",
        "text/event-stream,text/html",
        "text/html;x=\", text/event-stream\"",
        "text/html;x=\"\\\", text/event-stream",
    ] {
        let mut source = before_open();
        source.answers_with(200, content_type, None);
        assert_fatal(source, "content-type 200");
        let mut source = after_open();
        source.answers_with(200, content_type, None);
        assert_retried(source, "content-type 200");
    }
}

#[test]
fn an_event_stream_of_another_status_does_not_open() {
    let mut source = before_open();
    source.answers_with(201, "text/event-stream", None);
    assert_fatal(source, "http-status 201");
    let mut source = before_open();
    source.answers_with(503, "text/event-stream", None);
    assert_retried(source, "http-status 503");
}

#[test]
fn a_204_completes_this_instance_at_any_time() {
    for mut source in [before_open(), after_open()] {
        source.answers(204);
        assert_eq!(
            source.told(),
            [
                "completed (no-content)",
                "error no-content 204",
                "complete completed"
            ]
        );
        assert!(!source.has_timer());
        assert!(!source.is_live());
    }
}

#[test]
fn a_204_sets_no_latch() {
    let mut source = Harness::start(crate::terminal::latching());
    source.answers(204);
    assert_eq!(source.state(), State::Completed);
    assert_eq!(source.latch, None);
}

#[test]
fn a_410_is_fatal_at_any_time() {
    assert_fatal(answered(before_open(), 410), "gone 410");
    assert_fatal(answered(after_open(), 410), "gone 410");
}

#[test]
fn a_401_or_403_is_fatal_at_any_time() {
    for status in [401, 403] {
        assert_fatal(
            answered(before_open(), status),
            &format!("http-status {status}"),
        );
        assert_fatal(
            answered(after_open(), status),
            &format!("http-status {status}"),
        );
    }
}

#[test]
fn statuses_that_pass_are_retried() {
    for status in [408, 425, 429, 500, 502, 503, 504, 507, 520, 599] {
        assert_retried(
            answered(before_open(), status),
            &format!("http-status {status}"),
        );
        assert_retried(
            answered(after_open(), status),
            &format!("http-status {status}"),
        );
    }
}

#[test]
fn any_other_status_is_fatal_until_a_stream_was_open() {
    for status in [
        201, 206, 301, 304, 400, 404, 405, 406, 409, 418, 451, 501, 505, 600,
    ] {
        assert_fatal(
            answered(before_open(), status),
            &format!("http-status {status}"),
        );
        assert_retried(
            answered(after_open(), status),
            &format!("http-status {status}"),
        );
    }
}

#[test]
fn reset_forgets_that_a_stream_was_open() {
    let mut source = after_open();
    source.input(Input::Reset);
    source.answers(404);
    assert_eq!(source.state(), State::Failed);
}

#[test]
fn a_network_error_is_retried_before_an_open_and_after() {
    let mut source = before_open();
    source.breaks();
    assert_retried(source, "network");
    let mut source = Harness::opened(plain());
    source.breaks();
    assert_retried(source, "network");
}

#[test]
fn a_url_that_can_not_be_fetched_is_blocked_after_the_constructor_returned() {
    let mut source = Harness::start(Config {
        fetchable: false,
        ..plain()
    });
    assert_eq!(source.told(), [""; 0]);
    source.passes(0);
    assert_eq!(source.requests, []);
    assert_fatal(source, "blocked");
}

#[test]
fn without_a_transport_the_source_fails_after_the_constructor_returned() {
    let mut source = Harness::start(Config {
        supported: false,
        ..plain()
    });
    assert_eq!(source.told(), [""; 0]);
    source.passes(0);
    assert_eq!(source.requests, []);
    assert_fatal(source, "unsupported");
}

#[test]
fn a_network_failure_of_mixed_content_is_blocked() {
    let mut source = Harness::start(Config {
        mixed_content: true,
        ..plain()
    });
    source.breaks();
    assert_fatal(source, "blocked");
}

#[test]
fn mixed_content_that_answers_is_judged_by_its_answer() {
    let mut source = Harness::start(Config {
        mixed_content: true,
        ..plain()
    });
    source.answers(503);
    assert_retried(source, "http-status 503");
}

#[test]
fn mixed_content_that_was_open_is_not_refused() {
    let mut source = Harness::start(Config {
        mixed_content: true,
        ..plain()
    });
    source.opens();
    source.told();
    source.breaks();
    assert_retried(source, "network");
}

#[test]
fn a_network_failure_that_the_policy_names_in_time_is_blocked() {
    for (before, within) in [(0, 59), (59, 0)] {
        let mut source = before_open();
        source.fails(resilient_eventsource::core::Fault::Network);
        source.passes(before);
        source.input(Input::CspViolation);
        source.passes(within + 1);
        assert_fatal(source, "blocked");
    }
    let mut source = before_open();
    source.input(Input::CspViolation);
    source.breaks();
    assert_fatal(source, "blocked");
}

#[test]
fn a_violation_named_in_an_earlier_attempt_blocks_no_later_one() {
    let mut source = before_open();
    source.input(Input::CspViolation);
    source.answers(503);
    source.wakes();
    source.told();
    source.breaks();
    assert_retried(source, "network");
}

#[test]
fn nor_one_of_an_attempt_that_the_page_left() {
    let mut source = before_open();
    source.input(Input::CspViolation);
    source.input(Input::PageHide);
    source.input(Input::PageShow);
    source.told();
    source.breaks();
    assert_retried(source, "network");
}

#[test]
fn a_violation_named_too_late_blocks_the_next_attempt_if_it_fails_too() {
    let named_too_late = || {
        let mut source = before_open();
        source.breaks();
        source.input(Input::CspViolation);
        source.wakes();
        source.told();
        source
    };
    let mut source = named_too_late();
    source.breaks();
    assert_fatal(source, "blocked");

    let mut source = named_too_late();
    source.opens();
    source.told();
    source.breaks();
    assert_retried(source, "network");

    let mut source = named_too_late();
    source.answers(503);
    source.wakes();
    source.told();
    source.breaks();
    assert_retried(source, "network");
}

#[test]
fn a_violation_beside_an_open_stream_is_of_something_else() {
    let mut source = Harness::opened(plain());
    source.input(Input::CspViolation);
    source.breaks();
    assert_retried(source, "network");
}

#[test]
fn an_event_too_large_is_fatal_and_the_events_before_it_came() {
    let mut source = Harness::opened(Config {
        max_event_size: 100,
        ..plain()
    });
    source.sends(&format!(
        "id: 1\ndata: fits\n\ndata: {}\n\n",
        "x".repeat(101)
    ));
    assert_eq!(source.events.len(), 1);
    assert_eq!(source.connection.last_event_id(), "1");
    assert_fatal(source, "too-large");
}

#[test]
fn a_stream_ended_without_news_is_a_failure() {
    let mut source = Harness::opened(plain());
    source.ends();
    assert_eq!(source.reason(), Reason::Ended);
    assert_retried(source, "ended");
}

#[test]
fn only_a_network_failure_waits_for_the_page_to_leave() {
    let mut source = before_open();
    source.fails(resilient_eventsource::core::Fault::Network);
    source.passes(59);
    assert_eq!(source.told(), [""; 0]);
    assert_eq!(source.state(), State::Connecting);
    source.passes(1);
    assert_eq!(source.state(), State::Waiting);

    let mut source = before_open();
    source.answers(503);
    assert_eq!(source.state(), State::Waiting, "at once");
}
