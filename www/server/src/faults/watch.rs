//! What a live stream sees of the faults.

use tokio::sync::watch;
use tokio::time::Instant;

use super::Faults;

/// What an open stream does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is wrong.
    Flow,
    /// It is silent; until cleared when there is no time.
    Hang(Option<Instant>),
    /// It ends.
    Cut {
        /// Cleanly, or in mid-chunk.
        clean: bool,
    },
}

/// A live stream's view of the faults. Dropping it takes the stream off the board.
#[derive(Debug)]
pub struct FaultWatch {
    faults: Faults,
    id: u64,
    effect: watch::Receiver<Effect>,
}

impl FaultWatch {
    pub(super) fn new(faults: Faults, id: u64, effect: watch::Receiver<Effect>) -> Self {
        Self { faults, id, effect }
    }

    /// What is wrong now. A hang whose time is over is none.
    pub fn effect(&mut self) -> Effect {
        match *self.effect.borrow_and_update() {
            Effect::Hang(Some(until)) if until <= Instant::now() => Effect::Flow,
            effect => effect,
        }
    }

    /// Waits until something else may be wrong than [`effect`](Self::effect) last told.
    pub async fn changed(&mut self) {
        // Cannot fail: the board keeps the sender until this is dropped.
        let _ = self.effect.changed().await;
    }
}

impl Drop for FaultWatch {
    fn drop(&mut self) {
        self.faults.forget(self.id);
    }
}
