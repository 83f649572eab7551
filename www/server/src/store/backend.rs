//! What a backend must do. All calls come from the store's one thread.

use super::{RunRecord, StoreError};
use crate::run::{Event, RunId};

/// A change to the store.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// A new run.
    Insert(RunRecord),
    /// Events of a run; the last may be terminal.
    Append(RunId, Vec<Event>),
}

/// A place to keep runs and events.
pub(crate) trait Backend: Send {
    /// Makes all changes or none; what it answered `Ok` to survives the process (where the backend does).
    fn write(&mut self, writes: &[Write]) -> Result<(), StoreError>;
    /// One run.
    fn run(&mut self, id: &RunId) -> Result<Option<RunRecord>, StoreError>;
    /// The newest runs, newest first.
    fn newest(&mut self, limit: usize) -> Result<Vec<RunRecord>, StoreError>;
    /// Runs without an end, oldest first.
    fn interrupted(&mut self) -> Result<Vec<RunRecord>, StoreError>;
    /// The last events of a run, oldest first.
    fn tail(&mut self, id: &RunId, limit: usize) -> Result<Vec<Event>, StoreError>;
}
