//! The give-up clock: how long there has been no stream.

use super::config::FOREVER;
use super::time::Millis;

/// Runs while no stream is open and the source is not paused. Reading it is
/// left to the moment an attempt fails.
#[derive(Debug, Clone)]
pub(crate) struct GiveUpClock {
    elapsed: Millis,
    /// [`FOREVER`] while it stands still.
    since: Millis,
    /// What had elapsed when the present attempt began.
    before_attempt: Millis,
}

impl Default for GiveUpClock {
    fn default() -> Self {
        Self {
            elapsed: 0,
            since: FOREVER,
            before_attempt: 0,
        }
    }
}

impl GiveUpClock {
    pub(crate) fn start(&mut self, now: Millis) {
        self.since = self.since.min(now);
    }

    /// Starts the clock after a freeze, which does not count though the clock ran:
    /// a handler that hears of it may call `reconnect()`.
    pub(crate) fn resume(&mut self, now: Millis) {
        self.since = now;
    }

    /// Stops the clock. Of the time since it was started or last stopped at
    /// most `most` counts: what a timer overslept was the machine's sleep or
    /// a throttled tab, not the server's silence.
    pub(crate) fn stop(&mut self, now: Millis, most: Millis) {
        self.elapsed += now.saturating_sub(self.since).min(most);
        self.since = FOREVER;
    }

    /// Counts the time so far, at most `most` of it, and runs on if it ran.
    pub(crate) fn lap(&mut self, now: Millis, most: Millis) {
        if self.since < FOREVER {
            self.stop(now, most);
            self.start(now);
        }
    }

    /// An attempt begins; the wait before it counts for `most` at most.
    pub(crate) fn begin_attempt(&mut self, now: Millis, most: Millis) {
        self.stop(now, most);
        self.before_attempt = self.elapsed;
        self.start(now);
    }

    /// Forgets the time of the present attempt, a freeze within it or not.
    pub(crate) fn discard_attempt(&mut self, now: Millis) {
        self.elapsed = self.elapsed.min(self.before_attempt);
        self.since = now;
    }

    /// Back to nothing; a running clock goes on running.
    pub(crate) fn zero(&mut self, now: Millis) {
        self.elapsed = 0;
        if self.since < FOREVER {
            self.since = now;
        }
    }

    pub(crate) fn read(&self, now: Millis) -> Millis {
        self.elapsed + now.saturating_sub(self.since)
    }
}
