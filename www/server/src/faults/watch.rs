//! What a live stream sees of the faults.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::board::{RESET, SharedBoard};
use super::what::Effect;
use crate::run::RunId;
use crate::socket::Connection;

/// How long a stream that breaks off waits, so that what was sent before is on its way: hyper
/// drops what it has not written when a body fails.
pub const FLUSH: Duration = Duration::from_millis(20);

/// The error that makes hyper close the connection in mid-chunk.
#[derive(Debug, thiserror::Error)]
#[error("the stream was cut by a fault")]
pub struct CutByFault;

/// A live stream's view of the faults. Dropping the last clone takes the stream off the board.
#[derive(Clone, Debug)]
pub struct FaultWatch {
    effect: watch::Receiver<Effect>,
    seat: Arc<Seat>,
}

#[derive(Debug)]
struct Seat {
    board: SharedBoard,
    id: u64,
    run_id: Option<RunId>,
    connection: Connection,
    effect: watch::Sender<Effect>,
}

impl FaultWatch {
    pub(super) fn new(
        board: SharedBoard,
        id: u64,
        run_id: Option<RunId>,
        connection: Connection,
        effect: watch::Sender<Effect>,
    ) -> Self {
        Self {
            effect: effect.subscribe(),
            seat: Arc::new(Seat {
                board,
                id,
                run_id,
                connection,
                effect,
            }),
        }
    }

    /// What is wrong now. What is over by its time is not.
    pub fn effect(&mut self) -> Effect {
        match *self.effect.borrow_and_update() {
            Effect::Hang(Some(until)) | Effect::Shaped(_, Some(until))
                if until <= Instant::now() =>
            {
                Effect::Flow
            }
            effect => effect,
        }
    }

    /// Waits until something else may be wrong than [`effect`](Self::effect) last told.
    pub async fn changed(&mut self) {
        // Cannot fail: the seat keeps the sender until this is dropped.
        let _ = self.effect.changed().await;
    }

    /// The run whose stream this is; `None` for the global one.
    pub(super) fn run_id(&self) -> Option<&RunId> {
        self.seat.run_id.as_ref()
    }

    /// What happens once has happened, unless something else is wrong by now.
    pub(super) fn done(&self, effect: Effect) {
        self.seat
            .effect
            .send_if_modified(|now| *now == effect && now.settle());
    }

    /// From now on the stream is one that was cut.
    pub(super) fn cut(&self, clean: bool) {
        self.seat.effect.send_replace(Effect::Cut { clean });
    }

    /// Resets the stream's connection.
    pub(super) fn reset(&self) {
        self.seat.connection.reset(RESET);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.board.lock().forget(self.id);
    }
}
