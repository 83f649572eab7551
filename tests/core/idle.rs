//! How long an open stream may be silent.

use resilient_eventsource::core::{Config, Input, Millis, State};

use crate::harness::{Harness, plain};

fn fixed(timeout: Millis) -> Config {
    Config {
        idle_timeout: Some(timeout),
        ..plain()
    }
}

/// How long the open stream may still be silent.
fn patience(source: &mut Harness) -> Millis {
    let from = source.now.mono;
    while source.state() == State::Open {
        source.wakes();
    }
    assert_eq!(source.reason().as_str(), "idle");
    source.now.mono - from
}

/// A stream that sent a comment every `gap`, three times.
fn beating(gap: Millis) -> Harness {
    let mut source = Harness::opened(plain());
    beats(&mut source, &[gap; 3]);
    source
}

fn beats(source: &mut Harness, gaps: &[Millis]) {
    for &gap in gaps {
        source.passes(gap);
        source.sends(":\n");
    }
}

#[test]
fn silence_for_the_timeout_ends_the_stream() {
    let mut source = Harness::opened(fixed(5_000));
    source.passes(4_999);
    assert_eq!(source.state(), State::Open);
    source.passes(1);
    assert_eq!(
        source.told(),
        ["waiting (idle) in 1000", "error idle in 1000"]
    );
    assert!(!source.is_live());
}

#[test]
fn any_byte_feeds_the_watchdog() {
    for bytes in [":\n", "data: 1\n\n", "d", "\n", "x"] {
        let mut source = Harness::opened(fixed(5_000));
        source.passes(4_000);
        source.sends(bytes);
        assert_eq!(patience(&mut source), 5_000, "{bytes:?}");
    }
}

#[test]
fn zero_switches_it_off() {
    let mut source = Harness::opened(fixed(0));
    beats(&mut source, &[15_000; 5]);
    source.passes(86_400_000);
    assert_eq!(source.state(), State::Open);
}

#[test]
fn by_itself_it_is_off_until_three_beats_were_seen() {
    let mut source = Harness::opened(plain());
    beats(&mut source, &[15_000; 2]);
    source.passes(86_400_000);
    assert_eq!(source.state(), State::Open);
}

#[test]
fn three_beats_set_it_to_45_s_at_least() {
    assert_eq!(patience(&mut beating(1_000)), 45_000);
    assert_eq!(patience(&mut beating(18_000)), 45_000);
    assert_eq!(patience(&mut beating(20_000)), 50_000);
}

#[test]
fn the_largest_of_the_last_three_gaps_decides() {
    let mut source = Harness::opened(plain());
    beats(&mut source, &[90_000, 20_000, 30_000, 24_000]);
    assert_eq!(patience(&mut source), 75_000);
}

#[test]
fn beats_within_a_second_of_the_last_count_once() {
    let mut source = Harness::opened(plain());
    beats(&mut source, &[0, 999, 15_000, 10, 15_000]);
    source.passes(86_400_000);
    assert_eq!(source.state(), State::Open, "two beats");
}

#[test]
fn heartbeat_events_are_beats_and_news_is_none() {
    for (event, learns) in [("heartbeat", true), ("ping", true), ("tick", false)] {
        let mut source = Harness::opened(plain());
        for _ in 0..3 {
            source.passes(15_000);
            source.sends(&format!("event: {event}\ndata: 1\n\n"));
        }
        source.passes(86_400_000);
        assert_eq!(source.state() != State::Open, learns, "{event}");
    }
}

#[test]
fn what_was_learnt_of_a_server_holds_for_the_next_stream() {
    let mut source = beating(20_000);
    source.breaks();
    source.wakes();
    source.opens();
    assert_eq!(patience(&mut source), 50_000);
}

#[test]
fn each_time_it_fires_it_doubles() {
    let mut source = beating(20_000);
    for expected in [50_000, 100_000, 200_000] {
        assert_eq!(patience(&mut source), expected);
        source.wakes();
        source.opens();
    }
}

#[test]
fn activity_that_comes_early_does_not_take_the_doubling_back() {
    let mut source = beating(20_000);
    patience(&mut source);
    source.wakes();
    source.opens();
    beats(&mut source, &[20_000, 49_000, 20_000]);
    assert!(patience(&mut source) > 2 * 50_000 - 1);
}

#[test]
fn a_silence_longer_than_the_undoubled_time_ends_the_doubling() {
    let mut source = beating(20_000);
    patience(&mut source);
    source.wakes();
    source.opens();
    source.passes(60_000);
    source.sends("data: still here\n\n");
    beats(&mut source, &[20_000; 5]);
    assert_eq!(patience(&mut source), 50_000);
}

#[test]
fn a_server_that_is_silent_for_long_is_not_cut_for_ever() {
    let mut source = beating(20_000);
    let mut cuts = 0;
    for second in 1..=2_400 {
        source.passes(1_000);
        if source.state() == State::Connecting {
            cuts += 1;
            source.opens();
        }
        if second % 120 == 0 && source.state() == State::Open {
            source.sends("data: now and then\n\n");
        }
    }
    assert!(cuts <= 3, "cut {cuts} times");
}

#[test]
fn a_fixed_timeout_never_doubles() {
    let mut source = Harness::opened(fixed(5_000));
    for _ in 0..3 {
        assert_eq!(patience(&mut source), 5_000);
        source.wakes();
        source.opens();
    }
}

#[test]
fn a_late_timer_gives_a_second_to_what_may_be_queued() {
    let mut source = Harness::opened(fixed(5_000));
    source.jumps(60_000);
    source.input(Input::Timeout);
    assert_eq!(source.state(), State::Open);
    source.sends("data: was queued\n\n");
    assert_eq!(patience(&mut source), 5_000);

    let mut source = Harness::opened(fixed(5_000));
    source.jumps(60_000);
    source.input(Input::Timeout);
    assert_eq!(patience(&mut source), 1_000, "and only once");
}

#[test]
fn a_timer_that_is_late_again_ends_the_stream() {
    let mut source = Harness::opened(fixed(5_000));
    for state in [State::Open, State::Waiting] {
        source.jumps(60_000);
        source.input(Input::Timeout);
        assert_eq!(source.state(), state);
    }
}

#[test]
fn waking_up_does_not_cut_that_second_short() {
    for wake in [Input::Frozen(false), Input::Timeout] {
        let mut source = Harness::opened(fixed(5_000));
        source.jumps(60_000);
        source.input(Input::Timeout);
        source.sleeps(60_000);
        source.input(wake);
        assert_eq!(patience(&mut source), 1_000);
    }
}

#[test]
fn after_a_sleep_a_stream_without_a_watchdog_gets_one_of_a_minute() {
    let mut source = Harness::opened(plain());
    source.passes(3_600_000);
    source.sleeps(3_600_000);
    source.input(Input::Timeout);
    assert_eq!(patience(&mut source), 60_000);
}

#[test]
fn after_a_freeze_too() {
    let mut source = Harness::opened(plain());
    source.input(Input::Frozen(true));
    source.jumps(600_000);
    source.input(Input::Frozen(false));
    assert_eq!(patience(&mut source), 60_000);
}

#[test]
fn a_byte_sends_that_watchdog_away() {
    let mut source = Harness::opened(plain());
    source.sleeps(3_600_000);
    source.input(Input::Timeout);
    source.passes(59_000);
    source.sends("data: alive\n\n");
    source.passes(86_400_000);
    assert_eq!(source.state(), State::Open);
}

#[test]
fn a_small_step_of_the_wall_clock_is_no_sleep() {
    let mut source = Harness::opened(plain());
    source.sleeps(4_999);
    source.input(Input::Timeout);
    source.passes(86_400_000);
    assert_eq!(source.state(), State::Open);
}

#[test]
fn a_wall_clock_that_jumps_is_a_check_and_never_a_verdict() {
    let mut source = Harness::opened(fixed(5_000));
    source.passes(4_000);
    source.sleeps(86_400_000);
    source.input(Input::Timeout);
    assert_eq!(source.state(), State::Open);
    assert_eq!(patience(&mut source), 1_000, "what was left of the timeout");
    source.wakes();
    source.now.wall -= 86_400_000;
    source.opens();
    assert_eq!(source.state(), State::Open);
}

#[test]
fn the_time_that_the_page_takes_for_a_batch_is_not_the_servers() {
    let mut source = Harness::opened(fixed(5_000));
    source.by_hand = true;
    source.sends("data: much to draw\n\n");
    source.passes(4_990);
    source.finish_batch(1);
    assert_eq!(patience(&mut source), 5_000);

    let mut source = Harness::opened(fixed(5_000));
    source.by_hand = true;
    source.sends("data: much to draw\n\n");
    source.passes(60_000);
    assert_eq!(source.state(), State::Open);
}
