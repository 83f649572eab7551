//! What a source can tell of itself: the snapshot, the counters, the timeline.

use super::io::Transport;
use super::reason::Reason;
use super::state::{Outcome, State};

/// Transitions that the timeline keeps.
const TIMELINE: usize = 64;

/// The state of a source at one moment. Times are epoch milliseconds, as
/// floating point numbers, which is what JavaScript has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snapshot {
    /// The state.
    pub state: State,
    /// Why it was entered.
    pub reason: Reason,
    /// The present or last attempt, from 1 since the last stable connection.
    pub attempt: u32,
    /// Failures in a row.
    pub failures: u32,
    /// When the next attempt comes; set in `waiting` only.
    pub retry_at: Option<f64>,
    /// When the present stream opened; set in `open` only.
    pub opened_at: Option<f64>,
    /// How the present or last attempt ran.
    pub transport: Option<Transport>,
    /// How the stream ended; set in `completed` only.
    pub outcome: Option<Outcome>,
    /// Whether the latch completed it, not an event of its own.
    pub latched: bool,
    /// Whether there is activity but no news.
    pub stalled: bool,
}

/// Counters since construction, and the timeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// Attempts made.
    pub attempts: u32,
    /// Events that came, also those that `parse` dropped.
    pub events: f64,
    /// Events dropped since they had been dispatched before.
    pub duplicates: u32,
    /// Gaps seen.
    pub gaps: u32,
    /// Bytes of bodies received.
    pub bytes: f64,
    /// When a byte last arrived, in epoch milliseconds.
    pub last_activity_at: Option<f64>,
    /// The last 64 transitions, oldest first.
    pub timeline: Vec<Transition>,
}

/// One entry of the timeline. It never holds anything of the URL, the headers
/// or the events, so that it can be pasted into a bug report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// When, in epoch milliseconds.
    pub at: f64,
    /// The state entered.
    pub state: State,
    /// Why.
    pub reason: Reason,
    /// The attempt that it belongs to.
    pub attempt: u32,
    /// The delay before the next attempt; set in `waiting` only.
    pub retry_in: Option<f64>,
    /// How the attempt ran.
    pub transport: Option<Transport>,
}

impl Stats {
    pub(crate) fn record(&mut self, transition: Transition) {
        if self.timeline.len() == TIMELINE {
            self.timeline.remove(0);
        }
        self.timeline.push(transition);
    }
}
