//! The state machine of one source.
//!
//! Its contract: call [`Connection::handle_input`], then
//! [`Connection::poll_output`] until it answers [`Output::Timeout`]. Every
//! input is allowed in every state; one that means nothing there is a no-op
//! and therefore safe.
//!
//! This file holds what the machine is made of and how a state is entered.
//! What is to be done is in `todo`, what an attempt does in `attempt`, what its
//! end means in `ending`, and what page and caller may do in `page` and `caller`.

mod attempt;
mod caller;
mod ending;
mod page;
mod todo;

use std::borrow::Cow;

use super::config::{Config, FOREVER};
use super::connect_timeout::ConnectTimeout;
use super::giveup::GiveUpClock;
use super::idle::Watchdog;
use super::io::{End, Input, Token, Transport};
use super::parser::{Batch, Parser};
use super::reason::Reason;
use super::resume::ResumeRule;
use super::rng::Rng;
use super::stall::Stall;
use super::state::{Outcome, State};
use super::stats::{Snapshot, Stats, Transition};
use super::time::{Millis, Now};
use super::timer::{Timer, Timers};
use todo::Todo;

/// The machine behind one `ResilientEventSource`.
#[derive(Debug)]
pub struct Connection {
    config: Config,
    rng: Rng,
    life: Life,
    batch: Batch,
    stats: Stats,
    page: Page,
    todo: Todo,
    /// The state that the page was told last.
    told: State,
    /// The option `signal` was aborted, which is for good.
    aborted: bool,
    /// The newest request. It outlives a `reset()`, so that nothing of an
    /// older life is ever taken for the new one's.
    token: Token,
}

/// What `reset()` throws away.
#[derive(Debug)]
struct Life {
    started: bool,
    state: State,
    reason: Reason,
    /// Why the attempt is made that the latch is being asked about.
    pending: Option<Reason>,
    /// The attempt ended; what that means is not decided.
    ending: Option<Ending>,
    stream: Option<Stream>,
    timers: Timers,
    /// As the bytes that came: they are decoded by whoever shows them.
    last_event_id: Vec<u8>,
    /// Rows of the batch that were committed; `None` while there is no batch.
    committed: Option<usize>,
    terminal: Option<Terminal>,
    outcome: Option<Outcome>,
    latched: bool,

    attempt: u32,
    /// The next attempt is number 1: there was a stable connection or a cycle.
    renumber: bool,
    /// The *n* of the next delay, less one.
    retries: u32,
    failures: u32,
    /// Attempts left of those that a revival allows; 0 outside of one.
    half_open: u32,
    /// The give-up clock, and the most that the present wait may add to it.
    clock: GiveUpClock,
    planned_wait: Millis,

    ever_open: bool,
    credit: bool,
    first_attempt_at: Millis,
    attempt_at: Millis,
    /// In epoch milliseconds.
    retry_at: Option<Millis>,
    /// The page's Content Security Policy refused the present attempt, or the one before it.
    refused: bool,
    /// The platform's own source is reconnecting by itself, and when it might next
    /// be left to that if it kept its pace; a burst may be ahead of it.
    left: bool,
    next_leave: Millis,
    /// The server's `retry:`, clamped; 0 for none.
    server_retry: Millis,
    /// The present wait was decided by `Retry-After`.
    ordered_wait: bool,
    connect_timeout: ConnectTimeout,
    watchdog: Watchdog,
    stall: Stall,
    resume: ResumeRule,
}

/// An attempt that ended and waits for its verdict. The public state stays
/// what it was.
#[derive(Debug)]
struct Ending {
    end: End,
    was_open: bool,
    asked: bool,
}

/// The stream that is open.
#[derive(Debug)]
struct Stream {
    parser: Parser,
    opened_at: Millis,
    opened_wall: Millis,
    active: bool,
    news: bool,
    ended_in_error: bool,
    too_large: bool,
}

/// A terminal event that is being dispatched.
#[derive(Debug)]
struct Terminal {
    row: usize,
    outcome: Outcome,
}

/// What the core knows of the page and the machine.
#[derive(Debug)]
struct Page {
    online: bool,
    /// When the page was hidden; `None` while it is visible.
    hidden_since: Option<Now>,
    /// How far the wall clock is ahead of the monotonic one.
    skew: Option<i64>,
}

/// A wall clock that gained this much on the monotonic one means that the
/// machine may have slept. Smaller steps are the clock being set right.
const SLEEP: i64 = 5_000;

impl Connection {
    /// A machine that has not begun. `seed` decides the jitter.
    pub fn new(config: Config, seed: u64) -> Self {
        let life = Life::new(&config);
        Self {
            config,
            rng: Rng::new(seed),
            life,
            batch: Batch::default(),
            stats: Stats::default(),
            page: Page {
                online: true,
                hidden_since: None,
                skew: None,
            },
            todo: Todo::default(),
            told: State::Connecting,
            aborted: false,
            token: 0,
        }
    }

    /// Takes an input into account. Drain [`Self::poll_output`] afterwards.
    pub fn handle_input(&mut self, input: Input<'_>, now: Now) {
        self.notice_sleep(now);
        match input {
            Input::Start => self.start(now),
            Input::Timeout => self.handle_timeout(now),
            Input::Latch(outcome) => self.handle_latch(outcome, now),
            Input::Response(token, head) => self.handle_response(token, head, now),
            Input::Chunk(token, bytes) => self.handle_chunk(token, bytes, now),
            Input::Ended(token) => self.handle_ended(token, now),
            Input::Failed(token, fault) => self.handle_failed(token, fault, now),
            Input::Commit(rows) => self.commit(rows, now),
            Input::Terminal(row, outcome) => self.handle_terminal(row, outcome),
            Input::Drained => self.handle_drained(now),
            Input::Classified(token, judgement) => self.handle_classified(token, judgement, now),
            Input::Online(online) => self.handle_online(online, now),
            Input::Hidden(hidden) => self.handle_hidden(hidden, now),
            Input::Frozen(frozen) => self.handle_frozen(frozen, now),
            Input::PageHide => self.handle_page_hide(now),
            Input::PageShow => self.handle_page_show(now),
            Input::CspViolation => self.handle_csp_violation(),
            Input::Close => self.close(Reason::Close, now),
            Input::Abort => self.abort(now),
            Input::Clear => self.clear(now),
            Input::Reconnect => self.reconnect(now),
            Input::Reset => self.reset(now),
        }
    }

    /// The batch that [`Output::Dispatch`](super::Output::Dispatch) speaks of.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The present state.
    pub fn state(&self) -> State {
        self.life.state
    }

    /// The number of the present or last attempt.
    pub fn attempt(&self) -> u32 {
        self.life.attempt
    }

    /// The last event id, as far as events have been committed.
    pub fn last_event_id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.life.last_event_id)
    }

    /// The present state with its circumstances.
    pub fn snapshot(&self) -> Snapshot {
        let life = &self.life;
        let stream = life.stream.as_ref().filter(|_| life.state == State::Open);
        Snapshot {
            state: life.state,
            reason: life.reason,
            attempt: life.attempt,
            failures: life.failures,
            retry_at: life.retry_at.map(|at| at as f64),
            opened_at: stream.map(|stream| stream.opened_wall as f64),
            transport: self.transport(),
            outcome: life.outcome,
            latched: life.latched,
            stalled: life.stall.is_stalled(),
        }
    }

    /// The counters and the timeline so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    fn transport(&self) -> Option<Transport> {
        (self.life.attempt > 0).then_some(if self.config.native {
            Transport::Native
        } else {
            Transport::Fetch
        })
    }

    /// Enters a state and tells of it. The announcements of an older
    /// transition that are still to come are dropped: a handler that changes
    /// the state ends it. The next one starts from what the page was told.
    fn enter(&mut self, state: State, reason: Reason, retry_in: Option<Millis>, now: Now) {
        let life = &mut self.life;
        let previous = std::mem::replace(&mut life.state, state);
        life.reason = reason;
        // Fixed here, since the two clocks drift and a snapshot must not.
        life.retry_at = retry_in.map(|delay| now.wall + delay);
        let timer = retry_in.map_or(FOREVER, |delay| now.mono + delay);
        life.timers.set(Timer::Retry, timer);
        if previous == state {
            return;
        }
        debug_assert!(
            previous.may_become(state),
            "{previous:?} must not become {state:?} ({reason:?})"
        );
        self.todo.bits &= match state {
            // Nothing is dispatched after `close()`, a stall's end neither.
            State::Closed => !todo::ANNOUNCEMENTS,
            _ => !todo::OF_TRANSITION,
        };
        self.todo.retry_in = retry_in;
        if !self.life.started {
            // Before the constructor returned there was nobody to tell.
            self.told = state;
        }
        if self.told != state {
            self.plan(todo::STATE_CHANGE);
        }
        self.record(retry_in, now);
    }

    fn record(&mut self, retry_in: Option<Millis>, now: Now) {
        self.stats.record(Transition {
            at: now.wall as f64,
            state: self.life.state,
            reason: self.life.reason,
            attempt: self.life.attempt,
            retry_in: retry_in.map(|delay| delay as f64),
            transport: self.transport(),
        });
    }

    /// Ends whatever the present attempt is doing, without a verdict.
    fn drop_attempt(&mut self, now: Now) {
        self.end_stream(now);
        self.life.ending = None;
        self.life.pending = None;
        self.abort_request();
    }

    fn abort_request(&mut self) {
        // A new token makes whatever the request still says stale.
        self.token = self.token.wrapping_add(1);
        self.todo.bits &= !todo::OF_REQUEST;
        self.plan(todo::ABORT);
    }

    /// The stream is no longer open, or never was; its timers stop.
    fn end_stream(&mut self, now: Now) {
        if self.life.timers.is_due(Timer::Stable, now.mono) {
            // The end came before its timer, which hidden tabs throttle.
            self.handle_stable(now);
        }
        let life = &mut self.life;
        life.timers = Timers::default();
        life.terminal = None;
        if life.stream.take().is_some() {
            life.stall.ended(now.mono);
            life.clock.start(now.mono);
        }
        if life.committed.take().is_some() {
            self.plan(todo::DROP_BATCH);
        }
        self.batch.clear();
    }

    /// Nothing more happens by itself.
    fn rest(&mut self, now: Now) {
        self.drop_attempt(now);
        self.life.clock.stop(now.mono, FOREVER);
    }

    fn handle_timeout(&mut self, now: Now) {
        for &timer in &Timer::ALL {
            if self.todo.bits & todo::ANNOUNCEMENTS != 0 {
                // One transition at a time: the next would drop what is to be
                // told of the last. What is due still is asked for at once.
                break;
            }
            let Some(due) = self.life.timers.take_due(timer, now.mono) else {
                continue;
            };
            match timer {
                Timer::Stable => self.handle_stable(now),
                Timer::Stall => self.check_stall(now),
                Timer::Retry => self.handle_retry(now),
                Timer::Connect => self.handle_connect_timeout(now),
                Timer::Idle => self.handle_idle(due, now),
                Timer::Settle => self.settled(now),
                Timer::Announce => self.announce_completion(false),
            }
        }
    }

    /// Some engines' monotonic clock stands still while the machine sleeps;
    /// the wall clock tells.
    fn notice_sleep(&mut self, now: Now) {
        let skew = now.wall as i64 - now.mono as i64;
        let before = self.page.skew.replace(skew).unwrap_or(skew);
        if skew - before >= SLEEP {
            self.woke(now);
        }
    }
}

impl Life {
    fn new(config: &Config) -> Self {
        Self {
            started: false,
            state: State::Connecting,
            reason: Reason::Start,
            pending: None,
            ending: None,
            stream: None,
            timers: Timers::default(),
            last_event_id: config.last_event_id.clone(),
            committed: None,
            terminal: None,
            outcome: None,
            latched: false,
            attempt: 0,
            renumber: false,
            retries: 0,
            failures: 0,
            half_open: 0,
            clock: GiveUpClock::default(),
            planned_wait: FOREVER,
            ever_open: false,
            credit: config.fresh_credentials,
            first_attempt_at: FOREVER,
            attempt_at: 0,
            retry_at: None,
            refused: false,
            left: false,
            next_leave: 0,
            server_retry: 0,
            ordered_wait: false,
            connect_timeout: ConnectTimeout::new(config.connect_timeout),
            watchdog: Watchdog::new(config.idle_timeout),
            stall: Stall::new(config.stall_after),
            resume: ResumeRule::new(config.resume, config.cross_origin),
        }
    }
}
