//! What must always hold, and what the end of an attempt may mean, held
//! against everything that a source does.
//!
//! The checker keeps books of its own, from what a source was told and what it
//! did. It knows its options, and nothing of what it keeps inside.

mod clock;
mod delays;
mod delivery;
mod verdicts;

use resilient_eventsource::core::{
    Announcement, Config, Connection, End, Fault, Input, Judgement, Millis, Now, Outcome, Reason,
    Request, Resume, State, Token, Transition,
};

use clock::GiveUp;
use delays::Delays;
use delivery::Delivery;

/// What was broken, in words.
pub(crate) type Broken = String;

macro_rules! hold {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+));
        }
    };
}
use hold;

/// What is so, and not the source's to decide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) now: Now,
    pub(crate) offline: bool,
    pub(crate) hidden: bool,
    pub(crate) latch: Option<Outcome>,
}

pub(crate) struct Checker {
    config: Config,
    /// The state now and the reason for it, and the state that the page was told last.
    state: State,
    reason: Reason,
    told: Option<State>,
    /// `close()` returned, and no `reset()` came after.
    silent: bool,
    aborted: bool,
    resets: u32,
    /// The newest request while it is out or its stream open.
    live: Option<Token>,
    dispatching: bool,
    newest: Token,
    /// The platform's own source reconnects by itself; and since when it did so last.
    left: bool,
    left_at: Vec<Millis>,
    hidden_since: Option<Now>,
    /// What the input under way allows.
    may_leave_rest: bool,
    by_reconnect: bool,
    pub(crate) life: Life,
}

/// What a `reset()` ends.
pub(crate) struct Life {
    ever_open: bool,
    credit: bool,
    first_attempt_at: Option<Millis>,
    terminal: bool,
    half_open: u32,
    failures: u64,
    attempt: Attempt,
    give_up: GiveUp,
    delays: Delays,
    /// An enforced policy named the URL only when an attempt had been judged: it
    /// is told of the next one too.
    late_violation: bool,
    pub(crate) delivery: Delivery,
}

/// What is known of the present attempt.
#[derive(Debug, Default)]
struct Attempt {
    /// The status that ended it, where one did.
    status: Option<u16>,
    was_open: bool,
    /// Every answer of it but an open stream counts as a network error: it is
    /// the second request, which carries the last event id in the query.
    is_trial: bool,
    asked: Option<Token>,
    judgement: Option<Judgement>,
    /// An enforced policy named the URL.
    violation: bool,
}

impl Life {
    fn new(config: &Config, replays: bool) -> Self {
        Self {
            ever_open: false,
            credit: config.fresh_credentials,
            first_attempt_at: None,
            terminal: false,
            half_open: 0,
            failures: 0,
            attempt: Attempt::default(),
            give_up: GiveUp::new(config),
            delays: Delays::new(config),
            late_violation: false,
            delivery: Delivery::new(config, replays),
        }
    }
}

impl Checker {
    pub(crate) fn new(config: &Config, replays: bool) -> Self {
        Self {
            state: State::Connecting,
            reason: Reason::Start,
            told: None,
            silent: false,
            aborted: false,
            resets: 0,
            live: None,
            dispatching: false,
            newest: 0,
            left: false,
            left_at: Vec::new(),
            hidden_since: None,
            may_leave_rest: true,
            by_reconnect: false,
            life: Life::new(config, replays),
            config: config.clone(),
        }
    }

    /// Whether an input tells what became of a platform's own source that was
    /// left to reconnect: that was an attempt, which is entered here.
    pub(crate) fn adopts(&mut self, input: &Input<'_>, world: World) -> Result<bool, Broken> {
        let tells = match input {
            Input::Response(token, _) | Input::Failed(token, _) => *token == self.newest,
            _ => false,
        };
        if !self.left || !tells {
            return Ok(false);
        }
        self.left = false;
        self.life.give_up.passes(world.now.mono);
        self.state = State::Connecting;
        self.live = Some(self.newest);
        self.connecting(world)?;
        Ok(true)
    }

    /// The platform's own source did not reconnect in time.
    pub(crate) fn adopts_in_vain(&mut self, world: World) -> Result<bool, Broken> {
        let newest = self.newest;
        let adopted = self.adopts(&Input::Failed(newest, Fault::Reconnecting), world)?;
        self.live = None;
        self.life.give_up.attempt_ended();
        Ok(adopted)
    }

    /// Before the source takes an input.
    pub(crate) fn input(&mut self, input: &Input<'_>, world: World) {
        let now = world.now.mono;
        self.life.give_up.passes(now);
        if !matches!(input, Input::Latch(_)) {
            self.may_leave_rest = self.leads_out_of_rest(input, world.now);
            self.by_reconnect = matches!(input, Input::Reconnect);
        }
        match input {
            Input::Response(token, head) if self.live == Some(*token) => {
                if head.status == 200 && head.content_type == b"text/event-stream" {
                    self.opened(now);
                    return;
                }
                self.life.give_up.attempt_ended();
                if !self.life.attempt.is_trial {
                    self.life.attempt.status = Some(head.status);
                    self.life.delays.answered(head.retry_after, world.now);
                }
            }
            Input::Chunk(token, bytes) if self.live == Some(*token) => {
                self.life.delays.received(bytes, now);
            }
            Input::Ended(token) | Input::Failed(token, _) if self.live == Some(*token) => {
                self.stream_ended(now);
                self.live = None;
            }
            Input::Classified(token, judgement) if self.life.attempt.asked == Some(*token) => {
                self.life.attempt.asked = None;
                self.life.attempt.judgement = *judgement;
            }
            Input::CspViolation => {
                let judged = self.life.attempt.asked.is_some()
                    || (self.state == State::Waiting && self.reason == Reason::Network);
                self.life.late_violation |= judged;
                self.life.attempt.violation |= self.state == State::Connecting && !judged;
            }
            Input::Frozen(frozen) => self.life.give_up.frozen(*frozen),
            Input::Hidden(true) => {
                self.hidden_since.get_or_insert(world.now);
            }
            Input::Hidden(false) => self.hidden_since = None,
            Input::Abort => self.aborted = true,
            // A call of its own, with news of its own.
            Input::Clear => self.silent = false,
            Input::Reset if !self.aborted => {
                let replays = self.life.delivery.replays();
                self.life = Life::new(&self.config, replays);
                self.left_at.clear();
                self.life.give_up.passes(now);
                self.silent = false;
                self.resets += 1;
            }
            Input::Reconnect if matches!(self.state, State::GaveUp | State::Failed) => {
                self.life.failures = 0;
                self.life.half_open = 0;
                self.life.credit = self.config.fresh_credentials;
                self.life.give_up.zero();
                self.life.delays.fresh_start();
            }
            _ => {}
        }
        let revives = matches!(input, Input::Online(true) | Input::Hidden(false));
        if self.state == State::GaveUp && revives && self.may_leave_rest {
            self.life.half_open = 3;
        }
    }

    /// What makes a source at rest begin again: the network's or the page's
    /// return where it gave up, and the caller's own calls.
    fn leads_out_of_rest(&self, input: &Input<'_>, now: Now) -> bool {
        let away = self.hidden_since.map_or(0, |since| {
            let mono = now.mono.saturating_sub(since.mono);
            mono.max(now.wall.saturating_sub(since.wall))
        });
        match self.state {
            State::Closed => matches!(input, Input::Reset),
            State::Completed => matches!(input, Input::Reset | Input::Clear),
            State::Failed | State::GaveUp => match input {
                Input::Reset | Input::Clear | Input::Close | Input::Abort | Input::Reconnect => {
                    true
                }
                Input::Online(true) => self.state == State::GaveUp,
                Input::Hidden(false) => self.state == State::GaveUp && away >= 30_000,
                _ => false,
            },
            _ => true,
        }
    }

    fn opened(&mut self, now: Millis) {
        let life = &mut self.life;
        life.ever_open = true;
        life.attempt.was_open = true;
        life.attempt.violation = false;
        life.credit = self.config.fresh_credentials;
        life.delays.opened(now);
        life.give_up.opened();
        if std::mem::take(&mut life.half_open) > 0 {
            life.failures = 0;
            life.give_up.zero();
        }
    }

    fn stream_ended(&mut self, now: Millis) {
        let life = &mut self.life;
        if life.delays.ended(now) {
            life.failures = 0;
            life.give_up.zero();
        }
        life.give_up.attempt_ended();
    }

    /// The source changed its state while it took an input.
    pub(crate) fn transition(&mut self, entry: &Transition, world: World) -> Result<(), Broken> {
        let previous = std::mem::replace(&mut self.state, entry.state);
        self.reason = entry.reason;
        hold!(
            previous.may_become(entry.state),
            "{previous:?} became {:?}",
            entry.state
        );
        hold!(self.may_leave_rest, "it left {previous:?} by itself");
        // Which it may do after a cycle, if not too often, and nobody decides.
        self.left = self.config.native
            && entry.state == State::Waiting
            && entry.reason == Reason::Cycle
            && entry.retry_in.is_none();
        if self.left {
            let now = world.now.mono;
            self.left_at.push(now);
            // However far one looks back: once in 2 s, and three at once.
            let mut paced = (1..).zip(self.left_at.iter().rev());
            hold!(
                paced.all(|(times, at)| now - at + 3 * 2_000 >= times * 2_000)
                    && !self.config.classify,
                "left to the platform at {:?}",
                self.left_at
            );
        }
        hold!(
            entry.retry_in.is_some() == (entry.state == State::Waiting && !self.left),
            "retryIn is set in waiting, and nowhere else: {entry:?}"
        );
        if previous == State::Open {
            self.stream_ended(world.now.mono);
        }
        self.check_verdict(entry, world)
    }

    /// At most one live stream, and none that something forbids.
    pub(crate) fn opens(&mut self, request: &Request, world: World) -> Result<(), Broken> {
        hold!(self.live.is_none(), "two requests at once");
        hold!(
            self.state == State::Connecting,
            "a request in {:?}",
            self.state
        );
        hold!(!self.silent, "a request after close()");
        // The second request of an attempt is no way to connect of its own.
        hold!(
            request.again || !(self.config.latch && world.latch.is_some()),
            "a request though the key is latched"
        );
        let has_id = !self.life.delivery.last_event_id().is_empty();
        hold!(
            has_id == (request.resume != Resume::None),
            "it resumes by {:?}",
            request.resume
        );
        if self.life.first_attempt_at.is_none() {
            // A `reset()` while it connects changes no state.
            self.connecting(world)?;
        }
        self.life.attempt.is_trial = request.again;
        if request.again {
            self.life.give_up.attempt_goes_on();
        }
        self.live = Some(request.token);
        self.newest = request.token;
        Ok(())
    }

    pub(crate) fn aborts(&mut self) {
        self.live = None;
    }

    /// A batch is to be dispatched, the only one.
    pub(crate) fn dispatches(&mut self) -> Result<(), Broken> {
        hold!(!self.dispatching, "two batches at once");
        hold!(self.live.is_some(), "a batch of a dead stream");
        self.dispatching = true;
        Ok(())
    }

    pub(crate) fn batch_over(&mut self) {
        self.dispatching = false;
    }

    /// `classify` is asked about an end.
    pub(crate) fn asks(&mut self, token: Token, end: &End, now: Now) -> Result<(), Broken> {
        hold!(self.config.classify, "asked though there is no classify");
        hold!(
            end.status == self.life.attempt.status,
            "asked about {end:?}"
        );
        self.stream_ended(now.mono);
        self.life.attempt.asked = Some(token);
        Ok(())
    }

    /// News was received, which zeroes the give-up clock and the failures.
    pub(crate) fn news(&mut self) {
        self.life.failures = 0;
        self.life.give_up.zero();
    }

    /// An event is dispatched: none after `close()`, none after a terminal one.
    pub(crate) fn event(&mut self, terminal: bool) -> Result<(), Broken> {
        hold!(!self.silent, "an event after close()");
        hold!(self.dispatching, "an event without a batch");
        hold!(self.state == State::Open, "an event in {:?}", self.state);
        hold!(!self.life.terminal, "an event after the terminal one");
        self.life.terminal = terminal;
        Ok(())
    }

    /// Nothing is told after `close()`, the same state never twice running, and
    /// the properties are set before anything is told.
    pub(crate) fn announces(&mut self, announcement: &Announcement) -> Result<(), Broken> {
        hold!(!self.silent, "told after close(): {announcement:?}");
        let now = self.state;
        match announcement {
            Announcement::StateChange {
                state,
                previous,
                retry_in,
                ..
            } => {
                hold!(state != previous, "{state:?} announced twice running");
                let told = self.told.replace(*state).unwrap_or(*previous);
                hold!(told == *previous, "told of {previous:?} after {told:?}");
                hold!(*state == now, "told of {state:?} in {now:?}");
                hold!(
                    retry_in.is_some() == (now == State::Waiting && !self.left),
                    "retryIn in {now:?}"
                );
            }
            Announcement::Error {
                retry_in, fatal, ..
            } => {
                hold!(*fatal == (now == State::Failed), "fatal in {now:?}");
                hold!(
                    retry_in.is_some() == (now == State::Waiting && !self.left),
                    "retryIn of an error in {now:?}"
                );
            }
            Announcement::Open => hold!(now == State::Open, "open in {now:?}"),
            Announcement::Complete { .. } => {
                hold!(now == State::Completed, "complete in {now:?}");
            }
            Announcement::Stall(_) => {
                hold!(self.config.stall_after > 0, "a stall without the option");
            }
        }
        Ok(())
    }

    /// The source took an input, and all that it asked for was done.
    pub(crate) fn settled(
        &mut self,
        connection: &Connection,
        timeout: Option<Millis>,
    ) -> Result<(), Broken> {
        let state = connection.state();
        hold!(state == self.state, "{state:?} without a transition");
        self.life.delivery.check_id(&connection.last_event_id())?;
        let snapshot = connection.snapshot();
        if state.is_final() || state == State::GaveUp {
            hold!(self.live.is_none(), "a live request in {state:?}");
            // One that was born complete has yet to say so.
            let newborn = snapshot.latched && self.told.is_none();
            hold!(timeout.is_none() || newborn, "a timer in {state:?}");
        }
        let consistent = snapshot.retry_at.is_some() == (state == State::Waiting && !self.left)
            && snapshot.outcome.is_some() == (state == State::Completed)
            && (snapshot.opened_at.is_none() || state == State::Open)
            && (!snapshot.latched || state == State::Completed);
        hold!(consistent, "{snapshot:?}");
        // While a stream is open, its timer may be about to zero them.
        let failures = u64::from(snapshot.failures);
        hold!(
            state == State::Open || failures == self.life.failures,
            "{failures} failures instead of {}",
            self.life.failures
        );
        Ok(())
    }

    /// How many lives the source had before this one.
    pub(crate) fn resets(&self) -> u32 {
        self.resets
    }

    /// The caller's `close()`, or what is like it, returned.
    pub(crate) fn closed(&mut self) -> Result<(), Broken> {
        let closed = matches!(self.state, State::Closed | State::Completed);
        hold!(closed, "{:?} after close()", self.state);
        self.silent = true;
        Ok(())
    }

    /// Nothing can bring the source back.
    pub(crate) fn is_over(&self) -> bool {
        self.aborted
    }
}
