//! Emitters, and where to find them: what subscribers read from.
//!
//! Publishing appends to an [`Emitter`]'s log and wakes whoever waits; it never
//! waits for a subscriber. Each subscriber has a cursor into the log and reads
//! at its own pace. Rejected: a queue for each subscriber (a copy for each), and
//! tokio's `broadcast` (allocates its whole capacity for every run).

mod announcer;
mod emitter;
mod log;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use announcer::Announcer;
pub use emitter::{Emitter, Found, Subscription};
pub use log::{End, Trouble};

use crate::run::RunId;

/// The emitters of the runs that are live, just finished, or given up by the store.
#[derive(Debug, Default)]
pub struct Hub(Mutex<HashMap<RunId, Arc<Emitter>>>);

impl Hub {
    /// The emitter of a run.
    pub fn get(&self, id: &RunId) -> Option<Arc<Emitter>> {
        self.emitters().get(id).cloned()
    }

    /// Makes a run visible.
    pub fn insert(&self, id: RunId, emitter: Arc<Emitter>) {
        self.emitters().insert(id, emitter);
    }

    /// Drops a run's emitter, unless a fresh one has taken its place meanwhile.
    pub fn remove(&self, id: &RunId, emitter: &Arc<Emitter>) {
        let mut emitters = self.emitters();
        if emitters
            .get(id)
            .is_some_and(|present| Arc::ptr_eq(present, emitter))
        {
            emitters.remove(id);
        }
    }

    fn emitters(&self) -> MutexGuard<'_, HashMap<RunId, Arc<Emitter>>> {
        // No code that holds the lock can leave the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
