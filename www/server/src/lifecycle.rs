//! Whether the server is starting, ready or stopping: what `/health` answers
//! and what open streams watch.

use tokio::sync::watch;

/// A phase of the server's life. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The socket accepts, the store is being read.
    Starting,
    /// Requests are served.
    Ready,
    /// Streams are ending; no new work is taken.
    Stopping,
}

/// The current phase and the streams that are open, shared by everything that must know.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    phase: watch::Sender<Phase>,
    streams: watch::Sender<usize>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Starting),
            streams: watch::Sender::new(0),
        }
    }
}

/// An open stream, for as long as this lives.
#[derive(Debug)]
#[must_use = "dropping it says that the stream is closed"]
pub struct OpenStream(watch::Sender<usize>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

impl Lifecycle {
    /// The phase now.
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Goes on to `phase`; going back is ignored, so that a slow start cannot undo a stop.
    pub fn advance(&self, phase: Phase) {
        self.phase.send_if_modified(|now| {
            let forward = phase > *now;
            if forward {
                *now = phase;
            }
            forward
        });
    }

    /// Resolves once the server is stopping, at once when it already is.
    pub async fn stopping(&self) {
        // Cannot fail: `self` keeps the sender alive.
        let _ = self
            .phase
            .subscribe()
            .wait_for(|phase| *phase == Phase::Stopping)
            .await;
    }

    /// Counts a stream as open until what this answers is dropped.
    pub fn open_stream(&self) -> OpenStream {
        self.streams.send_modify(|open| *open += 1);
        OpenStream(self.streams.clone())
    }

    /// Resolves once no stream is open.
    pub async fn no_stream_open(&self) {
        let _ = self.streams.subscribe().wait_for(|open| *open == 0).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_during_the_start_is_not_undone_by_getting_ready() {
        let lifecycle = Lifecycle::default();
        lifecycle.advance(Phase::Stopping);
        lifecycle.advance(Phase::Ready);
        assert_eq!(lifecycle.phase(), Phase::Stopping);
    }
}
