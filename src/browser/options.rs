//! Asks the class for the caller's options. It has checked types and ranges;
//! what is absent keeps the core's default.
//!
//! They are asked for by number, in the order of `src/js/options.ts`: a getter
//! for each would weigh more than what it reads.

use super::host::Host;
use crate::core::{Config, FOREVER, Jitter, Millis, Names, ResumeMode};

/// NaN stands for an absent number, infinity for [`FOREVER`].
pub(crate) fn config(host: &Host) -> Config {
    let mut config = Config::default();
    for (index, field) in [
        &mut config.retry.initial,
        &mut config.retry.max,
        &mut config.retry.floor,
        &mut config.retry.server_max,
        &mut config.max_retries,
        &mut config.give_up_after,
        &mut config.reset_after,
        &mut config.stall_after,
        &mut config.not_found_grace,
        &mut config.not_found_delay,
        &mut config.max_event_size,
    ]
    .iter_mut()
    .enumerate()
    {
        if let Some(value) = millis(host, index as u32) {
            **field = value;
        }
    }
    config.connect_timeout = millis(host, 11);
    config.idle_timeout = millis(host, 12);
    let factor = host.number(13);
    if !factor.is_nan() {
        config.retry.factor = factor;
    }
    let flags = host.number(14) as u32;
    let flag = |bit: u32| flags & (1 << bit) != 0;
    config.retry.jitter = match flags & 3 {
        1 => Jitter::Equal,
        2 => Jitter::None,
        _ => Jitter::Full,
    };
    config.latch = flag(2);
    config.classify = flag(3);
    config.pause_when_hidden = flag(4);
    config.pause_when_offline = flag(5);
    config.repeatable = flag(6);
    config.fresh_credentials = flag(7);
    config.cross_origin = flag(8);
    config.fetchable = flag(9);
    config.mixed_content = flag(10);
    config.supported = flag(11);
    config.resume = match flags >> 12 & 3 {
        1 => ResumeMode::Header,
        2 => ResumeMode::Query,
        _ => ResumeMode::Auto,
    };
    config.native = flag(14);
    config.heartbeat_events = Names(host.text(0));
    config.last_event_id = host.text(1);
    config
}

fn millis(host: &Host, index: u32) -> Option<Millis> {
    let number = host.number(index);
    (!number.is_nan()).then(|| (number as Millis).min(FOREVER))
}
