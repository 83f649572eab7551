//! The platform's own `EventSource` as the transport: less is seen, and it
//! reconnects by itself.

use resilient_eventsource::core::{
    Config, Fault, Input, Outcome, Reason, ResumeMode, State, Transport,
};

use crate::harness::{Harness, plain};

fn native() -> Config {
    Config {
        native: true,
        // As the class has it: the platform's class takes no headers.
        resume: ResumeMode::Query,
        ..plain()
    }
}

/// A source whose stream brought an event.
fn with_news(config: Config) -> Harness {
    let mut source = Harness::opened(config);
    source.sends("id: 1\ndata: x\n\n");
    source.told();
    source
}

#[test]
fn the_snapshot_and_the_timeline_say_which_transport_ran() {
    let source = Harness::opened(native());
    let snapshot = source.connection.snapshot();
    assert_eq!(snapshot.transport, Some(Transport::Native));
    let timeline = &source.connection.stats().timeline;
    assert!(
        timeline.len() == 2
            && timeline
                .iter()
                .all(|t| t.transport == Some(Transport::Native))
    );
}

#[test]
fn closed_before_it_ever_opened_it_was_refused_for_good() {
    let mut source = Harness::start(native());
    source.fails(Fault::Refused);
    source.passes(60);
    assert_eq!(source.told(), ["failed (refused)", "error refused fatal"]);
    assert!(!source.has_timer());
}

#[test]
fn closed_after_that_is_a_failure_like_any_other() {
    let mut source = with_news(native());
    source.fails(Fault::Refused);
    source.passes(60);
    assert_eq!(
        source.told(),
        ["waiting (network) in 1000", "error network in 1000"]
    );
    source.passes(1_000);
    source.fails(Fault::Refused);
    source.passes(60);
    assert_eq!(source.reason(), Reason::Network);
    assert_eq!(source.state(), State::Waiting);
}

#[test]
fn refused_by_the_pages_policy_it_is_blocked() {
    let mut source = Harness::start(native());
    source.fails(Fault::Refused);
    source.input(Input::CspViolation);
    source.passes(60);
    assert_eq!(source.told(), ["failed (blocked)", "error blocked fatal"]);
}

#[test]
fn out_of_reach_it_is_closed_and_the_backoff_is_ours() {
    let mut source = Harness::start(native());
    for delay in [1_000, 2_000, 4_000] {
        source.fails(Fault::Reconnecting);
        source.passes(60);
        assert!(!source.is_live(), "the platform's source is closed");
        assert_eq!(source.retry_in(), delay);
        source.passes(delay);
    }
    assert_eq!(source.requests.len(), 4);
}

#[test]
fn after_news_it_is_left_to_reconnect_by_itself() {
    let mut source = with_news(native());
    source.fails(Fault::Reconnecting);
    assert_eq!(source.told(), ["waiting (cycle)", "error cycle"]);
    assert_eq!(source.connection.snapshot().retry_at, None);
    source.passes(3_100);
    source.opens();
    assert_eq!(source.told(), ["open (opened)", "open"]);
    source.sends("id: 2\ndata: y\n\n");
    assert_eq!(source.connection.last_event_id(), "2");
    assert_eq!(source.requests.len(), 1, "nothing was asked for anew");
    let snapshot = source.connection.snapshot();
    assert_eq!((snapshot.attempt, snapshot.failures), (1, 0));
    assert_eq!(source.connection.stats().attempts, 2);
}

#[test]
fn without_news_a_lost_stream_is_a_failure() {
    let mut source = Harness::opened(native());
    source.sends("event: heartbeat\ndata: x\n\n");
    source.fails(Fault::Reconnecting);
    source.passes(60);
    assert_eq!(source.told()[0], "waiting (network) in 1000");
    assert!(!source.is_live());
}

#[test]
fn a_stream_whose_last_event_is_named_error_is_no_cycle() {
    let mut source = with_news(native());
    source.sends("event: error\ndata: x\n\n");
    source.fails(Fault::Reconnecting);
    source.passes(60);
    assert_eq!(source.reason(), Reason::Network);
}

#[test]
fn when_its_own_reconnection_fails_the_core_takes_over_with_the_id_in_the_query() {
    let mut source = with_news(native());
    source.fails(Fault::Reconnecting);
    source.told();
    source.passes(3_000);
    source.fails(Fault::Reconnecting);
    source.passes(60);
    assert_eq!(
        source.told(),
        [
            "connecting (retry)",
            "waiting (network) in 1000",
            "error network in 1000"
        ]
    );
    assert!(!source.is_live(), "the platform's source is closed");
    source.passes(1_000);
    assert_eq!(
        source.resume(),
        (resilient_eventsource::core::Resume::Query, "1")
    );
    assert_eq!(source.connection.snapshot().failures, 1);
}

#[test]
fn so_it_does_when_the_reconnection_is_refused_or_never_comes() {
    let mut source = with_news(native());
    source.fails(Fault::Reconnecting);
    source.fails(Fault::Refused);
    source.passes(60);
    assert_eq!(source.reason(), Reason::Network);
    assert_eq!(source.retry_in(), 1_000);

    let mut source = with_news(native());
    source.fails(Fault::Reconnecting);
    source.passes(24_999);
    assert_eq!(source.reason(), Reason::Cycle);
    source.passes(1);
    assert_eq!(source.reason(), Reason::ConnectTimeout);
    assert!(!source.is_live() && source.retry_in() == 1_000);
}

#[test]
fn a_short_connect_timeout_does_not_cut_its_reconnection_time_short() {
    let mut source = with_news(Config {
        connect_timeout: Some(1_000),
        max_retries: 0,
        ..native()
    });
    source.fails(Fault::Reconnecting);
    // Firefox waits so long where the server names no time.
    source.passes(5_000);
    source.opens();
    assert_eq!(source.state(), State::Open);
    source.sends("id: 2\ndata: y\n\n");
    source.fails(Fault::Reconnecting);
    source.passes(5_999);
    assert_eq!(source.state(), State::Waiting);
    source.passes(1);
    assert_eq!(source.reason(), Reason::ConnectTimeout);
    assert_eq!(source.state(), State::GaveUp);
}

#[test]
fn what_its_timer_overslept_while_left_alone_does_not_count_towards_giving_up() {
    let mut source = with_news(native());
    source.fails(Fault::Reconnecting);
    source.jumps(400_000);
    source.input(Input::Timeout);
    assert_eq!(
        (source.state(), source.reason()),
        (State::Waiting, Reason::ConnectTimeout)
    );
}

#[test]
fn more_often_than_every_2_s_it_is_not_left_to_itself() {
    for (open_for, left) in [(1_999, false), (2_000, true)] {
        let mut source = with_news(native());
        source.fails(Fault::Reconnecting);
        source.opens();
        source.sends("id: 2\ndata: y\n\n");
        source.passes(open_for);
        source.fails(Fault::Reconnecting);
        assert_eq!(source.reason(), Reason::Cycle);
        assert_eq!(source.is_live(), left);
        let retry_at = source.connection.snapshot().retry_at;
        assert_eq!(retry_at.is_none(), left, "else the cycle is the core's");
    }
}

#[test]
fn with_classify_it_is_never_left_to_itself() {
    let mut source = with_news(Config {
        classify: true,
        ..native()
    });
    source.fails(Fault::Reconnecting);
    assert!(!source.is_live());
    source.judges(None);
    assert_eq!(source.reason(), Reason::Cycle);
    assert!(source.retry_in() >= 3_000);
}

#[test]
fn a_platform_source_that_was_closed_with_its_loss_is_not_left_to_reconnect() {
    let mut source = with_news(native());
    source.fails(Fault::Lost);
    assert_eq!(source.reason(), Reason::Cycle);
    assert!(source.retry_in() >= 3_000);

    let mut source = Harness::start(native());
    source.fails(Fault::Lost);
    source.passes(60);
    assert_eq!(
        source.told(),
        ["waiting (network) in 1000", "error network in 1000"]
    );
}

#[test]
fn on_a_page_hidden_by_choice_it_is_not_left_to_itself() {
    let mut source = Harness::opened(Config {
        pause_when_hidden: true,
        ..native()
    });
    source.input(Input::Hidden(true));
    // The caller's own wish goes before the page's, for this once.
    source.input(Input::Reconnect);
    source.opens();
    source.sends("id: 1\ndata: x\n\n");
    source.fails(Fault::Reconnecting);
    assert_eq!(
        (source.state(), source.reason()),
        (State::Paused, Reason::Hidden)
    );
    assert!(!source.is_live());
}

#[test]
fn what_wakes_a_source_takes_over_from_the_platforms_own() {
    for wake in [Input::Reconnect, Input::Online(true)] {
        let mut source = with_news(native());
        source.fails(Fault::Reconnecting);
        source.told();
        let old = source.token();
        // The class closes the old one where it makes a new one.
        source.replaces(wake);
        assert_eq!(source.state(), State::Connecting);
        assert_eq!(source.requests.len(), 2);
        // What the old one may still say means nothing.
        source.input(Input::Failed(old, Fault::Reconnecting));
        assert_eq!(source.state(), State::Connecting);
        source.opens();
        assert_eq!(source.state(), State::Open);
    }
}

#[test]
fn a_page_that_rests_closes_it() {
    for (rest, wake) in [
        (Input::PageHide, Input::PageShow),
        (Input::Frozen(true), Input::Frozen(false)),
    ] {
        let mut source = with_news(native());
        source.fails(Fault::Reconnecting);
        source.input(rest);
        assert_eq!(source.state(), State::Paused);
        assert!(!source.is_live(), "no second stream may open meanwhile");
        source.input(wake);
        assert_eq!(source.requests.len(), 2);
    }
    let mut source = with_news(native());
    source.fails(Fault::Reconnecting);
    source.input(Input::Close);
    assert!(!source.is_live() && !source.has_timer());
}

#[test]
fn a_latched_key_ends_it_instead_of_a_reconnection() {
    let mut source = with_news(Config {
        latch: true,
        ..native()
    });
    source.latch = Some(Outcome::Failed);
    source.fails(Fault::Reconnecting);
    assert_eq!(
        source.told(),
        ["completed (latched)", "complete failed latched"]
    );
    assert!(!source.is_live());
}

#[test]
fn reconnecting_while_left_alone_asks_the_latch_like_any_attempt() {
    let mut source = with_news(Config {
        latch: true,
        ..native()
    });
    source.fails(Fault::Reconnecting);
    source.latch = Some(Outcome::Completed);
    source.input(Input::Reconnect);
    assert_eq!(source.state(), State::Completed);
    assert!(!source.is_live());
}

#[test]
fn a_cycle_of_its_own_forgives_what_failed_before() {
    let mut source = Harness::start(native());
    for _ in 0..3 {
        source.fails(Fault::Reconnecting);
        source.passes(60);
        source.wakes();
    }
    assert_eq!(source.connection.snapshot().failures, 3);
    source.opens();
    source.sends("id: 1\ndata: x\n\n");
    source.fails(Fault::Reconnecting);
    assert_eq!(source.connection.snapshot().failures, 0);
    source.fails(Fault::Refused);
    source.passes(60);
    assert_eq!(source.retry_in(), 1_000);
}
