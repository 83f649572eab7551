//! "Only heartbeats arrive": activity without news (the option `stallAfter`).

use super::config::FOREVER;
use super::time::Millis;

/// Adds up the time that a stream was open since the last news. Time without
/// a stream is an outage, which the state tells; it is no stall.
#[derive(Debug, Clone)]
pub(crate) struct Stall {
    /// The option; 0 is off.
    after: Millis,
    quiet: Millis,
    /// [`FOREVER`] while no stream is open.
    open_since: Millis,
    activity: bool,
    stalled: bool,
}

impl Stall {
    pub(crate) fn new(after: Millis) -> Self {
        Self {
            after,
            quiet: 0,
            open_since: FOREVER,
            activity: false,
            stalled: false,
        }
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled
    }

    pub(crate) fn opened(&mut self, now: Millis) {
        self.open_since = now;
    }

    pub(crate) fn ended(&mut self, now: Millis) {
        self.quiet = self.quiet_time(now);
        self.open_since = FOREVER;
    }

    /// Something other than news arrived. True when the flag was set by it.
    pub(crate) fn activity(&mut self, now: Millis) -> bool {
        self.activity = true;
        self.check(now)
    }

    /// News arrived. True when the flag was cleared by it.
    pub(crate) fn news(&mut self, now: Millis) -> bool {
        self.quiet = 0;
        self.activity = false;
        self.open_since = now;
        std::mem::take(&mut self.stalled)
    }

    /// True when the flag was set by the passing of time.
    pub(crate) fn check(&mut self, now: Millis) -> bool {
        let set =
            self.after > 0 && !self.stalled && self.activity && self.quiet_time(now) >= self.after;
        self.stalled |= set;
        set
    }

    /// When to check next; [`FOREVER`] or later for never.
    pub(crate) fn deadline(&self) -> Millis {
        if self.after == 0 || self.stalled {
            return FOREVER;
        }
        self.open_since + self.after.saturating_sub(self.quiet)
    }

    fn quiet_time(&self, now: Millis) -> Millis {
        self.quiet + now.saturating_sub(self.open_since)
    }
}
