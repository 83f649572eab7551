//! "Only heartbeats arrive": activity without news (the option `stallAfter`).

use super::time::Millis;

/// Adds up the time that a stream was open since the last news. Time without
/// a stream is an outage, which the state tells; it is no stall.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stall {
    /// The option; 0 is off.
    after: Millis,
    quiet: Millis,
    open_since: Option<Millis>,
    activity: bool,
    stalled: bool,
}

impl Stall {
    pub(crate) fn new(after: Millis) -> Self {
        Self {
            after,
            ..Self::default()
        }
    }

    pub(crate) fn is_stalled(&self) -> bool {
        self.stalled
    }

    pub(crate) fn opened(&mut self, now: Millis) {
        self.open_since = Some(now);
    }

    pub(crate) fn ended(&mut self, now: Millis) {
        self.quiet = self.quiet_time(now);
        self.open_since = None;
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
        if let Some(since) = &mut self.open_since {
            *since = now;
        }
        std::mem::take(&mut self.stalled)
    }

    /// True when the flag was set by the passing of time.
    pub(crate) fn check(&mut self, now: Millis) -> bool {
        let set =
            self.after > 0 && !self.stalled && self.activity && self.quiet_time(now) >= self.after;
        self.stalled |= set;
        set
    }

    /// When to check next.
    pub(crate) fn deadline(&self) -> Option<Millis> {
        let since = self.open_since?;
        (self.after > 0 && !self.stalled).then(|| since + (self.after.saturating_sub(self.quiet)))
    }

    fn quiet_time(&self, now: Millis) -> Millis {
        let open = self.open_since.map_or(0, |since| now.saturating_sub(since));
        self.quiet + (open)
    }
}
