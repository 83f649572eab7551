//! The body of an event stream, a run's or the one of all runs: greeting,
//! replay, live events, heartbeats, the store's troubles, end; and the faults
//! that were asked for.

mod record;

use std::convert::Infallible;

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until};
use tracing::{debug, warn};

use crate::config::Settings;
use crate::faults::{CutByFault, Effect, FLUSH, FaultWatch};
use crate::hub::{End, Found, Subscription, Trouble};
use crate::lifecycle::{Lifecycle, Phase};
use crate::run::event::{Numbered, envelope};
use crate::run::{EventKind, RunId};
use crate::sse;
pub use record::Record;

/// One open stream.
#[derive(Debug)]
pub struct EventStream {
    /// The run; `None` is the stream of all runs.
    pub run_id: Option<RunId>,
    /// Its events.
    pub events: Subscription,
    /// How many of them can be replayed.
    pub ring: usize,
    /// What goes wrong.
    pub faults: FaultWatch,
    /// What is told of it besides.
    pub entry: Record,
    /// Whether the server is stopping.
    pub lifecycle: Lifecycle,
    /// The server's settings.
    pub settings: Settings,
}

impl EventStream {
    /// The chunks of the body. Each is flushed before the next is asked for.
    pub fn into_body(self) -> impl Stream<Item = Result<Bytes, CutByFault>> + Send {
        let heartbeat = self.settings.heartbeat.map(|period| {
            let mut ticks = interval_at(Instant::now() + period, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        let body = Body {
            stream: self,
            heartbeat,
            greeted: false,
            troubled: false,
            last: None,
            over: false,
        };
        futures_util::stream::unfold(body, |mut body| async move {
            let chunk = body.next().await?;
            Some((chunk, body))
        })
    }
}

struct Body {
    stream: EventStream,
    heartbeat: Option<tokio::time::Interval>,
    greeted: bool,
    /// Whether the reconnection time is the one of troubles.
    troubled: bool,
    /// The newest event when the server began to stop.
    last: Option<u64>,
    over: bool,
}

impl Body {
    /// The next chunk; `None` is a clean end.
    async fn next(&mut self) -> Option<Result<Bytes, CutByFault>> {
        if self.over {
            return None;
        }
        loop {
            match self.stream.faults.effect() {
                Effect::Hang(until) => self.hang(until).await?,
                // A cut that waited for this stream lets it open first.
                Effect::Cut { .. } if !self.greeted => return Some(Ok(self.greet())),
                Effect::Cut { clean } => return self.cut(clean).await,
                _ if !self.greeted => return Some(Ok(self.greet())),
                _ if self.drained() => return self.end("server stopping"),
                _ => match self.stream.events.take(self.stream.settings.chunk) {
                    Found::Events(events) => return Some(Ok(self.numbered(&events))),
                    Found::Trouble(trouble) => return Some(Ok(self.trouble(&trouble))),
                    Found::End(End::Over(outcome)) => {
                        self.over = true;
                        self.stream.entry.end("run over");
                        let newest = self.stream.events.newest();
                        return Some(Ok(self.unnumbered(
                            EventKind::StreamEnd,
                            &json!({ "outcome": outcome, "last_event_id": newest }),
                        )));
                    }
                    Found::End(End::Abandoned) => return self.end("run abandoned"),
                    Found::Lagged { missed } => {
                        warn!(
                            run_id = self.stream.run_id.as_ref().map(RunId::as_str),
                            missed, "stream lagged; disconnected"
                        );
                        return self.end("lagged");
                    }
                    Found::Nothing => {
                        if let Some(chunk) = self.wait().await? {
                            return Some(Ok(chunk));
                        }
                    }
                },
            }
        }
    }

    /// Waits for a reason to look again, or for a heartbeat to send. `None`: the server stops.
    async fn wait(&mut self) -> Option<Option<Bytes>> {
        let Self {
            stream, heartbeat, ..
        } = self;
        let tick = async {
            match heartbeat {
                Some(ticks) => _ = ticks.tick().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stream.events.changed() => Some(None),
            () = stream.faults.changed() => Some(None),
            () = tick => {
                let newest = self.stream.events.newest();
                Some(Some(self.unnumbered(EventKind::Heartbeat, &json!({ "last_event_id": newest }))))
            }
            () = stream.lifecycle.stopping() => {
                self.end::<Infallible>("server stopping");
                None
            }
        }
    }

    /// Says nothing until the hang is over. `None`: the server stops.
    async fn hang(&mut self, until: Option<Instant>) -> Option<()> {
        let over = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = over => Some(()),
            () = self.stream.faults.changed() => Some(()),
            () = self.stream.lifecycle.stopping() => {
                self.end::<Infallible>("server stopping");
                None
            }
        }
    }

    async fn cut(&mut self, clean: bool) -> Option<Result<Bytes, CutByFault>> {
        debug!(
            run_id = self.stream.run_id.as_ref().map(RunId::as_str),
            clean, "stream cut by a fault"
        );
        if clean {
            return self.end("cut cleanly by a fault");
        }
        sleep(FLUSH).await;
        self.end::<Infallible>("cut by a fault");
        Some(Err(CutByFault))
    }

    /// A clean end: what the client sees as the server closing the stream.
    fn end<T>(&mut self, why: &'static str) -> Option<T> {
        self.over = true;
        self.stream.entry.end(why);
        None
    }

    /// The reconnection time and the greeting, which has no id and so moves nothing.
    fn greet(&mut self) -> Bytes {
        self.greeted = true;
        let Self { stream, .. } = self;
        let mut chunk = BytesMut::new();
        sse::write_retry(&mut chunk, stream.settings.retry);
        let data = json!({
            "resumed_from": stream.events.resumed_from(),
            "last_event_id": stream.events.newest(),
            "buffer": stream.ring,
            "heartbeat_ms": stream.settings.heartbeat.map_or(0, |period| period.as_millis()),
        });
        chunk.extend_from_slice(&self.unnumbered(EventKind::Connected, &data));
        chunk.freeze()
    }

    /// Whether the server stops, and all that was announced before is sent. A run that just ends
    /// may still say so.
    fn drained(&mut self) -> bool {
        if self.stream.lifecycle.phase() != Phase::Stopping {
            return false;
        }
        let newest = self.stream.events.newest();
        let last = *self.last.get_or_insert(newest);
        let cursor = self.stream.events.cursor();
        cursor >= last && cursor < newest
    }

    fn numbered(&mut self, events: &[Numbered]) -> Bytes {
        let mut chunk = BytesMut::new();
        if std::mem::take(&mut self.troubled) {
            sse::write_retry(&mut chunk, self.stream.settings.retry);
        }
        for Numbered { id, event } in events {
            sse::write_event(&mut chunk, Some(*id), event.kind.name(), &event.json);
        }
        self.stream.entry.sent(events.len());
        chunk.freeze()
    }

    /// An `error` event. It has no id, so a client resumes where it was.
    fn trouble(&mut self, trouble: &Trouble) -> Bytes {
        self.troubled = true;
        let mut chunk = BytesMut::new();
        sse::write_retry_line(&mut chunk, self.stream.settings.error_retry);
        let data = json!({
            "code": trouble.code,
            "message": trouble.message,
            "retryable": trouble.retryable,
        });
        let kind = EventKind::Error;
        let json = envelope(Some(&trouble.run_id), kind, &data);
        sse::write_event(&mut chunk, None, kind.name(), &json);
        chunk.freeze()
    }

    fn unnumbered(&self, kind: EventKind, data: &serde_json::Value) -> Bytes {
        let mut chunk = BytesMut::new();
        sse::write_event(
            &mut chunk,
            None,
            kind.name(),
            &envelope(self.stream.run_id.as_ref(), kind, data),
        );
        chunk.freeze()
    }
}

#[cfg(test)]
mod tests;
