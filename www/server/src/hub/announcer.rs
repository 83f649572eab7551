//! What a run's producer tells, and whom.

use std::sync::Arc;

use super::{Emitter, Trouble};
use crate::run::{Event, RunId};
use crate::store::StoreError;

/// A run's voice in its own log and in the one of all runs.
///
/// Its events reach the log of all runs from the store, which alone knows their order there.
#[derive(Clone, Debug)]
pub struct Announcer {
    run_id: RunId,
    run: Arc<Emitter>,
    all: Arc<Emitter>,
}

impl Announcer {
    /// A voice for a run.
    pub fn new(run_id: RunId, run: Arc<Emitter>, all: Arc<Emitter>) -> Self {
        Self { run_id, run, all }
    }

    /// The run.
    pub fn run_id(&self) -> &RunId {
        &self.run_id
    }

    /// Announces events that the store has.
    pub fn publish(&self, events: Vec<Arc<Event>>) {
        self.run.publish(events.into_iter().map(Into::into));
    }

    /// Tells that the store fails. Once per outage: whoever tries again does not tell again.
    pub fn trouble(&self, error: &StoreError) {
        let trouble = Trouble::new(&self.run_id, error);
        self.all.trouble(trouble.clone());
        self.run.trouble(trouble);
    }

    /// Tells that the store is back.
    pub fn recovered(&self) {
        self.all.recovered(&self.run_id);
        self.run.recovered(&self.run_id);
    }

    /// Ends the run's log without a terminal event; the one of all runs goes on.
    pub fn abandon(&self) {
        self.run.abandon();
    }
}
