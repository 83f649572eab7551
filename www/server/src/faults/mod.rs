//! What a test asked to go wrong, and for which streams.
//!
//! A fault *fires*: on all matching live streams at once, which counts as one
//! firing, or on one that opens later. It is used up after `times` firings or
//! `for_ms`, whichever comes first; with neither given it fires once. So a single
//! `cut` or `hang` that meets no live stream waits for the next one: a test
//! need not know whether its client is connected at that moment.

mod board;
mod request;
mod store;
mod watch;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::run::RunId;

pub use self::board::Listed;
use self::board::{Board, Fault, Live, What};
use self::request::status_answer;
pub use self::request::{FaultError, FaultRequest, RetryAfter, StatusAnswer};
use self::store::store_error;
pub use self::watch::{Effect, FaultWatch};

/// What became of a request for a fault.
#[derive(Debug)]
pub enum Posted {
    /// It is in force, or was.
    Fault(Listed),
    /// The process is about to start again.
    Restart,
}

/// The order to start again, for whoever owns the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// How long to stay down.
    pub down: Duration,
}

/// All faults in force, and the live streams they can hit. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Faults {
    board: Arc<Mutex<Board>>,
    restart: mpsc::Sender<Restart>,
}

impl Faults {
    /// No faults yet. Orders to restart go to the receiver.
    pub fn new() -> (Self, mpsc::Receiver<Restart>) {
        let (restart, orders) = mpsc::channel(1);
        (
            Self {
                board: Arc::default(),
                restart,
            },
            orders,
        )
    }

    /// Puts a fault in force, and fires it where it can at once.
    ///
    /// # Errors
    /// When a value of the request makes no sense.
    pub fn post(&self, request: FaultRequest) -> Result<Posted, FaultError> {
        let (what, run_id, times, for_ms) = match request {
            FaultRequest::Restart { for_ms } => {
                // Full means that a restart is under way already.
                let _ = self.restart.try_send(Restart {
                    down: Duration::from_millis(for_ms.unwrap_or(0)),
                });
                return Ok(Posted::Restart);
            }
            FaultRequest::Cut {
                run_id,
                times,
                for_ms,
                clean,
            } => (What::Cut { clean }, run_id, times, for_ms),
            FaultRequest::Hang {
                run_id,
                times,
                for_ms,
            } => (What::Hang, run_id, times, for_ms),
            FaultRequest::Status {
                run_id,
                times,
                for_ms,
                status,
                retry_after,
            } => (
                What::Status(status_answer(status, retry_after)?),
                run_id,
                times,
                for_ms,
            ),
            FaultRequest::Store {
                run_id,
                times,
                for_ms,
                each_client: _,
                retryable,
                code,
            } => (
                What::Store(store_error(code, retryable)),
                run_id,
                times,
                for_ms,
            ),
        };
        if times == Some(0) {
            return Err(FaultError::Never);
        }
        let now = Instant::now();
        let mut board = self.lock();
        board.next += 1;
        let mut fault = Fault {
            id: board.next,
            what,
            run_id: run_id.map(RunId::from),
            times_left: times.or(if for_ms.is_none() { Some(1) } else { None }),
            // A time too far to be counted is none.
            until: for_ms.and_then(|ms| now.checked_add(Duration::from_millis(ms))),
            fired: 0,
            streams: 0,
        };
        if let Some(effect) = fault.effect() {
            let mut hit = 0;
            for live in board
                .live
                .values()
                .filter(|live| fault.matches(live.run_id.as_ref()))
            {
                live.effect.send_replace(effect);
                hit += 1;
            }
            if hit > 0 {
                fault.fire(hit);
            }
        }
        let listed = fault.listed(now);
        board.armed.push(fault);
        board.armed.retain(|fault| fault.in_force(now));
        Ok(Posted::Fault(listed))
    }

    /// The faults that can still fire.
    pub fn list(&self) -> Vec<Listed> {
        let now = Instant::now();
        let mut board = self.lock();
        board.armed.retain(|fault| fault.in_force(now));
        board.armed.iter().map(|fault| fault.listed(now)).collect()
    }

    /// Ends all faults; hung streams go on. Answers how many could still fire.
    pub fn clear(&self) -> usize {
        let now = Instant::now();
        let mut board = self.lock();
        for live in board.live.values() {
            live.effect.send_if_modified(|effect| {
                let hung = matches!(effect, Effect::Hang(_));
                if hung {
                    *effect = Effect::Flow;
                }
                hung
            });
        }
        std::mem::take(&mut board.armed)
            .iter()
            .filter(|fault| fault.in_force(now))
            .count()
    }

    /// What a `status` fault answers this request, if one does.
    pub fn answer(&self, run_id: Option<&RunId>) -> Option<StatusAnswer> {
        let now = Instant::now();
        self.lock()
            .armed
            .iter_mut()
            .find_map(|fault| match &fault.what {
                What::Status(answer) if fault.matches(run_id) && fault.in_force(now) => {
                    let answer = answer.clone();
                    fault.fire(0);
                    Some(answer)
                }
                _ => None,
            })
    }

    /// Registers a stream that opens, so that faults reach it.
    pub fn open(&self, run_id: Option<&RunId>) -> FaultWatch {
        let now = Instant::now();
        let mut board = self.lock();
        board.next += 1;
        let id = board.next;
        let effect = board
            .armed
            .iter_mut()
            .find(|fault| fault.matches(run_id) && fault.in_force(now) && fault.effect().is_some())
            .and_then(|fault| {
                fault.fire(1);
                fault.effect()
            })
            .unwrap_or(Effect::Flow);
        let sender = tokio::sync::watch::Sender::new(effect);
        let effect = sender.subscribe();
        board.live.insert(
            id,
            Live {
                run_id: run_id.cloned(),
                effect: sender,
            },
        );
        FaultWatch::new(self.clone(), id, effect)
    }

    fn forget(&self, id: u64) {
        self.lock().live.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
