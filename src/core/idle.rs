//! The idle watchdog: how long an open stream may be silent.
//!
//! It decides the time; the connection keeps the timer.

use super::config::FOREVER;
use super::time::Millis;

/// Beats nearer than this to the last one say nothing about the server's rhythm.
const MIN_GAP: Millis = 1_000;
/// A server's rhythm is trusted up to this factor.
const PATIENCE: (Millis, Millis) = (5, 2);
/// The shortest timeout that the rule `auto` takes: three beats of the common
/// 15 s heartbeat.
const AUTO_FLOOR: Millis = 45_000;
/// The timeout of a stream that came through a sleep or a freeze: half-open
/// connections are born there.
const AFTER_SLEEP: Millis = 60_000;
/// A timer this late means that bytes may be queued behind it.
const LATE: Millis = 50;
/// How long those bytes get to arrive.
const GRACE: Millis = 1_000;

#[derive(Debug, Clone)]
pub(crate) struct Watchdog {
    /// The option: `None` is `auto`, 0 is off.
    fixed: Option<Millis>,
    /// The last three gaps between beats, the newest last.
    gaps: [Millis; 3],
    doublings: u32,
    last_beat: Millis,
    last_activity: Millis,
    once: bool,
    /// Until when what may be queued behind a late timer is waited for;
    /// [`FOREVER`] where none was late.
    grace: Millis,
}

impl Watchdog {
    pub(crate) fn new(fixed: Option<Millis>) -> Self {
        Self {
            fixed,
            gaps: [0; 3],
            doublings: 0,
            last_beat: 0,
            last_activity: 0,
            once: false,
            grace: FOREVER,
        }
    }

    /// A stream opened. What was learnt of the server's rhythm stays.
    pub(crate) fn opened(&mut self, now: Millis) {
        self.last_beat = now;
        self.last_activity = now;
        self.once = false;
        self.grace = FOREVER;
    }

    /// Bytes arrived; `beat` when there was a comment or a heartbeat among them.
    pub(crate) fn activity(&mut self, now: Millis, beat: bool) {
        let silence = now.saturating_sub(self.last_activity);
        if self.doublings > 0 && silence > self.auto_timeout() {
            // The doubling was right: this server may be silent so long and
            // live. What it showed becomes the rhythm.
            self.doublings = 0;
            self.learn(silence);
        }
        self.last_activity = now;
        self.once = false;
        self.grace = FOREVER;
        let gap = now.saturating_sub(self.last_beat);
        if beat && gap >= MIN_GAP {
            self.last_beat = now;
            self.learn(gap);
        }
    }

    /// The page is through with a batch: from here on silence is the server's.
    pub(crate) fn drained(&mut self, now: Millis) {
        self.last_activity = now;
    }

    /// The machine slept or the page was frozen.
    pub(crate) fn slept(&mut self, now: Millis) {
        if self.timeout() == FOREVER && self.fixed != Some(0) {
            self.once = true;
            self.last_activity = now;
        }
    }

    /// When the silence will have lasted too long; [`FOREVER`] or later for
    /// never.
    pub(crate) fn deadline(&self) -> Millis {
        if self.grace < FOREVER {
            return self.grace;
        }
        let timeout = if self.once {
            AFTER_SLEEP
        } else {
            self.timeout()
        };
        self.last_activity + timeout
    }

    /// The timer that was set for `due` fired: whether that proves the stream
    /// dead, or else the deadline is a new one.
    pub(crate) fn is_dead(&mut self, due: Millis, now: Millis) -> bool {
        if self.grace == FOREVER && now.saturating_sub(due) > LATE {
            self.grace = now + GRACE;
            return false;
        }
        if self.fixed.is_none() && self.timeout() < FOREVER {
            self.doublings += 1;
        }
        true
    }

    fn learn(&mut self, gap: Millis) {
        let [_, second, third] = self.gaps;
        self.gaps = [second, third, gap];
    }

    /// How long a silence may be; [`FOREVER`] without a limit.
    fn timeout(&self) -> Millis {
        match self.fixed {
            Some(0) => FOREVER,
            Some(fixed) => fixed,
            None => self.auto_timeout() << self.doublings.min(16),
        }
    }

    /// The undoubled time of the rule `auto`; [`FOREVER`] until three gaps were seen.
    fn auto_timeout(&self) -> Millis {
        let [first, second, third] = self.gaps;
        if first == 0 {
            return FOREVER;
        }
        let largest = first.max(second).max(third);
        (largest * PATIENCE.0 / PATIENCE.1).max(AUTO_FLOOR)
    }
}
