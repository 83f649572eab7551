//! The loop between the core and the platform: inputs in, outputs done.
//!
//! No borrow is held while JavaScript runs that may call back, so any handler
//! may close, reset or reconnect the source it hears of.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::host::Host;
use super::{clock, options};
use crate::core::{Announcement, Connection, Input, MAX_TIMER, Millis, Output};

const ONLINE: u32 = 1;
const HIDDEN: u32 = 2;

pub(crate) struct Driver {
    pub(crate) connection: RefCell<Connection>,
    pub(crate) host: Host,
    /// When the host's timer rings; `None` where none is set.
    alarm: Cell<Option<Millis>>,
    listening: Cell<bool>,
    /// What the host last said of the page.
    page: Cell<u32>,
}

impl Driver {
    pub(crate) fn new(host: Host) -> Rc<Self> {
        let config = options::config(&host);
        let seed = js_sys::Math::random().to_bits();
        Rc::new(Self {
            connection: RefCell::new(Connection::new(config, seed)),
            host,
            alarm: Cell::new(None),
            listening: Cell::new(false),
            page: Cell::new(ONLINE),
        })
    }

    /// Feeds the core and does what it asks for.
    pub(crate) fn input(self: &Rc<Self>, input: Input<'_>) {
        let now = clock::now();
        let page = match input {
            // What was dispatched was dispatched to the page as it was then.
            Input::Commit(_) | Input::Terminal(..) => self.page.get(),
            _ => self.host.page(),
        };
        // Engines change these before the event that tells, and some without one.
        let changed = self.page.replace(page) ^ page;
        {
            let mut connection = self.connection.borrow_mut();
            if changed & ONLINE != 0 {
                connection.handle_input(Input::Online(page & ONLINE != 0), now);
            }
            if changed & HIDDEN != 0 {
                connection.handle_input(Input::Hidden(page & HIDDEN != 0), now);
            }
            connection.handle_input(input, now);
        }
        self.drain();
    }

    fn drain(self: &Rc<Self>) {
        let host = &self.host;
        loop {
            let output = self.connection.borrow_mut().poll_output();
            match output {
                Output::ConsultLatch => {
                    let outcome = host.latched();
                    let now = clock::now();
                    self.connection
                        .borrow_mut()
                        .handle_input(Input::Latch(outcome), now);
                }
                Output::SetLatch(outcome) => host.latch(Some(outcome)),
                Output::ClearLatch => host.latch(None),
                // The caller's functions run in here and may close the source;
                // then the token is stale when something comes of it.
                Output::Open(request) => host.request(&request),
                Output::Abort => host.abort(),
                Output::Read(token) => host.read(token),
                Output::Dispatch => {
                    {
                        let connection = self.connection.borrow();
                        let batch = connection.batch();
                        host.batch(batch.text(), batch.table());
                    }
                    host.dispatch();
                }
                Output::DropBatch => host.drop_batch(),
                Output::Classify(token, end) => {
                    let attempt = self.connection.borrow().attempt();
                    host.classify(token, end.reason as u32, attempt, end.status.is_some());
                }
                Output::Announce(announcement) => self.announce(announcement),
                Output::Timeout(at) => {
                    // Handlers took their time. And the alarm comes before the last
                    // call, in which the deadline may become another.
                    self.set_alarm(at, clock::now().mono);
                    return self.listen();
                }
            }
        }
    }

    fn announce(&self, announcement: Announcement) {
        let host = &self.host;
        match announcement {
            Announcement::StateChange {
                state,
                previous,
                reason,
                attempt,
                retry_in,
            } => host.statechange(
                state as u32,
                previous as u32,
                reason as u32,
                attempt,
                retry_in,
            ),
            Announcement::Open => host.open(),
            Announcement::Error {
                end,
                attempt,
                retry_in,
                fatal,
            } => host.error(
                end.reason as u32,
                attempt,
                end.status.is_some(),
                fatal,
                retry_in,
            ),
            Announcement::Complete {
                outcome,
                terminal,
                latched,
            } => host.complete(outcome as u32, terminal, latched),
            Announcement::Stall(stalled) => host.stall(stalled),
        }
    }

    /// Listens to the page exactly as long as the source is live.
    fn listen(&self) {
        let live = !self.connection.borrow().state().is_final();
        if self.listening.replace(live) != live {
            self.host.listen(live);
        }
    }

    /// The host's timer rang.
    pub(crate) fn rang(self: &Rc<Self>) {
        self.alarm.set(None);
        self.input(Input::Timeout);
    }

    /// Sees to it that the host rings at `at` or before. The core takes a call
    /// that comes early for what it is, so a timer that is set already and earlier
    /// stays: on a busy stream, where each chunk moves the idle deadline, none is
    /// ever made anew. A wait beyond [`MAX_TIMER`] is chained in the same way.
    fn set_alarm(&self, at: Option<Millis>, now: Millis) {
        let set = self.alarm.get();
        let at = at.map(|at| at.min(now + MAX_TIMER));
        let stays = match (at, set) {
            (Some(at), Some(set)) => set <= at,
            (at, set) => at == set,
        };
        if !stays {
            // First: a page's own `setTimeout` may call back.
            self.alarm.set(at);
            self.host.alarm(at.map(|at| at.saturating_sub(now)));
        }
    }
}
