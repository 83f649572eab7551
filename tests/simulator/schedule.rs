//! One schedule: a source, a server, a network, a page and a caller, all drawn
//! from one seed, in virtual time.

mod exchange;
mod feeding;
mod handlers;

use std::collections::BTreeSet;

use resilient_eventsource::core::{
    Config, Connection, FOREVER, Fault, Input, Judgement, Millis, Now, Outcome, ResumeMode, State,
    Token,
};

use crate::invariants::{Broken, Checker, World};
use crate::network::{Answer, Piece, Pipe};
use crate::options;
use crate::page::{Happening, Page};
use crate::rng::Rng;
use crate::rows::Row;
use crate::server::{Server, Stream};
use crate::trace::Trace;

const NEVER: Millis = Millis::MAX;

/// How much a schedule reached.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    pub(crate) steps: u64,
    pub(crate) events: u64,
    pub(crate) requests: u64,
    /// How often a platform's own source was left to reconnect.
    pub(crate) left: u64,
    pub(crate) states: BTreeSet<&'static str>,
    pub(crate) reasons: BTreeSet<&'static str>,
}

pub(crate) struct Schedule {
    rng: Rng,
    climate: Climate,
    /// Time as the server has it; the machine's clocks lag behind or run ahead.
    time: Millis,
    stood_still: Millis,
    wall_ahead: i64,
    connection: Connection,
    config: Config,
    checker: Checker,
    server: Server,
    page: Page,
    latch: Option<Outcome>,
    wire: Option<Wire>,
    newest: Token,
    reading: bool,
    batch: Option<Batch>,
    answers: Vec<(Millis, Token, Option<Judgement>)>,
    /// When a busy page is told that its policy refused a request.
    violation_at: Millis,
    timer: Timer,
    page_at: Millis,
    caller_at: Millis,
    other_tab_at: Millis,
    pub(crate) reached: Reached,
    pub(crate) trace: Trace,
}

/// How often things happen, so that schedules differ in kind.
struct Climate {
    page: Millis,
    caller: Millis,
    /// Of a hundred things shown to the page, how many make it call something.
    handlers: u64,
    late_timers: u64,
    slices: u64,
}

/// The request that is out, and its stream.
struct Wire {
    token: Token,
    /// The last event id that it carries; empty where there is none.
    id: String,
    answer: Option<(Millis, Answer)>,
    body: Option<(Stream, Pipe)>,
    write_at: Option<Millis>,
}

/// The batch that is being dispatched.
struct Batch {
    rows: Vec<Row>,
    done: usize,
    slice_at: Millis,
}

/// The core's timer, as an engine keeps it: perhaps late.
#[derive(Default)]
struct Timer {
    asked: Option<Millis>,
    late: Millis,
}

/// What comes next.
enum Next {
    Timer,
    Answer,
    Write,
    Read,
    Slice,
    Violation,
    Judgement(usize),
    Page,
    Caller,
    OtherTab,
}

impl Schedule {
    pub(crate) fn new(seed: u64, traced: bool) -> Self {
        let mut rng = Rng::new(seed);
        let config = options::draw(&mut rng);
        let server = Server::draw(&config, &mut rng);
        let climate = Climate {
            page: rng.pick(&[NEVER, 2_000, 30_000, 300_000]),
            caller: rng.pick(&[NEVER, NEVER, 5_000, 60_000]),
            handlers: rng.pick(&[0, 0, 1, 5]),
            late_timers: rng.pick(&[0, 5, 50]),
            slices: rng.pick(&[0, 20, 80]),
        };
        let mut trace = Trace::new(traced);
        trace.write(0, || format!("{config:?}"));
        let born_latched = rng.chance(3);
        let mut schedule = Self {
            time: rng.between(0, 100_000),
            stood_still: 0,
            wall_ahead: 1_700_000_000_000,
            connection: Connection::new(config.clone(), rng.next()),
            checker: Checker::new(&config, server.replays),
            config,
            server,
            page: Page::default(),
            latch: born_latched.then_some(Outcome::Failed),
            wire: None,
            newest: 0,
            reading: false,
            batch: None,
            answers: Vec::new(),
            violation_at: NEVER,
            timer: Timer::default(),
            page_at: 0,
            caller_at: 0,
            other_tab_at: NEVER,
            reached: Reached::default(),
            trace,
            climate,
            rng,
        };
        schedule.plan_page();
        schedule.plan_caller();
        if schedule.rng.chance(20) {
            schedule.other_tab_at = schedule.time + schedule.rng.span(100, 600_000);
        }
        schedule
    }

    /// Runs the whole schedule: chance for a while, then nothing but health,
    /// in which every source that is not at rest must come to its stream.
    pub(crate) fn run(&mut self, steps: u64) -> Result<(), Broken> {
        self.begin()?;
        for _ in 0..steps {
            self.stale_input()?;
            if self.checker.is_over() && self.rng.chance(10) || !self.step()? {
                break;
            }
        }
        self.heal()
    }

    fn begin(&mut self) -> Result<(), Broken> {
        if self.rng.chance(1) {
            // The signal was aborted before construction.
            self.feed(Input::Abort)?;
        }
        for input in self.page.begins(&mut self.rng) {
            self.feed(input)?;
        }
        self.feed(Input::Start)
    }

    /// The next thing that happens; false when nothing does any more.
    fn step(&mut self) -> Result<bool, Broken> {
        let Some((at, next)) = self.next() else {
            return Ok(false);
        };
        self.time = self.time.max(at);
        self.reached.steps += 1;
        match next {
            Next::Timer => {
                self.timer.asked = None;
                self.feed(Input::Timeout)?;
            }
            Next::Answer => self.answer()?,
            Next::Write => self.write(),
            Next::Read => self.read()?,
            Next::Slice => self.slice()?,
            Next::Judgement(index) => {
                let (_, token, judgement) = self.answers.remove(index);
                self.feed(Input::Classified(token, judgement))?;
            }
            Next::Violation => {
                self.violation_at = NEVER;
                self.feed(Input::CspViolation)?;
            }
            Next::Page => self.page_happens()?,
            Next::Caller => {
                let act = self.act();
                self.plan_caller();
                self.feed(act)?;
            }
            Next::OtherTab => {
                self.other_tab_at = NEVER;
                if self.config.latch {
                    self.latch = Some(Outcome::Completed);
                    self.trace.write(self.time, || "another tab latches".into());
                }
            }
        }
        Ok(true)
    }

    fn next(&self) -> Option<(Millis, Next)> {
        let mut all = vec![(self.page_at, Next::Page)];
        if !self.page.is_still() {
            all.push((self.caller_at, Next::Caller));
            all.push((self.other_tab_at, Next::OtherTab));
            all.push((self.violation_at, Next::Violation));
            if let Some(asked) = self.timer.asked {
                let at = asked.saturating_add(self.stood_still + self.timer.late);
                all.push((at, Next::Timer));
            }
            if let Some(wire) = &self.wire {
                if let Some((at, _)) = &wire.answer {
                    all.push((*at, Next::Answer));
                }
                all.extend(wire.write_at.map(|at| (at, Next::Write)));
                let body = wire.body.as_ref().filter(|_| self.reading);
                let ready = body.and_then(|(_, pipe)| pipe.next_at());
                all.extend(ready.map(|at| (at, Next::Read)));
            }
            all.extend(
                self.batch
                    .as_ref()
                    .map(|batch| (batch.slice_at, Next::Slice)),
            );
            let judgements = self.answers.iter().enumerate();
            all.extend(judgements.map(|(index, (at, ..))| (*at, Next::Judgement(index))));
        }
        let soonest = all.into_iter().min_by_key(|(at, _)| *at)?;
        (soonest.0 != NEVER).then_some(soonest)
    }

    fn page_happens(&mut self) -> Result<(), Broken> {
        let happening = self.page.happens(&mut self.rng);
        self.plan_page();
        match happening {
            Happening::Told(input) => self.feed(input),
            Happening::Sleep(duration, stands_still) => {
                self.trace
                    .write(self.time, || format!("sleeps {duration} {stands_still}"));
                self.time += duration;
                if stands_still {
                    self.stood_still += duration;
                }
                self.plan_page();
                if self.rng.chance(50) {
                    // Half-open connections are born here.
                    if let Some(wire) = &mut self.wire {
                        (wire.answer, wire.body, wire.write_at) = (None, None, None);
                    }
                }
                Ok(())
            }
            Happening::ClockSet(by) => {
                self.wall_ahead += by;
                Ok(())
            }
        }
    }

    fn plan_page(&mut self) {
        let pace = if self.page.is_still() {
            self.climate.page.min(600_000)
        } else {
            self.climate.page
        };
        self.page_at = self.after(pace);
    }

    fn plan_caller(&mut self) {
        self.caller_at = self.after(self.climate.caller);
    }

    fn after(&mut self, pace: Millis) -> Millis {
        if pace == NEVER {
            return NEVER;
        }
        self.time + self.rng.between(0, 2 * pace)
    }

    fn world(&self) -> World {
        World {
            now: Now {
                mono: self.time - self.stood_still,
                wall: self.time.saturating_add_signed(self.wall_ahead),
            },
            offline: self.page.is_offline(),
            hidden: self.page.is_hidden(),
            latch: self.latch,
        }
    }

    // The end.

    fn heal(&mut self) -> Result<(), Broken> {
        self.trace
            .write(self.time, || "all is well from here on".into());
        self.server.heal();
        self.climate = Climate {
            page: NEVER,
            caller: NEVER,
            handlers: 0,
            late_timers: 0,
            slices: 0,
        };
        (self.page_at, self.caller_at, self.other_tab_at) = (NEVER, NEVER, NEVER);
        for (at, _, judgement) in &mut self.answers {
            (*at, *judgement) = (self.time, None);
        }
        for input in self.page.comes_back() {
            self.feed(input)?;
        }
        // What hangs is found out, so that the end comes within this life.
        if let Some(wire) = &mut self.wire {
            wire.write_at = None;
            if let Some((_, pipe)) = &mut wire.body {
                pipe.push(Piece::Cut, self.time);
            } else {
                wire.answer = Some((self.time, Answer::Failure(Fault::Network)));
            }
        }
        let until = self.time + 4 * 3_600_000;
        for _ in 0..20_000 {
            if self.is_well() {
                return Ok(());
            }
            if self.time > until || !self.step()? {
                break;
            }
        }
        Err(format!(
            "it never came to its stream: {:?}, next event {} of {}",
            self.connection.state(),
            self.checker.life.delivery.next(),
            self.server.produced(self.time),
        ))
    }

    fn is_well(&self) -> bool {
        let state = self.connection.state();
        let may_give_up =
            self.config.max_retries != FOREVER || self.config.give_up_after != FOREVER;
        let hopeless = self.config.resume == ResumeMode::Header && !self.server.allows_header();
        if state.is_final() || (state == State::GaveUp && may_give_up) || hopeless {
            return true;
        }
        let next = self.checker.life.delivery.next();
        let all = next > self.server.produced(self.time);
        self.batch.is_none() && (all || (!self.server.replays && state == State::Open))
    }
}
