//! A driver of [`Connection`] in virtual time: it feeds inputs, does what the
//! core asks for, and writes down what a page and a server would see.
//!
//! It checks on the way what must hold in every test: one request at a time,
//! every change of state told from where the page last saw it, and `retryIn`
//! exactly in `waiting`.

use resilient_eventsource::core::{
    Announcement, Config, Connection, DISPATCH, End, Fault, HAS_ID, Head, Input, Judgement, Millis,
    Names, Now, Outcome, Output, Reason, Request, Resume, RetryAfter, State, Token,
};

use crate::rows::{Row, rows};

/// What a page is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shown {
    Event(Row),
    Announced(Announcement),
}

/// Looks at what a page is shown, and may have the page call something at once.
type Handler = Box<dyn FnMut(&Shown, &Connection) -> Vec<Input<'static>>>;

pub(crate) struct Harness {
    pub(crate) connection: Connection,
    pub(crate) now: Now,
    /// Every request, with the time it was made at.
    pub(crate) requests: Vec<(Millis, Request)>,
    /// The last event id at the time of each request, which it carries if any.
    pub(crate) ids: Vec<String>,
    /// Every event that was dispatched.
    pub(crate) events: Vec<Row>,
    /// The latch registry, as far as this source's key goes.
    pub(crate) latch: Option<Outcome>,
    /// The end that `classify` is being asked about.
    pub(crate) asked: Option<(Token, End)>,
    /// What the page does when it is shown something.
    pub(crate) handler: Option<Handler>,
    /// Leave batches to the test instead of dispatching them.
    pub(crate) by_hand: bool,
    /// Whether there is a batch that was neither drained nor dropped.
    pub(crate) dispatching: bool,
    /// Whether the core wants the next chunk.
    pub(crate) reading: bool,
    told: Vec<String>,
    /// The type of the terminal event that is being dispatched.
    terminal_type: String,
    shown_state: Option<State>,
    native: bool,
    live: Option<Token>,
    timeout: Option<Millis>,
}

/// Tests that look at exact times want no jitter in them.
pub(crate) fn plain() -> Config {
    let mut config = Config::default();
    config.retry.jitter = resilient_eventsource::core::Jitter::None;
    config
}

impl Harness {
    /// A source that was constructed: its first request is out.
    pub(crate) fn start(config: Config) -> Self {
        Self::start_with_seed(config, 1)
    }

    pub(crate) fn start_with_seed(config: Config, seed: u64) -> Self {
        let mut harness = Self::new(config, seed);
        harness.input(Input::Start);
        harness
    }

    /// A source whose first stream is open.
    pub(crate) fn opened(config: Config) -> Self {
        let mut harness = Self::start(config);
        harness.opens();
        harness.told();
        harness
    }

    /// A source that has not begun.
    pub(crate) fn new(mut config: Config, seed: u64) -> Self {
        if config.heartbeat_events == Names::default() {
            config.heartbeat_events = Names::new(&["heartbeat", "ping", "keepalive", "connected"]);
        }
        Self {
            native: config.native,
            connection: Connection::new(config, seed),
            now: Now {
                mono: 5_000,
                wall: 1_700_000_000_000,
            },
            requests: Vec::new(),
            ids: Vec::new(),
            events: Vec::new(),
            latch: None,
            asked: None,
            handler: None,
            by_hand: false,
            dispatching: false,
            reading: false,
            told: Vec::new(),
            terminal_type: String::new(),
            shown_state: None,
            live: None,
            timeout: None,
        }
    }

    // What the server and the network do.

    /// The server answers with an event stream.
    pub(crate) fn opens(&mut self) {
        self.answers_with(200, "text/event-stream", None);
    }

    /// A stream opens to which redirects led, at another origin.
    pub(crate) fn opens_elsewhere(&mut self) {
        let head = Head {
            status: 200,
            content_type: b"text/event-stream",
            retry_after: None,
            elsewhere: true,
        };
        self.input(Input::Response(self.token(), head));
    }

    pub(crate) fn answers(&mut self, status: u16) {
        self.answers_with(status, "text/plain", None);
    }

    /// The server answers `status` and asks for time.
    pub(crate) fn answers_later(&mut self, status: u16, seconds: u32) {
        self.answers_with(status, "text/plain", Some(RetryAfter::Seconds(seconds)));
    }

    pub(crate) fn answers_with(
        &mut self,
        status: u16,
        content_type: &str,
        retry_after: Option<RetryAfter>,
    ) {
        let head = Head {
            status,
            content_type: content_type.as_bytes(),
            retry_after,
            elsewhere: false,
        };
        self.input(Input::Response(self.token(), head));
    }

    /// Bytes arrive.
    pub(crate) fn sends(&mut self, bytes: &str) {
        self.sends_bytes(bytes.as_bytes());
    }

    pub(crate) fn sends_bytes(&mut self, bytes: &[u8]) {
        assert!(self.reading, "no chunk may follow before it is asked for");
        self.reading = false;
        self.input(Input::Chunk(self.token(), bytes));
    }

    /// The server ends the stream.
    pub(crate) fn ends(&mut self) {
        self.live = None;
        self.input(Input::Ended(self.token()));
    }

    /// The network fails, and it is no page that is leaving.
    pub(crate) fn breaks(&mut self) {
        self.fails(Fault::Network);
        self.passes(60);
    }

    pub(crate) fn fails(&mut self, fault: Fault) {
        // A platform's own source goes on unless it is closed.
        if fault != Fault::Reconnecting {
            self.live = None;
        }
        self.input(Input::Failed(self.token(), fault));
    }

    /// The platform's own source, which the core had left alone, is replaced.
    pub(crate) fn replaces(&mut self, wake: Input<'_>) {
        self.live = None;
        self.input(wake);
    }

    // What time does.

    /// Time passes, and every timer fires in time.
    pub(crate) fn passes(&mut self, millis: Millis) {
        let until = self.now.mono + millis;
        while let Some(at) = self.timeout.filter(|&at| at <= until) {
            self.jumps(at.saturating_sub(self.now.mono));
            self.input(Input::Timeout);
        }
        self.jumps(until - self.now.mono);
    }

    /// Time passes up to the next timer, which fires. Answers how long it took.
    pub(crate) fn wakes(&mut self) -> Millis {
        let at = self.timeout.expect("a timer is pending");
        let wait = at.saturating_sub(self.now.mono);
        self.jumps(wait);
        self.input(Input::Timeout);
        wait
    }

    /// Both clocks go on, and no timer fires: the tab is throttled.
    pub(crate) fn jumps(&mut self, millis: Millis) {
        self.now.mono += millis;
        self.now.wall += millis;
    }

    /// The machine sleeps in an engine whose monotonic clock stands still.
    pub(crate) fn sleeps(&mut self, millis: Millis) {
        self.now.wall += millis;
    }

    // What the core is asked and what it says.

    pub(crate) fn input(&mut self, input: Input<'_>) {
        if let Input::Terminal(row, _) = input {
            let event = rows(self.connection.batch()).swap_remove(row);
            self.terminal_type = match event.kind.as_str() {
                "" => "message".into(),
                _ => event.kind,
            };
        }
        self.connection.handle_input(input, self.now);
        self.drain();
    }

    /// The answer of `classify`.
    pub(crate) fn judges(&mut self, judgement: Option<Judgement>) {
        let (token, _) = self.asked.take().expect("an end to classify");
        self.input(Input::Classified(token, judgement));
    }

    pub(crate) fn state(&self) -> State {
        self.connection.state()
    }

    pub(crate) fn reason(&self) -> Reason {
        self.connection.snapshot().reason
    }

    /// What the page was told since this was last asked, a line each.
    pub(crate) fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// The newest request.
    pub(crate) fn request(&self) -> &Request {
        &self.requests.last().expect("a request").1
    }

    /// How the newest request resumes, and after which event.
    pub(crate) fn resume(&self) -> (Resume, &str) {
        self.resume_of(self.requests.len() - 1)
    }

    pub(crate) fn resume_of(&self, request: usize) -> (Resume, &str) {
        (self.requests[request].1.resume, &self.ids[request])
    }

    pub(crate) fn token(&self) -> Token {
        self.requests.last().map_or(0, |(_, request)| request.token)
    }

    /// The delay that `waiting` was announced with last.
    pub(crate) fn retry_in(&self) -> Millis {
        let timeline = &self.connection.stats().timeline;
        let delay = timeline.last().and_then(|entry| entry.retry_in);
        delay.expect("the source waits") as Millis
    }

    /// Whether a timer is pending.
    pub(crate) fn has_timer(&self) -> bool {
        self.timeout.is_some()
    }

    /// Whether a request is out, or its stream open.
    pub(crate) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    fn drain(&mut self) {
        loop {
            match self.connection.poll_output() {
                Output::ConsultLatch => {
                    let answer = Input::Latch(self.latch);
                    self.connection.handle_input(answer, self.now);
                }
                Output::SetLatch(outcome) => self.latch = Some(outcome),
                Output::ClearLatch => self.latch = None,
                Output::Open(request) => {
                    assert_eq!(self.live, None, "one request at a time");
                    self.live = Some(request.token);
                    self.reading = false;
                    self.requests.push((self.now.mono, request));
                    self.ids.push(self.connection.last_event_id().into_owned());
                }
                Output::Abort => {
                    self.live = None;
                    self.reading = false;
                }
                Output::Read(token) => {
                    assert_eq!(self.live, Some(token), "reads from the live stream");
                    self.reading = true;
                }
                Output::Dispatch => {
                    self.dispatching = true;
                    if !self.by_hand {
                        self.dispatch();
                    }
                }
                Output::DropBatch => self.dispatching = false,
                Output::Classify(token, end) => self.asked = Some((token, end)),
                Output::Announce(announcement) => self.announce(announcement),
                Output::Timeout(at) => {
                    self.timeout = at;
                    return;
                }
            }
        }
    }

    /// The loop over a batch, as the class has it.
    fn dispatch(&mut self) {
        let batch = rows(self.connection.batch());
        let mut done = 0;
        for (row, content) in batch.into_iter().enumerate() {
            done = row + 1;
            let terminal = terminal_of(&content.kind);
            if let Some(outcome) = terminal {
                self.input(Input::Terminal(row, outcome));
            }
            if content.flags & DISPATCH != 0 {
                self.input(Input::Commit(done));
                self.events.push(content.clone());
                self.show(&Shown::Event(content));
            }
            if !self.dispatching {
                return;
            }
            if terminal.is_some() {
                break;
            }
        }
        self.finish_batch(done);
    }

    /// The loop over the batch is over after this many rows.
    pub(crate) fn finish_batch(&mut self, rows: usize) {
        self.dispatching = false;
        self.input(Input::Commit(rows));
        self.input(Input::Drained);
    }

    fn announce(&mut self, announcement: Announcement) {
        if let Announcement::StateChange {
            state,
            previous,
            retry_in,
            ..
        } = &announcement
        {
            let shown = self.shown_state.replace(*state).unwrap_or(*previous);
            assert_eq!(*previous, shown, "told from where it was");
            assert_ne!(state, previous, "the same state is never announced twice");
            let waits = *state == State::Waiting;
            assert!(retry_in.is_some() == waits || (self.native && waits));
        }
        self.told.push(line(&announcement, &self.terminal_type));
        self.show(&Shown::Announced(announcement));
    }

    fn show(&mut self, shown: &Shown) {
        let Some(mut handler) = self.handler.take() else {
            return;
        };
        let acts = handler(shown, &self.connection);
        self.handler = Some(handler);
        for act in acts {
            self.input(act);
        }
    }
}

/// What the page's option `terminal` says, in every test: the core hears of a
/// terminal event by an input only.
fn terminal_of(kind: &str) -> Option<Outcome> {
    match kind {
        "run_completed" => Some(Outcome::Completed),
        "run_failed" => Some(Outcome::Failed),
        _ => None,
    }
}

/// An announcement in a line.
fn line(announcement: &Announcement, terminal_type: &str) -> String {
    let within =
        |retry_in: &Option<Millis>| retry_in.map_or(String::new(), |ms| format!(" in {ms}"));
    match announcement {
        Announcement::StateChange {
            state,
            reason,
            retry_in,
            ..
        } => format!(
            "{} ({}){}",
            state.as_str(),
            reason.as_str(),
            within(retry_in)
        ),
        Announcement::Open => "open".into(),
        Announcement::Error {
            end,
            retry_in,
            fatal,
            ..
        } => format!(
            "error {}{}{}{}",
            end.reason.as_str(),
            end.status
                .map_or(String::new(), |status| format!(" {status}")),
            within(retry_in),
            if *fatal { " fatal" } else { "" }
        ),
        Announcement::Complete {
            outcome,
            terminal,
            latched,
        } => format!(
            "complete {}{}{}",
            outcome.as_str(),
            if *terminal {
                format!(" by {terminal_type}")
            } else {
                String::new()
            },
            if *latched { " latched" } else { "" }
        ),
        Announcement::Stall(true) => "stalled".into(),
        Announcement::Stall(false) => "moving".into(),
    }
}

/// Whether a row moves the last event id.
pub(crate) fn has_id(row: &Row) -> bool {
    row.flags & HAS_ID != 0
}
