//! What `POST /v1/runs` may ask for, and what a run then goes by.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The most log events one run may have.
pub const MAX_EVENTS: u32 = 100_000;
/// The longest pause between two events, an hour.
pub const MAX_DELAY_MS: u64 = 3_600_000;
/// The longest persistence delay, ten minutes.
pub const MAX_PERSIST_MS: u64 = 600_000;
/// The largest integer that JavaScript's numbers hold exactly, 2⁵³ − 1.
pub const MAX_SEED: u64 = (1 << 53) - 1;

/// The body of `POST /v1/runs`; every field may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// How many `log` events; default: a few, drawn from the seed.
    pub events: Option<u32>,
    /// Milliseconds between two events; default: natural pauses, 10 to 18 s in all.
    pub delay_ms: Option<u64>,
    /// How long the run stays invisible; default: the server's `--persist-ms`.
    pub persist_ms: Option<u64>,
    /// Fail with this code instead of completing.
    pub fail: Option<String>,
    /// The same seed makes the same run, ids and times of day aside; default: random.
    pub seed: Option<u64>,
}

/// A value that a run cannot have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A number beyond its range.
    #[error("{field}: {value} is too large; at most {max}")]
    TooLarge {
        /// The body's field.
        field: &'static str,
        /// What it held.
        value: u64,
        /// What it may hold.
        max: u64,
    },
    /// A failure code that is no identifier.
    #[error("fail: {0:?} is no code; 1 to 64 of A-Z, a-z, 0-9, _ and -")]
    Code(String),
}

/// A run's parameters, complete and in range. It is stored with the run, so
/// that a server that starts on the store can go on with the same script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpec {
    /// How many `log` events, when not drawn from the seed.
    pub events: Option<u32>,
    /// Milliseconds between two events, when not natural.
    pub delay_ms: Option<u64>,
    /// How long the run stays invisible.
    pub persist_ms: u64,
    /// The code to fail with.
    pub fail: Option<String>,
    /// What everything drawn is drawn from.
    pub seed: u64,
}

impl RunRequest {
    /// Checks the ranges and fills in what was left out.
    pub fn into_spec(self, persist: Duration) -> Result<RunSpec, SpecError> {
        at_most("events", self.events.map(u64::from), u64::from(MAX_EVENTS))?;
        at_most("delay_ms", self.delay_ms, MAX_DELAY_MS)?;
        at_most("persist_ms", self.persist_ms, MAX_PERSIST_MS)?;
        at_most("seed", self.seed, MAX_SEED)?;
        if let Some(code) = &self.fail
            && !is_code(code)
        {
            return Err(SpecError::Code(code.clone()));
        }
        Ok(RunSpec {
            events: self.events,
            delay_ms: self.delay_ms,
            persist_ms: self
                .persist_ms
                .unwrap_or_else(|| u64::try_from(persist.as_millis()).unwrap_or(MAX_PERSIST_MS)),
            fail: self.fail,
            seed: self
                .seed
                .unwrap_or_else(|| rand::random_range(0..=MAX_SEED)),
        })
    }
}

fn at_most(field: &'static str, value: Option<u64>, max: u64) -> Result<(), SpecError> {
    match value {
        Some(value) if value > max => Err(SpecError::TooLarge { field, value, max }),
        _ => Ok(()),
    }
}

fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_out_of_range_is_named_with_its_limit() {
        let request = RunRequest {
            events: Some(MAX_EVENTS + 1),
            ..RunRequest::default()
        };
        let error = request.into_spec(Duration::ZERO).unwrap_err();
        assert_eq!(
            error.to_string(),
            "events: 100001 is too large; at most 100000"
        );
    }

    #[test]
    fn a_failure_code_is_an_identifier() {
        for bad in ["", "two words", "new\nline", &"x".repeat(65)] {
            let request = RunRequest {
                fail: Some(bad.to_owned()),
                ..RunRequest::default()
            };
            assert_eq!(
                request.into_spec(Duration::ZERO),
                Err(SpecError::Code(bad.to_owned()))
            );
        }
    }

    #[test]
    fn a_persistence_delay_of_zero_is_not_taken_for_none() {
        let request = RunRequest {
            persist_ms: Some(0),
            ..RunRequest::default()
        };
        assert_eq!(
            request
                .into_spec(Duration::from_secs(9))
                .unwrap()
                .persist_ms,
            0
        );
    }
}
