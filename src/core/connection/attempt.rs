//! One attempt: from the request through its stream.

use super::{Connection, Stream, Terminal, todo};
use crate::core::config::FOREVER;
use crate::core::io::{End, Fault, Head, Resume, Token};
use crate::core::parser::{DISPATCH, HAS_ID, HEARTBEAT, NAMED_ERROR, Parser};
use crate::core::reason::Reason;
use crate::core::state::{Outcome, State};
use crate::core::time::{Millis, Now};
use crate::core::timer::Timer;
use crate::core::{Config, verdict};

/// A connection on which no byte comes is stable after this long.
const STABLE_SILENT: Millis = 60_000;

impl Connection {
    pub(super) fn start(&mut self, now: Now) {
        if std::mem::replace(&mut self.life.started, true) || self.life.state != State::Connecting {
            return;
        }
        self.begin_attempt(Reason::Start, now);
    }

    /// The one way to a request. The latch is consulted on it, so that no path
    /// can forget to.
    pub(super) fn begin_attempt(&mut self, reason: Reason, now: Now) {
        self.life.timers.stop(Timer::Retry);
        self.life.left = false;
        self.life.pending = Some(reason);
        if self.config.latch {
            self.plan(todo::CONSULT_LATCH);
        } else {
            self.handle_latch(None, now);
        }
    }

    pub(super) fn handle_latch(&mut self, latched: Option<Outcome>, now: Now) {
        let Some(reason) = self.life.pending.take() else {
            return;
        };
        match latched {
            None if self.life.left => {}
            // The caller's own wish goes before the page's.
            None if self.is_hidden_by_choice() && reason != Reason::Reconnect => {
                self.pause(Reason::Hidden, now);
            }
            None => self.open_attempt(reason, now),
            Some(outcome) => self.complete_by_latch(outcome, now),
        }
    }

    fn open_attempt(&mut self, reason: Reason, now: Now) {
        // The `headers` function wants to know what went wrong, not that a
        // timer fired.
        let cause = match reason {
            Reason::Retry => self.life.reason,
            reason => reason,
        };
        self.count_attempt(reason, now);
        let impossible = if !self.config.supported {
            Some(Reason::Unsupported)
        } else if !self.config.fetchable {
            Some(Reason::Blocked)
        } else {
            None
        };
        if let Some(reason) = impossible {
            return self.ended(End::new(reason), now);
        }
        let timeout = self.life.connect_timeout.get();
        self.life.timers.set(Timer::Connect, now.mono + timeout);
        let resume = self.life.resume.first(!self.life.last_event_id.is_empty());
        self.request(cause, resume, false);
    }

    fn count_attempt(&mut self, reason: Reason, now: Now) {
        let life = &mut self.life;
        let renumber = std::mem::take(&mut life.renumber);
        life.attempt = if renumber { 1 } else { life.attempt + 1 };
        life.attempt_at = now.mono;
        life.first_attempt_at = life.first_attempt_at.min(now.mono);
        life.refused &= reason == Reason::Retry;
        life.ordered_wait = false;
        let planned = std::mem::replace(&mut life.planned_wait, FOREVER);
        life.clock.begin_attempt(now.mono, planned);
        self.stats.attempts += 1;
        self.enter(State::Connecting, reason, None, now);
        if self.stats.timeline.is_empty() {
            // A source is born connecting, so that was no change.
            self.record(None, now);
        }
    }

    fn request(&mut self, reason: Reason, resume: Resume, again: bool) {
        self.token = self.token.wrapping_add(1);
        self.todo.cause = Some(reason);
        self.todo.again = again;
        self.todo.resume = Some(resume);
        self.plan(todo::OPEN);
    }

    /// Whether `token` names the request whose headers are still to come. What
    /// comes of that which the platform's own source was left to do shows that
    /// there was an attempt.
    fn is_awaited(&mut self, token: Token, now: Now) -> bool {
        if token != self.token {
            return false;
        }
        if std::mem::take(&mut self.life.left) {
            self.count_attempt(Reason::Retry, now);
        }
        let life = &self.life;
        life.state == State::Connecting && life.ending.is_none() && life.pending.is_none()
    }

    /// Whether `token` names the stream that is open.
    fn is_streaming(&self, token: Token) -> bool {
        token == self.token && self.life.stream.is_some()
    }

    pub(super) fn handle_response(&mut self, token: Token, head: Head<'_>, now: Now) {
        if !self.is_awaited(token, now) {
            return;
        }
        // "if res's status is not 200, or if res's `Content-Type` is not
        // `text/event-stream`, then fail the connection. Otherwise, announce the
        // connection and interpret res's body line by line."
        if head.status == 200 && verdict::is_event_stream(head.content_type) {
            return self.opened(head.elsewhere, now);
        }
        let end = if self.life.resume.is_trial() {
            End::new(Reason::Network)
        } else {
            End {
                reason: verdict::reason_of(head.status),
                status: Some(head.status),
                retry_after: head.retry_after,
            }
        };
        self.ended(end, now);
    }

    fn opened(&mut self, elsewhere: bool, now: Now) {
        let life = &mut self.life;
        let mono = now.mono;
        life.timers.stop(Timer::Connect);
        life.connect_timeout
            .opened(mono - life.attempt_at.min(mono));
        life.resume
            .opened(!life.last_event_id.is_empty(), elsewhere);
        life.ever_open = true;
        life.refused = false;
        life.credit = self.config.fresh_credentials;
        life.clock.stop(mono, FOREVER);
        if std::mem::take(&mut life.half_open) > 0 {
            life.clock.zero(mono);
            life.failures = 0;
        }
        life.stream = Some(Stream {
            parser: Parser::new(self.config.max_event_size as usize),
            opened_at: mono,
            opened_wall: now.wall,
            active: false,
            news: false,
            ended_in_error: false,
            too_large: false,
        });
        life.watchdog.opened(mono);
        life.stall.opened(mono);
        life.timers.set(Timer::Stable, mono + STABLE_SILENT);
        life.timers.set(Timer::Stall, life.stall.deadline());
        // "sets the readyState attribute to OPEN and fires an event named open"
        self.enter(State::Open, Reason::Opened, None, now);
        self.plan(todo::OPENED);
        self.read_on(now);
    }

    fn read_on(&mut self, now: Now) {
        let life = &mut self.life;
        if life.stream.as_ref().is_some_and(|stream| stream.too_large) {
            return self.ended(End::new(Reason::TooLarge), now);
        }
        life.timers.set(Timer::Idle, life.watchdog.deadline());
        self.plan(todo::READ);
    }

    pub(super) fn handle_chunk(&mut self, token: Token, bytes: &[u8], now: Now) {
        if token != self.token || self.life.committed.is_some() {
            return;
        }
        let life = &mut self.life;
        let Some(stream) = &mut life.stream else {
            return;
        };
        if bytes.is_empty() {
            return self.read_on(now);
        }
        self.stats.bytes += bytes.len() as f64;
        self.stats.last_activity_at = Some(now.wall as f64);
        let config = &self.config;
        let scan = stream
            .parser
            .push(bytes, &mut self.batch, &|kind| classify(config, kind));
        stream.too_large = scan.too_large;
        if !std::mem::replace(&mut stream.active, true) {
            let stable = stream.opened_at + config.reset_after;
            life.timers.set(Timer::Stable, stable.max(now.mono));
        }
        // "set the event stream's reconnection time to that integer"
        if let Some(wish) = scan.retry {
            life.server_retry = config.retry.clamp_order(wish);
        }
        let (mut beat, mut news) = (scan.comment, false);
        for row in 0..self.batch.len() {
            let flags = self.batch.flags(row);
            beat |= flags & HEARTBEAT != 0;
            news |= is_news(flags);
        }
        life.watchdog.activity(now.mono, beat);
        if !news && life.stall.activity(now.mono) {
            self.announce_stall();
        }
        if self.batch.is_empty() {
            return self.read_on(now);
        }
        // While the page handles what came, silence is the page's own.
        self.life.timers.stop(Timer::Idle);
        self.life.committed = Some(0);
        self.plan(todo::DISPATCH);
    }

    pub(super) fn commit(&mut self, rows: usize, now: Now) {
        let Some(before) = self.life.committed else {
            return;
        };
        let rows = rows.clamp(before, self.batch.len());
        self.life.committed = Some(rows);
        let mut news = false;
        for row in before..rows {
            let flags = self.batch.flags(row);
            // "Set the last event ID string of the event source to the value of
            // the last event ID buffer."
            if flags & HAS_ID != 0 {
                self.life.last_event_id.clear();
                self.life
                    .last_event_id
                    .extend_from_slice(self.batch.id(row));
            }
            if flags & DISPATCH != 0 {
                self.stats.events += 1.0;
                news |= is_news(flags);
                if let Some(stream) = &mut self.life.stream {
                    stream.ended_in_error = flags & NAMED_ERROR != 0;
                }
            }
        }
        if news {
            self.handle_news(now);
        }
    }

    fn handle_news(&mut self, now: Now) {
        let life = &mut self.life;
        if let Some(stream) = &mut life.stream {
            stream.news = true;
        }
        life.failures = 0;
        life.clock.zero(now.mono);
        let cleared = life.stall.news(now.mono);
        life.timers.set(Timer::Stall, life.stall.deadline());
        if cleared {
            self.announce_stall();
        }
    }

    pub(super) fn handle_terminal(&mut self, row: usize, outcome: Outcome) {
        if self.life.committed.is_none() || self.life.terminal.is_some() {
            return;
        }
        self.life.terminal = Some(Terminal { row, outcome });
        if self.config.latch {
            self.todo.latch = Some(outcome);
            self.plan(todo::SET_LATCH);
        }
    }

    pub(super) fn handle_drained(&mut self, now: Now) {
        if self.life.committed.is_none() {
            return;
        }
        if self.finish_terminal(now) {
            return self.announce_completion(true);
        }
        self.life.committed = None;
        self.batch.clear();
        self.life.watchdog.drained(now.mono);
        self.read_on(now);
    }

    /// Completes the source if a terminal event is being dispatched. The
    /// completion is not announced.
    pub(super) fn finish_terminal(&mut self, now: Now) -> bool {
        let Some(terminal) = self.life.terminal.take() else {
            return false;
        };
        self.commit(terminal.row + 1, now);
        self.rest(now);
        self.life.outcome = Some(terminal.outcome);
        self.enter(State::Completed, Reason::Terminal, None, now);
        true
    }

    pub(super) fn announce_completion(&mut self, terminal: bool) {
        self.todo.terminal = terminal;
        self.plan(todo::COMPLETE);
    }

    /// Another source, or this one in an earlier life, saw the terminal event.
    fn complete_by_latch(&mut self, outcome: Outcome, now: Now) {
        let newborn = self.stats.timeline.is_empty();
        self.rest(now);
        self.life.outcome = Some(outcome);
        self.life.latched = true;
        if newborn {
            // It was never anything else, so no change is announced.
            self.life.state = State::Completed;
            self.told = State::Completed;
            self.life.reason = Reason::Latched;
            self.life.timers.set(Timer::Announce, now.mono);
            self.record(None, now);
        } else {
            self.enter(State::Completed, Reason::Latched, None, now);
            self.announce_completion(false);
        }
    }

    pub(super) fn handle_ended(&mut self, token: Token, now: Now) {
        if !self.is_streaming(token) || self.life.committed.is_some() {
            return;
        }
        let reason = if self.is_cycle() {
            Reason::Cycle
        } else {
            Reason::Ended
        };
        self.ended(End::new(reason), now);
    }

    /// Whether the open stream, if it ends now, brought what it was to bring.
    fn is_cycle(&self) -> bool {
        let stream = self.life.stream.as_ref();
        self.config.repeatable && stream.is_some_and(|stream| stream.news && !stream.ended_in_error)
    }

    pub(super) fn handle_failed(&mut self, token: Token, fault: Fault, now: Now) {
        let awaited = self.is_awaited(token, now);
        if !awaited && !self.is_streaming(token) {
            return;
        }
        if awaited && fault == Fault::Network && !self.life.refused {
            let has_id = !self.life.last_event_id.is_empty();
            if self.life.resume.tries_query(has_id) {
                return self.request(self.life.reason, Resume::Query, true);
            }
        }
        self.ended(
            End::new(match fault {
                Fault::Headers => Reason::Headers,
                Fault::Params => Reason::Params,
                Fault::Refused if !self.life.ever_open => Reason::Refused,
                Fault::Reconnecting | Fault::Lost if self.is_cycle() => {
                    if fault == Fault::Reconnecting && self.may_be_left(now) {
                        return self.leave_to_platform(now);
                    }
                    Reason::Cycle
                }
                _ => Reason::Network,
            }),
            now,
        );
    }

    pub(super) fn handle_connect_timeout(&mut self, now: Now) {
        if !self.is_awaited(self.token, now) {
            return;
        }
        if self.life.connect_timeout.is_auto() {
            // A guess of ours that was too short is no sign of a dead server.
            self.life.connect_timeout.fired();
            self.life.clock.discard_attempt(now.mono);
        }
        self.ended(End::new(Reason::ConnectTimeout), now);
    }

    pub(super) fn handle_idle(&mut self, due: Millis, now: Now) {
        if self.life.stream.is_none() {
            return;
        }
        if self.life.watchdog.is_dead(due, now.mono) {
            return self.ended(End::new(Reason::Idle), now);
        }
        let deadline = self.life.watchdog.deadline();
        self.life.timers.set(Timer::Idle, deadline);
    }

    pub(super) fn handle_stable(&mut self, now: Now) {
        let life = &mut self.life;
        life.retries = 0;
        life.failures = 0;
        life.renumber = true;
        life.clock.zero(now.mono);
    }

    pub(super) fn check_stall(&mut self, now: Now) {
        if self.life.stall.check(now.mono) {
            self.announce_stall();
        }
    }

    fn announce_stall(&mut self) {
        self.plan(todo::STALL);
    }

    /// The machine slept or the page was frozen: a half-open connection would
    /// be silent for ever.
    pub(super) fn woke(&mut self, now: Now) {
        let life = &mut self.life;
        if life.stream.is_some() {
            life.watchdog.slept(now.mono);
            if life.committed.is_none() {
                life.timers.set(Timer::Idle, life.watchdog.deadline());
            }
        }
    }
}

/// Whether a row is more than activity. An event named `error` is none: a server
/// that says nothing else each time is failing, and nothing of that is forgiven.
fn is_news(flags: u32) -> bool {
    flags & (DISPATCH | HEARTBEAT | NAMED_ERROR) == DISPATCH
}

/// The flags of an event by its type.
fn classify(config: &Config, kind: &[u8]) -> u32 {
    let mut flags = 0;
    if config.heartbeat_events.contains(kind) {
        flags |= HEARTBEAT;
    }
    if kind == b"error" {
        flags |= NAMED_ERROR;
    }
    flags
}
