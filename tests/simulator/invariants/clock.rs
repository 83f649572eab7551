//! The give-up clock, kept twice over: what surely
//! counts, and what may count. How long an attempt may take is the core's own
//! guess, so the books leave room for it.

use resilient_eventsource::core::{Config, Millis};

/// The least that the core's guess at `connectTimeout` comes to.
const SHORTEST_GUESS: Millis = 20_000;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Attempt,
    /// The attempt is over, and what that means is not decided.
    Ending,
    /// Of a wait, only what was planned counts.
    Waiting(Millis),
    /// How long a platform's own source may take by itself is the core's guess.
    Left,
    Open,
    Rest,
}

#[derive(Debug)]
pub(super) struct GiveUp {
    limit: Millis,
    longest: Millis,
    mode: Mode,
    frozen: bool,
    seen: Millis,
    attempt: Millis,
    counted: (Millis, Millis),
    surely: Millis,
    maybe: Millis,
}

impl GiveUp {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            limit: config.give_up_after,
            longest: config.connect_timeout.unwrap_or(SHORTEST_GUESS),
            mode: Mode::Rest,
            frozen: false,
            seen: 0,
            attempt: 0,
            counted: (0, 0),
            surely: 0,
            maybe: 0,
        }
    }

    /// Time went on until `now`.
    pub(super) fn passes(&mut self, now: Millis) {
        let passed = now - std::mem::replace(&mut self.seen, now).min(now);
        if self.frozen {
            return;
        }
        match &mut self.mode {
            Mode::Attempt => self.attempt += passed,
            Mode::Ending => self.count(passed, passed),
            Mode::Waiting(left) => {
                let counts = passed.min(*left);
                *left -= counts;
                self.count(counts, counts);
            }
            Mode::Left => self.count(0, passed),
            Mode::Open | Mode::Rest => {}
        }
    }

    pub(super) fn frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    pub(super) fn attempt_begins(&mut self) {
        self.attempt = 0;
        self.mode = Mode::Attempt;
    }

    /// What looked like its end was only that of its first request.
    pub(super) fn attempt_goes_on(&mut self) {
        self.forget_attempt();
        self.attempt = self.counted.1;
        self.mode = Mode::Attempt;
    }

    pub(super) fn attempt_ended(&mut self) {
        self.leave_attempt();
        if self.mode == Mode::Attempt || self.mode == Mode::Open {
            self.mode = Mode::Ending;
        }
    }

    pub(super) fn opened(&mut self) {
        self.leave_attempt();
        self.mode = Mode::Open;
    }

    pub(super) fn waits(&mut self, delay: Millis, ordered: bool) {
        self.mode = if ordered {
            Mode::Rest
        } else {
            Mode::Waiting(delay)
        };
    }

    pub(super) fn left(&mut self) {
        self.mode = Mode::Left;
    }

    pub(super) fn rest(&mut self) {
        self.leave_attempt();
        self.mode = Mode::Rest;
    }

    pub(super) fn zero(&mut self) {
        (self.surely, self.maybe, self.attempt) = (0, 0, 0);
        self.counted = (0, 0);
    }

    /// The attempt was ended by a timeout that was a guess: it does not count.
    pub(super) fn forget_attempt(&mut self) {
        self.surely = self.surely.saturating_sub(self.counted.0);
        self.maybe = self.maybe.saturating_sub(self.counted.1);
    }

    /// Nobody told why the attempt ended: perhaps it does not count.
    pub(super) fn doubt_attempt(&mut self) {
        self.surely = self.surely.saturating_sub(self.counted.0);
    }

    pub(super) fn is_surely_over(&self) -> bool {
        self.surely >= self.limit
    }

    pub(super) fn may_be_over(&self) -> bool {
        self.maybe >= self.limit
    }

    fn leave_attempt(&mut self) {
        if self.mode == Mode::Attempt {
            self.counted = (self.attempt.min(self.longest), self.attempt);
            self.count(self.counted.0, self.counted.1);
            self.attempt = 0;
            self.mode = Mode::Ending;
        }
    }

    fn count(&mut self, surely: Millis, maybe: Millis) {
        self.surely = self.surely.saturating_add(surely);
        self.maybe = self.maybe.saturating_add(maybe);
    }
}
