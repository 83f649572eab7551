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

/// The current phase, shared by everything that must know it.
#[derive(Clone, Debug)]
pub struct Lifecycle(watch::Sender<Phase>);

impl Default for Lifecycle {
    fn default() -> Self {
        Self(watch::Sender::new(Phase::Starting))
    }
}

impl Lifecycle {
    /// The phase now.
    pub fn phase(&self) -> Phase {
        *self.0.borrow()
    }

    /// Goes on to `phase`; going back is ignored, so that a slow start cannot undo a stop.
    pub fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|now| {
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
            .0
            .subscribe()
            .wait_for(|phase| *phase == Phase::Stopping)
            .await;
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
