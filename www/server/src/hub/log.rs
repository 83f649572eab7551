//! The end of an event log that is kept in memory, and the troubles of the
//! store that go between its events.

use std::collections::VecDeque;

use crate::run::event::{Numbered, Outcome};
use crate::run::{Event, RunId};
use crate::store::StoreError;

/// The most troubles that are remembered for streams that have not told them yet. A trouble
/// is a hint without an id, so one that is forgotten costs nobody an event.
const TROUBLES: usize = 256;

/// The end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The run's terminal event is in the log.
    Over(Outcome),
    /// The store refused to go on; a later start of the server may.
    Abandoned,
}

/// A failure of the store that a run's producer met: what an `error` event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The run.
    pub run_id: RunId,
    /// A word for programs, `store_busy` for example.
    pub code: String,
    /// Words for people.
    pub message: String,
    /// Whether the run goes on once the store is back.
    pub retryable: bool,
}

impl Trouble {
    /// What `error` means for a run.
    pub fn new(run_id: &RunId, error: &StoreError) -> Self {
        Self {
            run_id: run_id.clone(),
            code: error.code().to_owned(),
            message: error.to_string(),
            retryable: error.retryable(),
        }
    }
}

/// A trouble and its place among the events.
#[derive(Debug)]
pub(super) struct Note {
    /// Rises by one per log, from 1.
    pub(super) number: u64,
    /// The event that it follows.
    pub(super) after: u64,
    /// Whether the run goes on again.
    pub(super) over: bool,
    pub(super) trouble: Trouble,
}

#[derive(Debug, Default)]
pub(super) struct Log {
    /// Contiguous; the newest is `last_id`.
    pub(super) events: VecDeque<Numbered>,
    pub(super) last_id: u64,
    pub(super) end: Option<End>,
    /// Oldest first.
    pub(super) notes: VecDeque<Note>,
    /// The number of the newest note.
    pub(super) noted: u64,
}

impl Log {
    /// The id before the oldest of the last `count` events.
    pub(super) fn before_last(&self, count: usize) -> u64 {
        self.last_id - self.events.len().min(count) as u64
    }

    pub(super) fn push(&mut self, event: Numbered) {
        debug_assert_eq!(event.id, self.last_id + 1, "ids rise by one");
        self.last_id = event.id;
        self.events.push_back(event);
    }

    pub(super) fn trim(&mut self, keep: usize) {
        let excess = self.events.len().saturating_sub(keep);
        self.events.drain(..excess);
    }

    pub(super) fn note(&mut self, trouble: Trouble) {
        self.noted += 1;
        self.notes.push_back(Note {
            number: self.noted,
            after: self.last_id,
            over: false,
            trouble,
        });
        let excess = self.notes.len().saturating_sub(TROUBLES);
        self.notes.drain(..excess);
    }

    pub(super) fn recovered(&mut self, run_id: &RunId) {
        for note in &mut self.notes {
            note.over |= note.trouble.run_id == *run_id;
        }
    }
}

/// The outcome that the last of some events brings.
pub(super) fn end_by(event: Option<&Event>) -> Option<End> {
    event.and_then(|event| event.kind.outcome()).map(End::Over)
}
