//! How the last event id travels.

use resilient_eventsource::core::{Config, Fault, Input, Reason, Resume, ResumeMode, State};

use crate::harness::{Harness, plain};

fn config(resume: ResumeMode, cross_origin: bool) -> Config {
    Config {
        last_event_id: "7".into(),
        resume,
        cross_origin,
        ..plain()
    }
}

fn across() -> Harness {
    Harness::start(config(ResumeMode::Auto, true))
}

const NOTHING: (Resume, &str) = (Resume::None, "");

fn header(id: &str) -> (Resume, &str) {
    (Resume::Header, id)
}

fn query(id: &str) -> (Resume, &str) {
    (Resume::Query, id)
}

/// The header fails; the second request of the attempt is out.
fn header_failed() -> Harness {
    let mut source = across();
    source.fails(Fault::Network);
    source
}

#[test]
fn without_an_id_nothing_travels() {
    for (resume, cross_origin) in [
        (ResumeMode::Auto, false),
        (ResumeMode::Auto, true),
        (ResumeMode::Header, true),
        (ResumeMode::Query, false),
    ] {
        let mut source = Harness::start(Config {
            last_event_id: Vec::new(),
            ..config(resume, cross_origin)
        });
        assert_eq!(source.resume(), NOTHING);
        source.breaks();
        assert_eq!(source.requests.len(), 1, "and nothing is tried without it");
    }
}

#[test]
fn the_option_resumes_the_first_attempt() {
    let source = Harness::start(config(ResumeMode::Auto, false));
    assert_eq!(source.resume(), header("7"));
}

#[test]
fn the_next_attempt_resumes_after_the_last_event() {
    let mut source = Harness::start(config(ResumeMode::Auto, false));
    source.opens();
    source.sends("id: 8\ndata: 1\n\n");
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), header("8"));
}

#[test]
fn an_empty_id_of_the_server_ends_resuming() {
    let mut source = Harness::start(config(ResumeMode::Auto, false));
    source.opens();
    source.sends("id\ndata: 1\n\n");
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), NOTHING);
}

#[test]
fn by_option_the_query_parameter_is_taken_always() {
    for cross_origin in [false, true] {
        let mut source = Harness::start(config(ResumeMode::Query, cross_origin));
        assert_eq!(source.resume(), query("7"));
        source.breaks();
        source.wakes();
        assert_eq!(source.resume(), query("7"));
        assert_eq!(source.requests.len(), 2);
    }
}

#[test]
fn same_origin_or_by_option_the_header_is_taken_always() {
    for (resume, cross_origin) in [(ResumeMode::Auto, false), (ResumeMode::Header, true)] {
        let mut source = Harness::start(config(resume, cross_origin));
        source.breaks();
        assert_eq!(source.requests.len(), 1);
        source.wakes();
        assert_eq!(source.resume(), header("7"));
    }
}

#[test]
fn redirected_to_another_origin_it_is_as_across_origins() {
    let mut source = Harness::start(Config {
        last_event_id: Vec::new(),
        ..config(ResumeMode::Auto, false)
    });
    source.opens_elsewhere();
    source.sends("id: 8\ndata: 1\n\n");
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), header("8"));
    source.fails(Fault::Network);
    assert_eq!(source.resume(), query("8"));
    source.opens();
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), query("8"));
}

#[test]
fn across_origins_the_query_follows_a_failed_header_at_once_in_the_same_attempt() {
    let mut source = header_failed();
    assert_eq!(source.requests.len(), 2);
    assert_eq!(source.resume_of(0), header("7"));
    let (at, second) = source.requests[1];
    assert_eq!(at, source.requests[0].0, "at once");
    assert_eq!(source.resume_of(1), query("7"));
    assert!(second.again);
    assert_eq!((second.attempt, source.connection.stats().attempts), (1, 1));
    assert_eq!(source.told(), [""; 0], "no failure yet");
    source.breaks();
    assert_eq!(source.requests.len(), 2, "and no third");
    assert_eq!(source.state(), State::Waiting);
    assert_eq!(source.connection.snapshot().failures, 1);
}

#[test]
fn only_header_failed_and_query_opened_decides_for_the_query() {
    let mut source = header_failed();
    source.opens();
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), query("7"));
    source.breaks();
    assert_eq!(source.requests.len(), 3, "the header is not tried again");
}

#[test]
fn while_both_fail_the_header_goes_first() {
    let mut source = header_failed();
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), header("7"));
    source.fails(Fault::Network);
    assert_eq!(source.resume(), query("7"));
}

#[test]
fn a_header_that_ever_opened_stays() {
    let mut source = across();
    source.opens();
    for _ in 0..3 {
        source.breaks();
        source.wakes();
        assert_eq!(source.resume(), header("7"));
    }
    assert_eq!(source.requests.len(), 4);
}

#[test]
fn a_stream_that_opened_without_an_id_decides_nothing() {
    let mut source = Harness::start(Config {
        last_event_id: Vec::new(),
        ..config(ResumeMode::Auto, true)
    });
    source.opens();
    source.sends("id: 1\ndata: 1\n\n");
    source.breaks();
    source.wakes();
    assert_eq!(source.resume(), header("1"));
    source.fails(Fault::Network);
    assert_eq!(source.resume(), query("1"));
}

#[test]
fn any_other_answer_to_the_query_is_the_headers_network_error() {
    for status in [204, 400, 401, 404, 410, 503] {
        let mut source = header_failed();
        source.answers(status);
        source.passes(60);
        assert_eq!(source.state(), State::Waiting, "{status}");
        assert_eq!(source.reason(), Reason::Network, "{status}");
        source.wakes();
        assert_eq!(source.resume(), header("7"));
    }
    let mut source = header_failed();
    source.answers_with(200, "text/html", None);
    source.passes(60);
    assert_eq!(source.reason(), Reason::Network);
}

#[test]
fn an_answer_to_the_header_is_an_answer() {
    let mut source = across();
    source.answers(410);
    assert_eq!(source.reason(), Reason::Gone);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn only_a_network_error_turns_to_the_query() {
    let mut source = across();
    source.fails(Fault::Headers);
    assert_eq!(source.requests.len(), 1);
    let mut source = across();
    source.passes(60_000);
    assert_eq!(source.reason(), Reason::ConnectTimeout);
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn a_stream_that_breaks_is_no_header_that_failed() {
    let mut source = across();
    source.opens();
    source.breaks();
    assert_eq!(source.requests.len(), 1);
}

#[test]
fn both_requests_of_an_attempt_share_its_timeout() {
    let mut source = across();
    source.passes(40_000);
    source.fails(Fault::Network);
    source.passes(20_000);
    assert_eq!(source.reason(), Reason::ConnectTimeout);
}

#[test]
fn reset_forgets_what_was_learnt() {
    let mut source = header_failed();
    source.opens();
    source.input(Input::Reset);
    assert_eq!(source.resume(), header("7"));
}
