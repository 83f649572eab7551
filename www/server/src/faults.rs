//! What a test asked to go wrong, and for which streams.
//!
//! A fault *fires*: on all matching live streams at once, which counts as one
//! firing, or on one that opens later. It is used up after `times` firings or
//! `for_ms`, whichever comes first; with neither given it fires once. So a single
//! `cut` or `hang` that meets no live stream waits for the next one: a test
//! need not know whether its client is connected at that moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::run::RunId;

/// The body of `POST /faults`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultRequest {
    /// Streams end in mid-chunk, a transport error; cleanly with `clean`.
    Cut {
        /// Only this run's streams.
        run_id: Option<String>,
        /// How many firings.
        times: Option<u32>,
        /// For how long.
        for_ms: Option<u64>,
        /// End as if the server had nothing more to say.
        #[serde(default)]
        clean: bool,
    },
    /// Streams stay open and say nothing, not even heartbeats. Those hung without `for_ms` stay so until cleared.
    Hang {
        /// Only this run's streams.
        run_id: Option<String>,
        /// How many firings.
        times: Option<u32>,
        /// For how long; then hung streams go on.
        for_ms: Option<u64>,
    },
    /// Stream requests are answered by a status instead.
    Status {
        /// Only this run's streams.
        run_id: Option<String>,
        /// How many firings.
        times: Option<u32>,
        /// For how long.
        for_ms: Option<u64>,
        /// The status; default 503.
        status: Option<u16>,
        /// The header `Retry-After`.
        retry_after: Option<RetryAfter>,
    },
    /// The process starts again without any clean-up, as after a crash.
    Restart {
        /// How long it stays down before it listens again.
        for_ms: Option<u64>,
    },
}

/// `Retry-After` in either of its forms (RFC 9110, 10.2.3). The text is sent as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// Seconds.
    Seconds(u64),
    /// A date, or whatever a test wants a client to see.
    Text(String),
}

/// A fault that cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Nothing that a stream request could be answered with.
    #[error("status: {0} is no final status; 200 to 599")]
    Status(u16),
    /// Not a header value.
    #[error("retry_after: {0:?} is no header value")]
    RetryAfter(String),
    /// It would never fire.
    #[error("times: at least 1")]
    Never,
}

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

/// What a stream request is answered by a `status` fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// The status.
    pub status: StatusCode,
    /// `Retry-After`.
    pub retry_after: Option<HeaderValue>,
}

/// A fault as `GET /faults` lists it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub id: u64,
    /// `cut`, `hang` or `status`.
    pub kind: &'static str,
    /// The run it is for; `null` for all.
    pub run_id: Option<RunId>,
    /// Firings left; `null` when only time ends it.
    pub times_left: Option<u32>,
    /// Milliseconds left; `null` when only firings end it.
    pub for_ms_left: Option<u64>,
    /// How often it fired.
    pub fired: u32,
    /// The streams it fired on.
    pub streams: usize,
}

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

#[derive(Debug, Default)]
struct Board {
    next: u64,
    armed: Vec<Fault>,
    live: HashMap<u64, Live>,
}

#[derive(Debug)]
struct Live {
    run_id: Option<RunId>,
    effect: watch::Sender<Effect>,
}

#[derive(Debug)]
struct Fault {
    id: u64,
    what: What,
    run_id: Option<RunId>,
    times_left: Option<u32>,
    until: Option<Instant>,
    fired: u32,
    streams: usize,
}

#[derive(Clone, Debug)]
enum What {
    Cut { clean: bool },
    Hang,
    Status(StatusAnswer),
}

impl Fault {
    /// Whether it is for that run; `None` is the stream of all runs.
    fn matches(&self, run_id: Option<&RunId>) -> bool {
        self.run_id.as_ref().is_none_or(|own| Some(own) == run_id)
    }

    fn in_force(&self, now: Instant) -> bool {
        self.times_left != Some(0) && self.until.is_none_or(|until| now < until)
    }

    fn fire(&mut self, streams: usize) {
        self.times_left = self.times_left.map(|left| left.saturating_sub(1));
        self.fired += 1;
        self.streams += streams;
    }

    fn effect(&self) -> Option<Effect> {
        match self.what {
            What::Cut { clean } => Some(Effect::Cut { clean }),
            What::Hang => Some(Effect::Hang(self.until)),
            What::Status(_) => None,
        }
    }

    fn listed(&self, now: Instant) -> Listed {
        Listed {
            id: self.id,
            kind: match self.what {
                What::Cut { .. } => "cut",
                What::Hang => "hang",
                What::Status(_) => "status",
            },
            run_id: self.run_id.clone(),
            times_left: self.times_left,
            for_ms_left: self.until.map(|until| {
                u64::try_from(until.saturating_duration_since(now).as_millis()).unwrap_or(u64::MAX)
            }),
            fired: self.fired,
            streams: self.streams,
        }
    }
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
        let sender = watch::Sender::new(effect);
        let effect = sender.subscribe();
        board.live.insert(
            id,
            Live {
                run_id: run_id.cloned(),
                effect: sender,
            },
        );
        FaultWatch {
            faults: self.clone(),
            id,
            effect,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn status_answer(
    status: Option<u16>,
    retry_after: Option<RetryAfter>,
) -> Result<StatusAnswer, FaultError> {
    let number = status.unwrap_or(503);
    let status = StatusCode::from_u16(number)
        .ok()
        .filter(|_| (200..=599).contains(&number))
        .ok_or(FaultError::Status(number))?;
    let retry_after = match retry_after {
        None => None,
        Some(RetryAfter::Seconds(seconds)) => Some(HeaderValue::from(seconds)),
        Some(RetryAfter::Text(text)) => {
            Some(HeaderValue::from_str(&text).map_err(|_| FaultError::RetryAfter(text))?)
        }
    };
    Ok(StatusAnswer {
        status,
        retry_after,
    })
}

/// A live stream's view of the faults. Dropping it takes the stream off the board.
#[derive(Debug)]
pub struct FaultWatch {
    faults: Faults,
    id: u64,
    effect: watch::Receiver<Effect>,
}

impl FaultWatch {
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
        self.faults.lock().live.remove(&self.id);
    }
}

#[cfg(test)]
mod tests;
