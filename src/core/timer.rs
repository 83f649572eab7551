//! The timers of a connection: which there are, and which is next.

use super::config::FOREVER;
use super::time::Millis;

/// What a connection waits for. Each has at most one deadline. Where several
/// are due at once they go off in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Timer {
    /// The stream has been open for long enough to count as stable.
    Stable,
    /// Activity without news has lasted long enough to count as a stall.
    Stall,
    /// The wait before the next attempt is over.
    Retry,
    /// Response headers take too long.
    Connect,
    /// The stream has been silent for too long.
    Idle,
    /// A failure has stood long enough to be one: the page is not leaving.
    Settle,
    /// A source that was born complete says so, from a task of its own.
    Announce,
}

impl Timer {
    pub(crate) const ALL: [Timer; 7] = [
        Timer::Stable,
        Timer::Stall,
        Timer::Retry,
        Timer::Connect,
        Timer::Idle,
        Timer::Settle,
        Timer::Announce,
    ];
}

/// The deadlines; [`FOREVER`] for a timer that is not set.
#[derive(Debug, Clone)]
pub(crate) struct Timers([Millis; Timer::ALL.len()]);

impl Default for Timers {
    fn default() -> Self {
        Self([FOREVER; Timer::ALL.len()])
    }
}

impl Timers {
    /// [`FOREVER`] or later stops the timer.
    pub(crate) fn set(&mut self, timer: Timer, at: Millis) {
        self.0[timer as usize] = at;
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.set(timer, FOREVER);
    }

    pub(crate) fn is_due(&self, timer: Timer, now: Millis) -> bool {
        self.0[timer as usize] <= now
    }

    pub(crate) fn next(&self) -> Option<Millis> {
        let next = self.0.iter().fold(FOREVER, |least, &at| least.min(at));
        (next < FOREVER).then_some(next)
    }

    /// Stops the timer if it is due, and gives its deadline.
    pub(crate) fn take_due(&mut self, timer: Timer, now: Millis) -> Option<Millis> {
        let at = self.0[timer as usize];
        (at <= now).then(|| {
            self.stop(timer);
            at
        })
    }
}
