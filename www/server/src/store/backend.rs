//! What a backend must do. It gets one call at a time.

use std::sync::Arc;

use super::{Failures, RunRecord, StoreError};
use crate::run::event::Numbered;
use crate::run::{Event, RunId};

/// A change to the store.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// A new run.
    Insert(RunRecord),
    /// Events of a run; the last may be terminal.
    Append(RunId, Vec<Arc<Event>>),
    /// One more failure with this code.
    Count(String),
}

impl Write {
    /// The run it is for.
    pub(crate) fn run_id(&self) -> Option<&RunId> {
        match self {
            Self::Insert(record) => Some(&record.id),
            Self::Append(id, _) => Some(id),
            Self::Count(_) => None,
        }
    }
}

/// A place to keep runs and events.
pub(crate) trait Backend: Send {
    /// Makes all changes or none; what it answered `Ok` to survives the process (where the backend does).
    ///
    /// Each event gets an id among those of all runs, in the order of the writes, rising by one
    /// from the number that this answers.
    fn write(&mut self, writes: &[Write]) -> Result<u64, StoreError>;
    /// One run.
    fn run(&mut self, id: &RunId) -> Result<Option<RunRecord>, StoreError>;
    /// The newest runs, newest first.
    fn newest(&mut self, limit: usize) -> Result<Vec<RunRecord>, StoreError>;
    /// Runs without an end, oldest first.
    fn interrupted(&mut self) -> Result<Vec<RunRecord>, StoreError>;
    /// The last events of a run, oldest first.
    fn tail(&mut self, id: &RunId, limit: usize) -> Result<Vec<Event>, StoreError>;
    /// The last events of all runs, oldest first.
    fn tail_of_all(&mut self, limit: usize) -> Result<Vec<Numbered>, StoreError>;
    /// The failures counted so far, a run's with its last event, and the `top` most frequent codes.
    fn failures(&mut self, top: usize) -> Result<Failures, StoreError>;
}
