//! The give-up clock: how long there has been no stream.

use super::time::Millis;

/// Runs while no stream is open and the source is not paused. Reading it is
/// left to the moment an attempt fails.
#[derive(Debug, Clone, Default)]
pub(crate) struct GiveUpClock {
    elapsed: Millis,
    since: Option<Millis>,
    /// What had elapsed when the present attempt began.
    before_attempt: Millis,
}

impl GiveUpClock {
    pub(crate) fn start(&mut self, now: Millis) {
        self.since.get_or_insert(now);
    }

    /// Stops the clock. Of the time since it was started or last stopped at
    /// most `most` counts: what a timer overslept was the machine's sleep or
    /// a throttled tab, not the server's silence.
    pub(crate) fn stop(&mut self, now: Millis, most: Millis) {
        if let Some(since) = self.since.take() {
            self.elapsed += now.saturating_sub(since).min(most);
        }
    }

    /// Counts the time so far, at most `most` of it, and runs on if it ran.
    pub(crate) fn lap(&mut self, now: Millis, most: Millis) {
        if self.since.is_some() {
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
        self.since = Some(now);
    }

    /// Back to nothing; a running clock goes on running.
    pub(crate) fn zero(&mut self, now: Millis) {
        self.elapsed = 0;
        if let Some(since) = &mut self.since {
            *since = now;
        }
    }

    pub(crate) fn read(&self, now: Millis) -> Millis {
        let running = self.since.map_or(0, |since| now.saturating_sub(since));
        self.elapsed + (running)
    }
}
