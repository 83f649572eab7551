//! One event of a script, kept small: a run may have 100,000 that are hours away.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Value, json};

use super::EventKind;

/// One event to come.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The pause before it.
    pub after: Duration,
    /// Its type.
    pub kind: EventKind,
    /// The `data` of its data.
    pub data: Data,
}

/// The `data` of an event's data.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// A line of the log. There may be very many, and as JSON values each would take some 900 bytes.
    Line(Line),
    /// Of any other event; a run has a few dozen.
    Other(Value),
}

/// A line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The stage that says it.
    pub stage: &'static str,
    /// `info` or `warn`.
    pub level: &'static str,
    /// What it says.
    pub message: &'static str,
    /// Its number, from 1.
    pub line: u32,
}

impl Data {
    /// As it is sent.
    pub fn json(&self) -> Cow<'_, Value> {
        match self {
            Self::Line(line) => Cow::Owned(json!({
                "stage": line.stage,
                "level": line.level,
                "message": line.message,
                "line": line.line,
            })),
            Self::Other(data) => Cow::Borrowed(data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_to_come_takes_no_more_memory_than_its_step() {
        assert!(size_of::<Step>() <= 96, "{}", size_of::<Step>());
        assert!(!std::mem::needs_drop::<Line>(), "nothing on the heap");
    }
}
