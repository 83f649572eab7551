//! The option `connectTimeout`: how long response headers may take.

use resilient_eventsource::core::{Config, FOREVER, Input, Millis, Reason, State};

use crate::harness::{Harness, plain};

/// How long the attempt under way may take.
fn patience(source: &mut Harness) -> Millis {
    assert_eq!(source.state(), State::Connecting);
    let from = source.now.mono;
    source.wakes();
    assert_eq!(source.reason(), Reason::ConnectTimeout);
    let took = source.now.mono - from;
    source.wakes();
    took
}

/// An attempt that opens after `took`, and ends at once.
fn opens_after(source: &mut Harness, took: Millis) {
    source.passes(took);
    source.opens();
    source.ends();
    source.wakes();
}

#[test]
fn headers_that_do_not_come_in_time_are_a_failure() {
    let mut source = Harness::start(Config {
        connect_timeout: Some(5_000),
        ..plain()
    });
    source.passes(4_999);
    assert!(source.is_live());
    source.passes(1);
    assert!(!source.is_live(), "the request is given up");
    assert_eq!(
        source.told(),
        [
            "waiting (connect-timeout) in 1000",
            "error connect-timeout in 1000"
        ]
    );
}

#[test]
fn headers_that_come_stop_it() {
    let mut source = Harness::start(Config {
        connect_timeout: Some(5_000),
        ..plain()
    });
    source.passes(4_999);
    source.opens();
    source.passes(50_000);
    assert_eq!(source.state(), State::Open);
}

#[test]
fn by_itself_it_is_a_minute_until_an_attempt_has_opened() {
    let mut source = Harness::start(plain());
    source.breaks();
    source.wakes();
    assert_eq!(patience(&mut source), 60_000);
}

#[test]
fn then_it_is_twice_the_slowest_so_far_and_20_s_at_least() {
    let mut source = Harness::start(plain());
    opens_after(&mut source, 3_000);
    opens_after(&mut source, 15_000);
    opens_after(&mut source, 100);
    assert_eq!(patience(&mut source), 30_000);

    let mut source = Harness::start(plain());
    opens_after(&mut source, 50);
    assert_eq!(patience(&mut source), 20_000);
}

#[test]
fn each_time_it_fires_it_doubles_up_to_ten_minutes_until_one_opens() {
    let mut source = Harness::start(plain());
    for expected in [60_000, 120_000, 240_000, 480_000, 600_000, 600_000] {
        assert_eq!(patience(&mut source), expected);
    }
    opens_after(&mut source, 1_000);
    assert_eq!(patience(&mut source), 20_000);
}

#[test]
fn a_fixed_one_neither_learns_nor_doubles() {
    let mut source = Harness::start(Config {
        connect_timeout: Some(5_000),
        ..plain()
    });
    assert_eq!(patience(&mut source), 5_000);
    opens_after(&mut source, 4_000);
    assert_eq!(patience(&mut source), 5_000);
}

#[test]
fn it_may_be_for_ever() {
    let mut source = Harness::start(Config {
        connect_timeout: Some(FOREVER),
        ..plain()
    });
    assert!(!source.has_timer());
    source.passes(1 << 40);
    source.opens();
    assert_eq!(source.state(), State::Open);
}

#[test]
fn headers_that_come_after_it_mean_nothing() {
    let mut source = Harness::start(plain());
    let token = source.token();
    source.passes(60_000);
    let head = resilient_eventsource::core::Head {
        status: 200,
        content_type: b"text/event-stream",
        retry_after: None,
        elsewhere: false,
    };
    source.input(Input::Response(token, head));
    assert_eq!(source.state(), State::Waiting);
}
