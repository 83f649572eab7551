//! Reads what the class made of the caller's options. It has checked types
//! and ranges; what is absent keeps the core's default.
//!
//! They cross as one array of numbers and one text, in the order of this file
//! and of `src/js/options.ts`: with a getter for each option, the getters
//! weighed more than what they read.

use crate::core::{Config, FOREVER, Jitter, Millis, Names, ResumeMode};

/// The numbers that cross; the last are flags.
const NUMBERS: usize = 15;

/// NaN stands for an absent number, infinity for [`FOREVER`].
pub(crate) fn config(numbers: &[f64], texts: &str) -> Config {
    let mut config = Config::default();
    let Ok(numbers) = <&[f64; NUMBERS]>::try_from(numbers) else {
        return config;
    };
    let flags = numbers[14] as u32;
    let flag = |bit: u32| flags & (1 << bit) != 0;
    set(&mut config.retry.initial, numbers[0]);
    set(&mut config.retry.max, numbers[1]);
    set(&mut config.retry.floor, numbers[2]);
    set(&mut config.retry.server_max, numbers[3]);
    set(&mut config.max_retries, numbers[4]);
    set(&mut config.give_up_after, numbers[5]);
    set(&mut config.reset_after, numbers[6]);
    set(&mut config.stall_after, numbers[7]);
    set(&mut config.not_found_grace, numbers[8]);
    set(&mut config.not_found_delay, numbers[9]);
    config.connect_timeout = millis(numbers[10]);
    config.idle_timeout = millis(numbers[11]);
    set(&mut config.max_event_size, numbers[12]);
    if !numbers[13].is_nan() {
        config.retry.factor = numbers[13];
    }
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
    // Neither a name nor an id can hold a CR.
    let texts = texts.as_bytes().split(|&byte| byte == b'\r');
    for (index, text) in texts.enumerate() {
        let text = text.to_vec();
        match index {
            0 if flag(14) => config.heartbeat_events = Names(text),
            1 => config.completed_by = Names(text),
            2 => config.failed_by = Names(text),
            3 => config.last_event_id = text,
            _ => {}
        }
    }
    config
}

fn set(field: &mut Millis, number: f64) {
    if let Some(value) = millis(number) {
        *field = value;
    }
}

fn millis(number: f64) -> Option<Millis> {
    (!number.is_nan()).then(|| (number as Millis).min(FOREVER))
}
