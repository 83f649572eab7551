//! What the caller may do: `close()`, `reconnect()`, `reset()`, `clear()` and
//! the option `signal`.

use super::{Connection, Life, todo};
use crate::core::giveup::GiveUpClock;
use crate::core::reason::Reason;
use crate::core::state::State;
use crate::core::time::Now;
use crate::core::timer::Timer;

impl Connection {
    pub(super) fn close(&mut self, reason: Reason, now: Now) {
        match self.life.state {
            State::Closed => {}
            State::Completed => self.keep_quiet(),
            _ => {
                // A handler of the terminal event may close: migrated pages do.
                if !self.finish_terminal(now) {
                    self.rest(now);
                    self.enter(State::Closed, reason, None, now);
                }
            }
        }
    }

    pub(super) fn abort(&mut self, now: Now) {
        self.aborted = true;
        self.close(Reason::Aborted, now);
    }

    pub(super) fn clear(&mut self, now: Now) {
        self.keep_quiet();
        self.rest(now);
        if self.config.latch {
            self.plan(todo::CLEAR_LATCH);
        }
        if self.life.state != State::Closed {
            self.life.outcome = None;
            self.life.latched = false;
            self.enter(State::Closed, Reason::Clear, None, now);
        }
    }

    pub(super) fn reconnect(&mut self, now: Now) {
        match self.life.state {
            State::Waiting | State::Paused | State::Polling => {}
            State::Open if self.life.terminal.is_none() => self.drop_attempt(now),
            State::GaveUp | State::Failed if !self.aborted => {
                let life = &mut self.life;
                life.retries = 0;
                life.failures = 0;
                life.half_open = 0;
                life.renumber = true;
                life.credit = self.config.fresh_credentials;
                life.clock = GiveUpClock::default();
            }
            _ => return,
        }
        self.begin_attempt(Reason::Reconnect, now);
    }

    pub(super) fn reset(&mut self, now: Now) {
        if self.aborted {
            return;
        }
        self.rest(now);
        self.todo.bits &= !todo::ANNOUNCEMENTS;
        if self.config.latch {
            self.plan(todo::CLEAR_LATCH);
        }
        let state = self.life.state;
        self.life = Life::new(&self.config);
        self.life.started = true;
        self.life.state = state;
        self.begin_attempt(Reason::Reset, now);
    }

    /// Drops what is still to be announced of a completion.
    fn keep_quiet(&mut self) {
        self.life.timers.stop(Timer::Announce);
        self.todo.bits &= !todo::ANNOUNCEMENTS;
    }
}
