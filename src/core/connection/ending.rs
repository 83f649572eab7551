//! What becomes of a source when an attempt ends.

use super::{Connection, Ending, todo};
use crate::core::config::FOREVER;
use crate::core::io::{End, Judgement, RetryAfter, Token};
use crate::core::reason::Reason;
use crate::core::state::{Outcome, State};
use crate::core::time::{Millis, Now};
use crate::core::timer::Timer;
use crate::core::verdict::{self, Standing, Verdict};

/// A page that is leaving sees its streams fail before it hears `pagehide`.
/// Measured in Firefox and WebKit: without the wait every navigation fires an
/// `error`.
const SETTLE: Millis = 60;

/// A platform's own source that loses its stream more often is not left to
/// reconnect by itself: it knows no backoff.
const OWN_PACE: Millis = 2_000;

/// How often it may do so at once: a server that closes after each answer, with a `retry:` of its own, is asked
/// again as it wishes, by the header.
const OWN_BURST: Millis = 3;

/// The longest reconnection time that an engine has where the server names none: Firefox's.
const OWN_WAIT: Millis = 5_000;

impl Connection {
    /// The present attempt ended.
    pub(super) fn ended(&mut self, end: End, now: Now) {
        let was_open = self.life.stream.is_some();
        self.end_stream(now);
        // An attempt that took longer than it may was asleep.
        let longest = self.life.connect_timeout.get();
        self.life.clock.lap(now.mono, longest);
        if end.status.is_none() {
            // A response with a status of interest may still be read by the
            // caller's `classify`.
            self.abort_request();
        }
        let settle = match end.reason {
            Reason::Network | Reason::Refused => Some(SETTLE),
            // The constructor must have returned before the page hears of it.
            Reason::Blocked | Reason::Unsupported => Some(0),
            _ => None,
        };
        self.life.ending = Some(Ending {
            end,
            was_open,
            asked: false,
        });
        match settle {
            Some(delay) => self.life.timers.set(Timer::Settle, now.mono + delay),
            None => self.settled(now),
        }
    }

    /// The end is known for what it is.
    pub(super) fn settled(&mut self, now: Now) {
        let Some(ending) = &mut self.life.ending else {
            return;
        };
        // What has been open is not refused: the page's policy upgrades it, or its user allows it.
        let mixed = self.config.mixed_content && !self.life.ever_open;
        let refused = std::mem::take(&mut self.life.refused) || mixed;
        if refused && matches!(ending.end.reason, Reason::Network | Reason::Refused) {
            ending.end.reason = Reason::Blocked;
        }
        if self.config.classify {
            ending.asked = true;
            self.plan(todo::CLASSIFY);
        } else {
            self.conclude(None, now);
        }
    }

    pub(super) fn handle_classified(
        &mut self,
        token: Token,
        judgement: Option<Judgement>,
        now: Now,
    ) {
        let asked = self.life.ending.as_ref().is_some_and(|ending| ending.asked);
        if asked && token == self.token {
            self.conclude(judgement, now);
        }
    }

    fn conclude(&mut self, judgement: Option<Judgement>, now: Now) {
        let Some(Ending { end, was_open, .. }) = self.life.ending.take() else {
            return;
        };
        if end.status.is_some() {
            self.abort_request();
        }
        let standing = Standing {
            ever_open: self.life.ever_open,
            was_open,
            graced: self.is_graced(now),
            credit: self.life.credit,
            repeatable: self.config.repeatable,
        };
        match verdict::judge(&end, judgement, standing) {
            Verdict::Cycle => self.cycle(end, now),
            Verdict::Retry => self.failure(end, None, now),
            Verdict::RetryIn(delay) => self.failure(end, Some(delay.min(FOREVER)), now),
            Verdict::Grace => self.wait(self.config.not_found_delay, end, now),
            Verdict::FreshToken => {
                self.life.credit = false;
                self.wait(0, end, now);
            }
            Verdict::Fatal => self.fail(end, now),
            Verdict::Stop => {
                self.complete(end.reason, now);
                self.announce_error(end);
                self.announce_completion(false);
            }
            Verdict::Complete => {
                self.complete(end.reason, now);
                self.announce_completion(false);
            }
        }
    }

    fn is_graced(&self, now: Now) -> bool {
        let life = &self.life;
        !life.ever_open
            && now.mono.saturating_sub(life.first_attempt_at) < self.config.not_found_grace
    }

    fn cycle(&mut self, end: End, now: Now) {
        self.handle_stable(now);
        let order = self.life.server_retry;
        let delay = self.config.retry.cycle_delay(order, &mut self.rng);
        self.wait(delay, end, now);
    }

    /// Whether the platform's own source, which lost its stream after news, may
    /// reconnect by itself. `classify` decides before anything is asked for.
    pub(super) fn may_be_left(&self, now: Now) -> bool {
        !self.config.classify
            && !self.is_hidden_by_choice()
            && now.mono + (OWN_BURST - 1) * OWN_PACE >= self.life.next_leave
    }

    /// Only where the platform reconnects by itself does the header
    /// `Last-Event-ID` travel. It is given its reconnection time, and then as long as any response.
    pub(super) fn leave_to_platform(&mut self, now: Now) {
        self.end_stream(now);
        self.handle_stable(now);
        let end = End::new(Reason::Cycle);
        self.enter(State::Waiting, end.reason, None, now);
        self.announce_error(end);
        let life = &mut self.life;
        life.left = true;
        life.next_leave = life.next_leave.max(now.mono) + OWN_PACE;
        life.planned_wait = OWN_WAIT + life.connect_timeout.get();
        life.timers
            .set(Timer::Connect, now.mono + life.planned_wait);
        if self.config.latch {
            life.pending = Some(end.reason);
            self.plan(todo::CONSULT_LATCH);
        }
    }

    /// "Optionally, wait some more. In particular, if the previous attempt
    /// failed, then user agents might introduce an exponential backoff delay to
    /// avoid overloading a potentially already overloaded server. Alternatively,
    /// if the operating system has reported that there is no network
    /// connectivity, user agents might wait for the operating system to announce
    /// that the network connection has returned before retrying" (HTML standard
    /// §9.2.3).
    fn failure(&mut self, end: End, ordered: Option<Millis>, now: Now) {
        if self.config.pause_when_offline && !self.page.online {
            return self.pause_after(end, Reason::Offline, now);
        }
        if self.is_hidden_by_choice() {
            return self.pause_after(end, Reason::Hidden, now);
        }
        let config = &self.config;
        let life = &mut self.life;
        life.retries = life.retries.saturating_add(1);
        life.failures = life.failures.saturating_add(1);
        let spent = if life.half_open > 0 {
            life.half_open -= 1;
            life.half_open == 0
        } else {
            u64::from(life.failures) > config.max_retries
                || life.clock.read(now.mono) >= config.give_up_after
        };
        if spent {
            life.half_open = 0;
            life.clock.stop(now.mono, FOREVER);
            self.enter(State::GaveUp, end.reason, None, now);
            return self.announce_error(end);
        }
        let retry_after = end.retry_after.map_or(0, |wish| {
            config.retry.clamp_order(match wish {
                RetryAfter::Seconds(seconds) => u64::from(seconds) * 1_000,
                RetryAfter::Date(at) => at.saturating_sub(now.wall),
            })
        });
        let delay = ordered.unwrap_or_else(|| {
            let order = retry_after.max(life.server_retry);
            config.retry.delay(life.retries, order, &mut self.rng)
        });
        if ordered.is_none() && retry_after > 0 && retry_after >= life.server_retry {
            // Time that the server asked for is no sign that it is dead.
            life.ordered_wait = true;
            life.clock.stop(now.mono, FOREVER);
        }
        self.wait(delay, end, now);
    }

    /// "Set the readyState attribute to CONNECTING. Fire an event named error at
    /// the EventSource object. Wait a delay equal to the reconnection time of the
    /// event source" (HTML standard §9.2.3, "reestablish the connection").
    fn wait(&mut self, delay: Millis, end: End, now: Now) {
        if self.is_hidden_by_choice() {
            return self.pause_after(end, Reason::Hidden, now);
        }
        self.life.clock.lap(now.mono, Millis::MAX);
        self.life.planned_wait = delay;
        self.enter(State::Waiting, end.reason, Some(delay), now);
        self.announce_error(end);
    }

    fn pause_after(&mut self, end: End, reason: Reason, now: Now) {
        self.pause(reason, now);
        self.announce_error(end);
    }

    pub(super) fn pause(&mut self, reason: Reason, now: Now) {
        self.life.clock.stop(now.mono, self.life.planned_wait);
        self.life.planned_wait = FOREVER;
        self.enter(State::Paused, reason, None, now);
    }

    /// "sets the readyState attribute to CLOSED and fires an event named error at
    /// the EventSource object. Once the user agent has failed the connection, it
    /// does not attempt to reconnect" (HTML standard §9.2.3, "fail the connection").
    pub(super) fn fail(&mut self, end: End, now: Now) {
        self.rest(now);
        self.enter(State::Failed, end.reason, None, now);
        self.announce_error(end);
    }

    fn complete(&mut self, reason: Reason, now: Now) {
        self.rest(now);
        self.life.outcome = Some(Outcome::Completed);
        self.enter(State::Completed, reason, None, now);
    }

    pub(super) fn announce_error(&mut self, end: End) {
        self.todo.end = Some(end);
        self.plan(todo::ERROR);
    }

    pub(super) fn handle_retry(&mut self, now: Now) {
        if self.life.state == State::Waiting {
            self.begin_attempt(Reason::Retry, now);
        }
    }
}

impl End {
    /// An end that no response decided.
    pub(crate) fn new(reason: Reason) -> Self {
        Self {
            reason,
            status: None,
            retry_after: None,
        }
    }
}
