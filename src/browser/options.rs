//! Reads what the class made of the caller's options. It has checked types
//! and ranges; what is absent keeps the core's default.
//!
//! They cross as one array of numbers and one text, in the order of this file
//! and of `src/js/options.ts`: with a getter for each option, the getters
//! weighed more than what they read.

use crate::core::{Config, FOREVER, Jitter, Millis, Names, ResumeMode, RetryPolicy};

/// NaN stands for an absent number, infinity for [`FOREVER`].
pub(crate) fn config(numbers: &[f64], texts: &str) -> Config {
    let Ok(numbers) = <&[f64; 15]>::try_from(numbers) else {
        return Config::default();
    };
    let default = Config::default();
    let or = |index: usize, default: Millis| millis(numbers[index]).unwrap_or(default);
    let flags = numbers[14] as u32;
    let flag = |bit: u32| flags & (1 << bit) != 0;
    // Neither a name nor an id can hold a CR.
    let mut texts = texts.as_bytes().split(|&byte| byte == b'\r');
    let mut text = || texts.next().unwrap_or_default().to_vec();
    Config {
        retry: RetryPolicy {
            initial: or(0, default.retry.initial),
            max: or(1, default.retry.max),
            floor: or(2, default.retry.floor),
            server_max: or(3, default.retry.server_max),
            factor: if numbers[13].is_nan() {
                default.retry.factor
            } else {
                numbers[13]
            },
            jitter: match flags & 3 {
                1 => Jitter::Equal,
                2 => Jitter::None,
                _ => Jitter::Full,
            },
        },
        max_retries: or(4, default.max_retries),
        give_up_after: or(5, default.give_up_after),
        reset_after: or(6, default.reset_after),
        stall_after: or(7, default.stall_after),
        not_found_grace: or(8, default.not_found_grace),
        not_found_delay: or(9, default.not_found_delay),
        connect_timeout: millis(numbers[10]),
        idle_timeout: millis(numbers[11]),
        max_event_size: or(12, default.max_event_size as Millis) as usize,
        latch: flag(2),
        classify: flag(3),
        pause_when_hidden: flag(4),
        pause_when_offline: flag(5),
        repeatable: flag(6),
        fresh_credentials: flag(7),
        cross_origin: flag(8),
        fetchable: flag(9),
        mixed_content: flag(10),
        supported: flag(11),
        heartbeat_events: match text() {
            _ if !flag(14) => default.heartbeat_events,
            names => Names(names),
        },
        completed_by: Names(text()),
        failed_by: Names(text()),
        last_event_id: text(),
        resume: match flags >> 12 & 3 {
            1 => ResumeMode::Header,
            2 => ResumeMode::Query,
            _ => ResumeMode::Auto,
        },
    }
}

fn millis(number: f64) -> Option<Millis> {
    (!number.is_nan()).then(|| (number as Millis).min(FOREVER))
}
