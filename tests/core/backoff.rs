//! When the next attempt comes.

use resilient_eventsource::core::{
    Config, FOREVER, Input, Jitter, Millis, RetryAfter, RetryPolicy,
};

use crate::harness::{Harness, plain};

/// The delays of the first `count` failures in a row.
fn delays(config: Config, count: usize) -> Vec<Millis> {
    let mut source = Harness::start(config);
    let failure = |_| {
        source.breaks();
        let delay = source.retry_in();
        assert_eq!(source.wakes(), delay, "the timer is what was announced");
        delay
    };
    (0..count).map(failure).collect()
}

/// The first delay, for many seeds.
fn first_delays(config: &Config, fail: impl Fn(&mut Harness)) -> Vec<Millis> {
    let delay = |seed| {
        let mut source = Harness::start_with_seed(config.clone(), seed);
        fail(&mut source);
        source.retry_in()
    };
    (0..400).map(delay).collect()
}

fn assert_fills(delays: &[Millis], low: Millis, high: Millis) {
    let span = high - low;
    for (part, bounds) in [(0, low..=low + span / 8), (1, high - span / 8..=high)] {
        assert!(
            delays.iter().any(|delay| bounds.contains(delay)),
            "part {part} of {low}..={high} is drawn from"
        );
    }
    let outside = delays.iter().find(|&&delay| delay < low || delay > high);
    assert_eq!(outside, None, "nothing outside of {low}..={high}");
}

fn with_retry(retry: RetryPolicy) -> Config {
    Config {
        retry,
        give_up_after: Millis::MAX,
        ..Config::default()
    }
}

#[test]
fn delays_double_until_the_cap() {
    let config = Config {
        give_up_after: Millis::MAX,
        ..plain()
    };
    assert_eq!(
        delays(config, 8),
        [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
    );
}

#[test]
fn a_factor_of_one_keeps_the_delay() {
    let mut config = plain();
    config.retry.factor = 1.0;
    assert_eq!(delays(config, 4), [1_000; 4]);
}

#[test]
fn full_jitter_draws_between_the_floor_and_the_base() {
    let delays = first_delays(&Config::default(), Harness::breaks);
    assert_fills(&delays, 250, 1_000);
}

#[test]
fn the_draw_is_even_and_not_bunched_at_the_floor() {
    let delays = first_delays(&Config::default(), Harness::breaks);
    let low = delays.iter().filter(|&&delay| delay < 400).count();
    assert!((50..120).contains(&low), "{low} of 400 in the lowest fifth");
}

#[test]
fn equal_jitter_draws_from_the_upper_half() {
    let mut config = Config::default();
    config.retry.jitter = Jitter::Equal;
    assert_fills(&first_delays(&config, Harness::breaks), 500, 1_000);
}

#[test]
fn the_cap_holds_after_jitter() {
    let config = with_retry(RetryPolicy {
        max: 1_500,
        ..RetryPolicy::default()
    });
    for seed in 0..50 {
        let mut source = Harness::start_with_seed(config.clone(), seed);
        for _ in 0..6 {
            source.breaks();
            assert!(source.retry_in() <= 1_500);
            source.wakes();
        }
    }
}

#[test]
fn the_floor_bounds_every_draw_also_above_the_cap() {
    for jitter in [Jitter::Full, Jitter::Equal, Jitter::None] {
        let config = with_retry(RetryPolicy {
            initial: 10,
            max: 100,
            floor: 400,
            jitter,
            ..RetryPolicy::default()
        });
        assert_eq!(delays(config, 6), [400; 6], "{jitter:?}");
    }
}

#[test]
fn the_draw_is_added_to_what_the_server_asks_for() {
    let delays = first_delays(&Config::default(), |source| source.answers_later(503, 7));
    assert_fills(&delays, 7_000, 8_000);
}

#[test]
fn a_crowd_cut_at_once_comes_back_spread_out() {
    let mut delays = first_delays(&Config::default(), |source| source.answers_later(503, 60));
    delays.sort_unstable();
    let widest = delays.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(widest < Some(40), "400 clients over 1,000 ms leave no hole");
    delays.dedup();
    assert!(delays.len() > 200, "and few come in the same millisecond");
}

#[test]
fn retry_after_may_be_a_date() {
    let mut source = Harness::start(plain());
    let date = RetryAfter::Date(source.now.wall + 9_000);
    source.answers_with(503, "", Some(date));
    assert_eq!(source.retry_in(), 10_000);
}

#[test]
fn a_date_that_has_passed_asks_for_the_least() {
    let mut source = Harness::start(plain());
    let date = RetryAfter::Date(source.now.wall - 9_000);
    source.answers_with(503, "", Some(date));
    assert_eq!(source.retry_in(), 1_500);
}

#[test]
fn what_a_server_asks_for_is_kept_within_bounds() {
    let asked = |config: Config, seconds| {
        let mut source = Harness::start(config);
        source.answers_later(503, seconds);
        source.retry_in() - 1_000
    };
    assert_eq!(asked(plain(), 0), 500);
    assert_eq!(asked(plain(), 86_400), 300_000);
    assert_eq!(asked(plain(), u32::MAX), 300_000);
    let mut small = plain();
    small.retry.server_max = 100;
    assert_eq!(asked(small, 60), 500, "the bound is at least the least");
}

/// A source whose server said `retry:` and then cut the stream.
fn cut_after_retry(field: &str) -> Harness {
    let mut source = Harness::opened(plain());
    source.sends(&format!("retry: {field}\n\n"));
    source.breaks();
    source
}

#[test]
fn a_retry_field_is_an_order_too() {
    assert_eq!(cut_after_retry("5000").retry_in(), 6_000);
    assert_eq!(cut_after_retry("1").retry_in(), 1_500);
    assert_eq!(
        cut_after_retry("99999999999999999999999").retry_in(),
        301_000
    );
    assert_eq!(cut_after_retry("5s").retry_in(), 1_000, "not only digits");
}

#[test]
fn a_retry_field_holds_for_every_delay_until_reset() {
    let mut source = cut_after_retry("5000");
    source.wakes();
    source.breaks();
    assert_eq!(source.retry_in(), 7_000);
    source.input(Input::Reset);
    source.breaks();
    assert_eq!(source.retry_in(), 1_000);
}

#[test]
fn the_larger_of_two_orders_counts() {
    let mut source = cut_after_retry("5000");
    source.wakes();
    source.answers_later(503, 3);
    assert_eq!(source.retry_in(), 7_000, "retry: 5000 and n = 2");
    source.wakes();
    source.answers_later(503, 8);
    assert_eq!(source.retry_in(), 12_000, "Retry-After: 8 and n = 3");
}

#[test]
fn opening_alone_does_not_take_the_delays_back() {
    let mut source = Harness::start(plain());
    for expected in [1_000, 2_000, 4_000, 8_000, 16_000] {
        source.opens();
        source.ends();
        assert_eq!(source.retry_in(), expected);
        source.wakes();
    }
}

#[test]
fn news_alone_does_not_take_the_delays_back() {
    let mut source = Harness::start(plain());
    for expected in [1_000, 2_000, 4_000] {
        source.opens();
        source.sends("data: news\n\n");
        source.breaks();
        assert_eq!(source.retry_in(), expected);
        source.wakes();
    }
}

/// The delay after a stream that was open for `open`, with a byte at `byte`.
fn delay_after_open_for(open: Millis, byte: Option<Millis>) -> Millis {
    let mut source = Harness::start(plain());
    source.breaks();
    source.wakes();
    source.opens();
    if let Some(byte) = byte {
        source.passes(byte);
        source.sends(":\n");
    }
    source.passes(open - byte.unwrap_or(0));
    source.breaks();
    source.retry_in()
}

#[test]
fn a_stable_connection_takes_the_delays_back() {
    assert_eq!(delay_after_open_for(9_999, Some(0)), 2_000);
    assert_eq!(delay_after_open_for(10_000, Some(0)), 1_000);
    assert_eq!(delay_after_open_for(10_000, Some(9_000)), 1_000);
}

#[test]
fn a_silent_connection_is_stable_after_a_minute() {
    assert_eq!(delay_after_open_for(59_999, None), 2_000);
    assert_eq!(delay_after_open_for(60_000, None), 1_000);
}

#[test]
fn a_first_byte_makes_an_old_connection_stable_at_once() {
    assert_eq!(delay_after_open_for(30_000, Some(30_000)), 1_000);
}

#[test]
fn a_connection_is_stable_though_its_timer_was_throttled() {
    let mut source = Harness::start(plain());
    source.breaks();
    source.wakes();
    source.opens();
    source.sends(":\n");
    source.jumps(20_000);
    source.breaks();
    assert_eq!(source.retry_in(), 1_000);
}

#[test]
fn a_delay_of_nothing_is_announced_all_the_same() {
    let mut config = plain();
    config.retry.initial = 0;
    config.retry.floor = 0;
    let mut source = Harness::start(config);
    source.breaks();
    assert_eq!(
        source.told(),
        [
            "waiting (network) in 0",
            "error network in 0",
            "connecting (retry)"
        ]
    );
    assert_eq!(source.requests.len(), 2);
}

#[test]
fn the_largest_numbers_wait_for_ever_and_break_nothing() {
    let config = with_retry(RetryPolicy {
        initial: FOREVER,
        factor: f64::INFINITY,
        max: FOREVER,
        jitter: Jitter::None,
        floor: FOREVER,
        server_max: FOREVER,
    });
    let mut source = Harness::start(config);
    source.answers_with(503, "", Some(RetryAfter::Seconds(u32::MAX)));
    source.told();
    source.passes(1 << 40);
    assert_eq!(source.requests.len(), 1);
    source.input(Input::Reconnect);
    assert_eq!(source.requests.len(), 2);
}
