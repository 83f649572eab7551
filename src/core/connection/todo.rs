//! What is to be done: what an input plans, and the drain that hands it out.

use super::Connection;
use crate::core::io::{Announcement, End, Output, Request, Resume};
use crate::core::reason::Reason;
use crate::core::state::{Outcome, State};
use crate::core::time::Millis;

/// What is to be done: a bit for each kind, the lowest first, and what goes
/// with it. Nothing is ever due twice, and what an input made pointless is
/// taken back before anybody sees it, which a queue could not do.
#[derive(Debug, Default)]
pub(super) struct Todo {
    pub(super) bits: u32,
    /// With [`OPEN`].
    pub(super) cause: Option<Reason>,
    pub(super) again: bool,
    pub(super) resume: Option<Resume>,
    /// With [`SET_LATCH`].
    pub(super) latch: Option<Outcome>,
    /// With [`STATE_CHANGE`] and [`ERROR`].
    pub(super) retry_in: Option<Millis>,
    /// With [`ERROR`].
    pub(super) end: Option<End>,
    /// With [`COMPLETE`].
    pub(super) terminal: bool,
}

// The kinds, in the order of [`Output`] and [`Announcement`].

pub(super) const DROP_BATCH: u32 = 1;
pub(super) const ABORT: u32 = 1 << 1;
pub(super) const CLEAR_LATCH: u32 = 1 << 2;
pub(super) const SET_LATCH: u32 = 1 << 3;
pub(super) const CONSULT_LATCH: u32 = 1 << 4;
pub(super) const OPEN: u32 = 1 << 5;
pub(super) const DISPATCH: u32 = 1 << 6;
pub(super) const CLASSIFY: u32 = 1 << 7;
pub(super) const STALL: u32 = 1 << 8;
pub(super) const STATE_CHANGE: u32 = 1 << 9;
pub(super) const OPENED: u32 = 1 << 10;
pub(super) const ERROR: u32 = 1 << 11;
pub(super) const COMPLETE: u32 = 1 << 12;
/// Last: a body that is over at once must not end a stream that the page
/// has not heard of.
pub(super) const READ: u32 = 1 << 13;

/// What belongs to the request that is given up.
pub(super) const OF_REQUEST: u32 = OPEN | READ | DISPATCH | CLASSIFY;
/// What belongs to a transition.
pub(super) const OF_TRANSITION: u32 = STATE_CHANGE | OPENED | ERROR | COMPLETE;
/// What the page is told.
pub(super) const ANNOUNCEMENTS: u32 = STALL | OF_TRANSITION;

impl Connection {
    /// The next thing to do.
    pub fn poll_output(&mut self) -> Output {
        let life = &self.life;
        let todo = &mut self.todo;
        let bit = todo.bits & todo.bits.wrapping_neg();
        todo.bits ^= bit;
        Output::Announce(match bit {
            DROP_BATCH => return Output::DropBatch,
            ABORT => return Output::Abort,
            CLEAR_LATCH => return Output::ClearLatch,
            SET_LATCH => {
                return Output::SetLatch(todo.latch.unwrap_or(Outcome::Completed));
            }
            CONSULT_LATCH => return Output::ConsultLatch,
            OPEN => {
                return Output::Open(Request {
                    token: self.token,
                    attempt: life.attempt,
                    reason: todo.cause.unwrap_or(life.reason),
                    again: todo.again,
                    resume: todo.resume.unwrap_or(Resume::None),
                });
            }
            READ => return Output::Read(self.token),
            DISPATCH => return Output::Dispatch,
            CLASSIFY => {
                let end = life.ending.as_ref().map(|ending| ending.end);
                return Output::Classify(self.token, end.unwrap_or(End::new(life.reason)));
            }
            STALL => Announcement::Stall(life.stall.is_stalled()),
            STATE_CHANGE => Announcement::StateChange {
                state: life.state,
                previous: std::mem::replace(&mut self.told, life.state),
                reason: life.reason,
                attempt: life.attempt,
                retry_in: todo.retry_in,
            },
            OPENED => Announcement::Open,
            ERROR => Announcement::Error {
                end: todo.end.unwrap_or(End::new(life.reason)),
                attempt: life.attempt,
                retry_in: todo.retry_in,
                fatal: life.state == State::Failed,
            },
            COMPLETE => Announcement::Complete {
                outcome: life.outcome.unwrap_or(Outcome::Completed),
                terminal: todo.terminal,
                latched: life.latched,
            },
            _ => return Output::Timeout(life.timers.next()),
        })
    }

    pub(super) fn plan(&mut self, bit: u32) {
        self.todo.bits |= bit;
    }
}
