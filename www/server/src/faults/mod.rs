//! What a test asked to go wrong, and for which streams.
//!
//! A fault *fires*: on all matching live streams at once, which counts as one
//! firing, or on one that opens later. It is used up after `times` firings or
//! `for_ms`, whichever comes first; with neither given it fires once. So a single
//! `cut` or `hang` that meets no live stream waits for the next one: a test
//! need not know whether its client is connected at that moment. With `each_client`
//! the firings are counted for each client name (`?client=` of its requests) separately,
//! so that two clients on one page meet the same.
//!
//! | kind | fields and defaults | what a client sees |
//! | --- | --- | --- |
//! | `cut` | `clean` false | The body breaks off in mid-chunk: a network error. With `clean` it ends as HTTP says. |
//! | `reset` | | A TCP reset instead of an end: a network error, also where the client was not reading. |
//! | `hang` | | An open stream that is silent, without heartbeats. One that opens is hung before its greeting. |
//! | `status` | `status` 503, `retry_after` none | That status and an empty body instead of a stream. |
//! | `delay` | `delay_ms` 1000 | The response's headers come that much later. Whatever else is wrong comes after it. |
//! | `slow_bytes` | `bytes` 16, `interval_ms` 100 | A slice of so many bytes, each a chunk, every so often. |
//! | `single_bytes` | | Each byte is a chunk and a write of its own, as fast as they go. |
//! | `oversized_event` | `bytes` 20971520 | One `log` event without an id whose data is so long, between two others, or after the greeting. |
//! | `content_type` | `content_type` `text/html` | 200 with that type and a line of that sort. |
//! | `comments_only` | `interval_ms` 1000 | An open stream with a comment at once and every so often, nothing else. What was withheld comes when it is over. |
//! | `truncated_event` | `clean` true | The next event, greeting and heartbeats aside, stops in the middle of its data, without its blank line; then the body ends, or breaks off. |
//! | `wrong_ids` | `mode` `shifted` | Events whose id is 1000 too high; `missing`: without one; `constant`: 1. Their data is right. |
//! | `store` | `retryable` true, `code` `store_unavailable` | Operations of the store fail, each a firing. A run's stream and the global one get an `error` event, once per outage; after one that is not retryable the run's stream ends. What needs the store is 503, or 500. |
//! | `restart` | `for_ms` 0 | The process dies and is back after so long: a lost connection, then refused ones. |
//!
//! `run_id`, `times`, `for_ms` and `each_client` go with every kind but `restart`; [`Scope`] has
//! their defaults. `status`, `delay` and `content_type` strike requests, all others streams. On a stream the newest fault
//! counts: it replaces the one before, unless that was a cut, which ends it. `slow_bytes`, `single_bytes`, `wrong_ids`, `comments_only` and `hang` last until `for_ms` is
//! over, without it for the stream's life; the others happen once to each stream that they strike. When the server stops, nothing is held back.

mod answer;
mod blocks;
mod board;
mod request;
mod shape;
mod store;
mod watch;
mod what;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::run::RunId;
use crate::socket::Connection;

pub use self::answer::{Answer, ContentType, StatusAnswer};
pub use self::board::{Listed, RESET};
use self::board::{Live, SharedBoard};
use self::request::Order;
pub use self::request::{FaultError, FaultRequest, Kind, RetryAfter, Scope};
pub use self::shape::shaped;
pub use self::watch::{CutByFault, FLUSH, FaultWatch};
use self::what::What;
pub use self::what::{Effect, Shape, WrongIds};

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

/// All faults in force, and the live streams they can strike. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Faults {
    board: SharedBoard,
    restart: mpsc::Sender<Restart>,
}

impl Faults {
    /// No faults yet. Orders to restart go to the receiver.
    pub fn new() -> (Self, mpsc::Receiver<Restart>) {
        let (restart, orders) = mpsc::channel(1);
        let board = SharedBoard::default();
        (Self { board, restart }, orders)
    }

    /// Puts a fault in force, and fires it where it can at once.
    ///
    /// # Errors
    /// When a value of the request makes no sense.
    pub fn post(&self, request: FaultRequest) -> Result<Posted, FaultError> {
        match request.into_order()? {
            Order::Restart { down } => {
                // Full means that a restart is under way already.
                let _ = self.restart.try_send(Restart { down });
                Ok(Posted::Restart)
            }
            Order::Fault { what, scope } => Ok(Posted::Fault(self.board.lock().post(what, scope))),
        }
    }

    /// The faults that can still fire.
    pub fn list(&self) -> Vec<Listed> {
        self.board.lock().list()
    }

    /// Ends all faults; streams that they struck go on as usual. Answers how many could still fire.
    pub fn clear(&self) -> usize {
        self.board.lock().clear()
    }

    /// What a fault answers a request for a stream, if one does, as late as another fault says.
    ///
    /// `run_id` is the run whose stream it is, `None` the global one; `client` what the client calls itself.
    pub async fn answer(&self, run_id: Option<&RunId>, client: Option<&str>) -> Option<Answer> {
        let late = self.board.lock().fire(run_id, client, |what| match what {
            What::Delay(late) => Some(*late),
            _ => None,
        });
        if let Some(late) = late {
            sleep(late).await;
        }
        self.board.lock().fire(run_id, client, |what| match what {
            What::Answer(answer) => Some(answer.clone()),
            _ => None,
        })
    }

    /// Registers a stream that opens over `connection`, so that faults reach it. `run_id` and `client`
    /// are those of [`answer`](Self::answer).
    pub fn open(
        &self,
        run_id: Option<&RunId>,
        client: Option<&str>,
        connection: &Connection,
    ) -> FaultWatch {
        let effect = tokio::sync::watch::Sender::new(Effect::Flow);
        let id = self.board.lock().open(Live {
            run_id: run_id.cloned(),
            client: client.map(str::to_owned),
            connection: connection.clone(),
            effect: effect.clone(),
        });
        FaultWatch::new(
            self.board.clone(),
            id,
            run_id.cloned(),
            connection.clone(),
            effect,
        )
    }
}

#[cfg(test)]
mod tests;
