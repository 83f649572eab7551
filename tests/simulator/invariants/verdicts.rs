//! Whether a source may become what it became.

use resilient_eventsource::core::{Judgement, Millis, Reason, State, Transition};

use super::{Attempt, Broken, Checker, World, hold};

impl Checker {
    pub(super) fn check_verdict(&mut self, entry: &Transition, world: World) -> Result<(), Broken> {
        match entry.state {
            State::Connecting => self.connecting(world),
            State::Open => Ok(()),
            State::Waiting => self.waiting(entry, world),
            State::Paused => self.paused(entry.reason, world),
            State::GaveUp => self.gave_up(entry.reason),
            State::Completed => self.completed(entry.reason, world),
            State::Failed => self.failed(entry.reason, world),
            State::Closed => {
                self.life.give_up.rest();
                Ok(())
            }
            State::Polling => Err("polling is not simulated".into()),
        }
    }

    /// The first attempt of all is no transition.
    pub(crate) fn connecting(&mut self, world: World) -> Result<(), Broken> {
        let life = &mut self.life;
        life.first_attempt_at.get_or_insert(world.now.mono);
        life.attempt = Attempt {
            violation: std::mem::take(&mut life.late_violation) && self.reason == Reason::Retry,
            ..Attempt::default()
        };
        life.delays.begins();
        life.give_up.attempt_begins();
        hold!(
            self.by_reconnect || !(self.config.pause_when_hidden && world.hidden),
            "it connects though the page is hidden"
        );
        Ok(())
    }

    fn waiting(&mut self, entry: &Transition, world: World) -> Result<(), Broken> {
        let delay = entry.retry_in.unwrap_or_default() as Millis;
        let (reason, status) = (entry.reason, self.life.attempt.status);
        hold!(
            !self.is_fatal(reason, world),
            "{reason:?} {status:?} was retried"
        );
        hold!(
            !(self.config.pause_when_hidden && world.hidden),
            "it waits though the page is hidden"
        );
        self.end_attempt(reason);
        let graced = self.is_graced(world);
        let life = &mut self.life;
        if self.left {
            life.failures = 0;
            life.give_up.zero();
            life.give_up.left();
            life.delays.fresh_start();
            return Ok(());
        }
        if life.attempt.judgement.is_none() {
            let free = if reason == Reason::Cycle {
                life.failures = 0;
                life.give_up.zero();
                life.delays.check_cycle(delay)?;
                true
            } else if graced {
                let expected = self.config.not_found_delay;
                hold!(delay == expected, "under grace it waits {delay}");
                true
            } else if matches!(status, Some(401 | 403)) && life.credit {
                life.credit = false;
                hold!(delay == 0, "with a fresh token it waits {delay}");
                true
            } else {
                false
            };
            if free {
                life.give_up.waits(delay, false);
                return Ok(());
            }
        }
        hold!(
            !(self.config.pause_when_offline && world.offline),
            "it waits though the machine is offline"
        );
        life.failures += 1;
        if life.half_open > 0 {
            life.half_open -= 1;
            hold!(life.half_open > 0, "a fourth half-open attempt was planned");
        } else {
            let failures = life.failures;
            hold!(
                failures <= self.config.max_retries && !life.give_up.is_surely_over(),
                "it should have given up: failure {failures}, {:?}",
                life.give_up
            );
        }
        let ordered = if let Some(Judgement::RetryIn(given)) = life.attempt.judgement {
            hold!(delay == given, "classify said {given}, it waits {delay}");
            life.delays.failed();
            false
        } else {
            life.delays.check_failure(delay)?
        };
        life.give_up.waits(delay, ordered);
        Ok(())
    }

    fn paused(&mut self, reason: Reason, world: World) -> Result<(), Broken> {
        let config = &self.config;
        let justified = match reason {
            Reason::Offline => config.pause_when_offline && world.offline,
            Reason::Hidden => config.pause_when_hidden && world.hidden,
            Reason::Frozen | Reason::PageHide => true,
            _ => false,
        };
        hold!(justified, "paused by {reason:?}");
        self.life.give_up.rest();
        if matches!(reason, Reason::Offline | Reason::Hidden) {
            self.life.give_up.doubt_attempt();
        }
        let attempt = &self.life.attempt;
        if reason == Reason::Hidden
            && matches!(attempt.status, Some(401 | 403))
            && attempt.asked.is_none()
            && attempt.judgement.is_none()
        {
            // The next attempt is the one with a fresh token.
            self.life.credit = false;
        }
        Ok(())
    }

    fn gave_up(&mut self, reason: Reason) -> Result<(), Broken> {
        self.end_attempt(reason);
        let life = &mut self.life;
        life.failures += 1;
        life.delays.failed();
        let over = if life.half_open > 0 {
            life.half_open -= 1;
            life.half_open == 0
        } else {
            life.failures > self.config.max_retries || life.give_up.may_be_over()
        };
        hold!(
            over,
            "it gave up too early: failure {}, {:?}",
            life.failures,
            life.give_up
        );
        life.give_up.rest();
        Ok(())
    }

    fn completed(&mut self, reason: Reason, world: World) -> Result<(), Broken> {
        let attempt = &self.life.attempt;
        let justified = match reason {
            Reason::Terminal => self.life.terminal,
            Reason::Latched => self.config.latch && world.latch.is_some(),
            _ if attempt.judgement.is_some() => attempt.judgement == Some(Judgement::Complete),
            Reason::NoContent => attempt.status == Some(204),
            Reason::Ended => attempt.was_open && !self.config.repeatable,
            _ => false,
        };
        hold!(justified, "completed by {reason:?}");
        self.life.give_up.rest();
        Ok(())
    }

    fn failed(&mut self, reason: Reason, world: World) -> Result<(), Broken> {
        let left = matches!(reason, Reason::Hidden | Reason::PageHide);
        let sent = self.life.attempt.was_open && !self.config.repeatable;
        let status = self.life.attempt.status;
        hold!(
            (left && sent) || self.is_fatal(reason, world),
            "{reason:?} {status:?} was fatal"
        );
        self.life.give_up.rest();
        Ok(())
    }

    /// An attempt that a guessed timeout ended does not run the clock.
    fn end_attempt(&mut self, reason: Reason) {
        self.life.give_up.attempt_ended();
        if reason == Reason::ConnectTimeout && self.config.connect_timeout.is_none() {
            self.life.give_up.forget_attempt();
        }
    }

    /// Which ends no retry can mend: the table of `verdict.rs`, written down once
    /// more.
    fn is_fatal(&self, reason: Reason, world: World) -> bool {
        let attempt = &self.life.attempt;
        if let Some(judgement) = attempt.judgement {
            return judgement == Judgement::Fatal;
        }
        if attempt.was_open && !self.config.repeatable {
            return true;
        }
        let until_open = !self.life.ever_open;
        let mixed = self.config.mixed_content && until_open;
        match (reason, attempt.status) {
            (Reason::Unsupported, None) => !self.config.supported,
            (Reason::Blocked, None) => !self.config.fetchable || mixed || attempt.violation,
            (Reason::Refused, None) => until_open,
            (Reason::Network, None) => mixed || attempt.violation,
            (Reason::TooLarge, None) => true,
            (_, None) => false,
            (_, Some(410)) => true,
            (_, Some(401 | 403)) => !self.life.credit,
            (_, Some(404)) => until_open && !self.is_graced(world),
            (_, Some(408 | 425 | 429 | 500 | 502..=504 | 506..=599)) => false,
            (_, Some(_)) => until_open,
        }
    }

    fn is_graced(&self, world: World) -> bool {
        let life = &self.life;
        let first = life.first_attempt_at.unwrap_or(world.now.mono);
        life.attempt.status == Some(404)
            && !life.ever_open
            && world.now.mono - first < self.config.not_found_grace
    }
}
