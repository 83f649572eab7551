//! The page's life and what revives a source that gave up.

use super::Connection;
use crate::core::config::FOREVER;
use crate::core::io::End;
use crate::core::reason::Reason;
use crate::core::state::State;
use crate::core::time::{Millis, Now};

/// Attempts that a revival allows: a network is often not up yet when
/// `online` says so.
const HALF_OPEN_ATTEMPTS: u32 = 3;

/// A page hidden for less than this was not away.
const LONG_HIDDEN: Millis = 30_000;

impl Connection {
    pub(super) fn handle_online(&mut self, online: bool, now: Now) {
        self.page.online = online;
        if !online {
            return;
        }
        let life = &self.life;
        match life.state {
            State::Paused if life.reason == Reason::Offline => {
                self.begin_attempt(Reason::Online, now);
            }
            // A server that asked for time gets it, online or not.
            State::Waiting if !life.ordered_wait => self.begin_attempt(Reason::Online, now),
            State::GaveUp => self.half_open(Reason::Online, now),
            _ => {}
        }
    }

    pub(super) fn handle_hidden(&mut self, hidden: bool, now: Now) {
        if hidden {
            self.page.hidden_since.get_or_insert(now);
            if self.config.pause_when_hidden && self.life.started {
                self.leave(Reason::Hidden, now);
            }
            return;
        }
        let Some(since) = self.page.hidden_since.take() else {
            return;
        };
        // The monotonic clock may have stood still meanwhile.
        let away = now
            .mono
            .saturating_sub(since.mono)
            .max(now.wall.saturating_sub(since.wall));
        match self.life.state {
            State::Paused if self.life.reason == Reason::Hidden => {
                self.begin_attempt(Reason::Visible, now);
            }
            State::GaveUp if away >= LONG_HIDDEN => self.half_open(Reason::Visible, now),
            _ => {}
        }
    }

    pub(super) fn handle_frozen(&mut self, frozen: bool, now: Now) {
        let state = self.life.state;
        if frozen {
            match state {
                State::Waiting => {
                    self.drop_attempt(now);
                    self.pause(Reason::Frozen, now);
                }
                State::Connecting | State::Open => self.life.clock.stop(now.mono, FOREVER),
                _ => {}
            }
            return;
        }
        match state {
            State::Paused if self.life.reason == Reason::Frozen => {
                self.begin_attempt(Reason::Resume, now);
            }
            State::Connecting | State::Open if self.life.stream.is_none() => {
                self.life.clock.resume(now.mono);
            }
            State::Open => self.woke(now),
            _ => {}
        }
    }

    pub(super) fn handle_page_hide(&mut self, now: Now) {
        self.leave(Reason::PageHide, now);
    }

    pub(super) fn handle_page_show(&mut self, now: Now) {
        // A cached page hears nothing of the network, so one that left offline
        // tries too.
        if self.life.state == State::Paused && self.life.reason != Reason::Hidden {
            self.begin_attempt(Reason::PageShow, now);
        }
    }

    /// One that comes only after its attempt was judged tells of the next, which
    /// the same policy will refuse: Firefox tells a worker so late when it is busy.
    pub(super) fn handle_csp_violation(&mut self) {
        let life = &mut self.life;
        life.refused |= life.state == State::Connecting
            || (life.state == State::Waiting && life.reason == Reason::Network);
    }

    pub(super) fn is_hidden_by_choice(&self) -> bool {
        self.config.pause_when_hidden && self.page.hidden_since.is_some()
    }

    /// Gives the stream up for as long as the page is away. No `error` tells
    /// of it: nobody is there, and nothing failed.
    fn leave(&mut self, reason: Reason, now: Now) {
        let state = self.life.state;
        if !matches!(state, State::Connecting | State::Open | State::Waiting) {
            return;
        }
        if self.life.terminal.is_some() {
            // Its handlers are running; the completion follows.
            return;
        }
        let was_open = state == State::Open;
        self.drop_attempt(now);
        if was_open && !self.config.repeatable {
            self.rest(now);
            self.enter(State::Failed, reason, None, now);
            if reason == Reason::Hidden {
                self.announce_error(End::new(reason));
            }
        } else {
            self.pause(reason, now);
        }
    }

    fn half_open(&mut self, reason: Reason, now: Now) {
        self.life.half_open = HALF_OPEN_ATTEMPTS;
        self.begin_attempt(reason, now);
    }
}
