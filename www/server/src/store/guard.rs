//! A layer in front of the backend that fails where a fault asks for it, so
//! that such a failure takes the way of a real one from there on.

use super::backend::{Backend, Write};
use super::{Failures, RunRecord, StoreError};
use crate::run::event::Numbered;
use crate::run::{Event, RunId};

/// Says which operations of the store are to fail. `None` is an operation for no run in particular.
pub trait StoreFaults: Send {
    /// Whether an operation for that run would fail now. Uses nothing up.
    fn would_fail(&self, run_id: Option<&RunId>) -> bool;
    /// The failure of an operation for that run, if it is to fail; uses up one firing.
    fn fail(&self, run_id: Option<&RunId>) -> Option<StoreError>;
}

/// No faults.
impl StoreFaults for () {
    fn would_fail(&self, _: Option<&RunId>) -> bool {
        false
    }

    fn fail(&self, _: Option<&RunId>) -> Option<StoreError> {
        None
    }
}

pub(super) struct Guard<B> {
    pub(super) backend: B,
    pub(super) faults: Box<dyn StoreFaults>,
}

impl<B> Guard<B> {
    fn pass(&mut self, run_id: Option<&RunId>) -> Result<&mut B, StoreError> {
        match self.faults.fail(run_id) {
            Some(error) => Err(error),
            None => Ok(&mut self.backend),
        }
    }
}

impl<B: Backend> Backend for Guard<B> {
    fn write(&mut self, writes: &[Write]) -> Result<u64, StoreError> {
        if let [write] = writes {
            return self.pass(write.run_id())?.write(writes);
        }
        // Refused as a whole it comes again one by one, and only then is a firing used up.
        if writes
            .iter()
            .any(|write| self.faults.would_fail(write.run_id()))
        {
            return Err(StoreError::conflict(
                "one of the writes is to fail".to_owned(),
            ));
        }
        self.backend.write(writes)
    }

    fn run(&mut self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.pass(Some(id))?.run(id)
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.pass(None)?.newest(limit)
    }

    fn interrupted(&mut self) -> Result<Vec<RunRecord>, StoreError> {
        self.pass(None)?.interrupted()
    }

    fn tail(&mut self, id: &RunId, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.pass(Some(id))?.tail(id, limit)
    }

    fn tail_of_all(&mut self, limit: usize) -> Result<Vec<Numbered>, StoreError> {
        self.pass(None)?.tail_of_all(limit)
    }

    fn failures(&mut self, top: usize) -> Result<Failures, StoreError> {
        self.pass(None)?.failures(top)
    }
}
