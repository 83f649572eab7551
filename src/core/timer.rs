//! The timers of a connection: which there are, and which is next.

use super::time::Millis;

/// What a connection waits for. Each has at most one deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Timer {
    /// The wait before the next attempt is over.
    Retry,
    /// Response headers take too long.
    Connect,
    /// The stream has been silent for too long.
    Idle,
    /// The stream has been open for long enough to count as stable.
    Stable,
    /// Activity without news has lasted long enough to count as a stall.
    Stall,
    /// A failure has stood long enough to be one: the page is not leaving.
    Settle,
    /// A source that was born complete says so, from a task of its own.
    Announce,
}

impl Timer {
    const ALL: [Timer; 7] = [
        Timer::Retry,
        Timer::Connect,
        Timer::Idle,
        Timer::Stable,
        Timer::Stall,
        Timer::Settle,
        Timer::Announce,
    ];
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Timers([Option<Millis>; Timer::ALL.len()]);

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Option<Millis>) {
        self.0[timer as usize] = at;
    }

    /// Sets the timer to go off after `delay`, never where that is for ever.
    pub(crate) fn set_in(&mut self, timer: Timer, delay: Millis, now: Millis) {
        self.set(timer, now.checked_add(delay));
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.set(timer, None);
    }

    pub(crate) fn stop_all(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn is_due(&self, timer: Timer, now: Millis) -> bool {
        self.0[timer as usize].is_some_and(|at| at <= now)
    }

    pub(crate) fn next(&self) -> Option<Millis> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes the earliest timer that is due, with its deadline.
    pub(crate) fn take_due(&mut self, now: Millis) -> Option<(Timer, Millis)> {
        let (at, timer) = Timer::ALL
            .iter()
            .filter_map(|&timer| Some((self.0[timer as usize]?, timer)))
            .filter(|&(at, _)| at <= now)
            .min_by_key(|&(at, _)| at)?;
        self.stop(timer);
        Some((timer, at))
    }
}
