//! What the source is told, and what it asks for in return.

use resilient_eventsource::core::{Fault, Head, Input, Judgement, Millis, Output, State, Token};

use super::{Batch, Schedule};
use crate::invariants::Broken;
use crate::rows::rows;

impl Schedule {
    pub(super) fn feed(&mut self, input: Input<'_>) -> Result<(), Broken> {
        let closes = matches!(input, Input::Close | Input::Abort | Input::Clear);
        let resets = self.checker.resets();
        self.take(input)?;
        self.drain()?;
        self.checker.settled(&self.connection, self.timer.asked)?;
        // Unless a handler that heard of it took it back.
        if closes && resets == self.checker.resets() {
            self.checker.closed()?;
        }
        Ok(())
    }

    pub(super) fn take(&mut self, input: Input<'_>) -> Result<(), Broken> {
        self.trace.input(self.time, &input);
        let world = self.world();
        let mut adopted = self.checker.adopts(&input, world)?;
        self.checker.input(&input, world);
        let input_is_timeout = input == Input::Timeout;
        let timeline = &self.connection.stats().timeline;
        let (length, last) = (timeline.len(), timeline.last().cloned());
        self.connection.handle_input(input, world.now);
        let timeline = &self.connection.stats().timeline;
        let fresh = timeline
            .iter()
            .rev()
            .take_while(|entry| Some(*entry) != last.as_ref());
        let mut fresh: Vec<_> = fresh.cloned().collect();
        if input_is_timeout && fresh.len() == 2 {
            // The platform's own source did not come to it in time.
            adopted = self.checker.adopts_in_vain(world)?;
        }
        if adopted {
            // The checker knows of it already.
            let attempt = fresh.pop();
            if attempt.is_none_or(|entry| entry.state != State::Connecting) {
                return Err("what the platform's own source did is no attempt".into());
            }
        }
        if fresh.len() > 1 {
            return Err("two transitions in one input".into());
        }
        if let Some(entry) = fresh.pop() {
            self.trace.transition(self.time, &entry);
            self.reached.states.insert(entry.state.as_str());
            self.reached.reasons.insert(entry.reason.as_str());
            // A source is born connecting, so that is no transition.
            if length == 0 && entry.state == State::Connecting {
                self.checker.connecting(world)?;
            } else {
                self.checker.transition(&entry, world)?;
            }
        }
        Ok(())
    }

    /// Something of a request long given up means nothing.
    pub(super) fn stale_input(&mut self) -> Result<(), Broken> {
        if self.newest < 2 || !self.rng.chance(2) {
            return Ok(());
        }
        let token = self.rng.between(0, u64::from(self.newest) - 1) as Token;
        let head = Head {
            status: 200,
            content_type: b"text/event-stream",
            retry_after: None,
            elsewhere: false,
        };
        let inputs = [
            Input::Response(token, head),
            Input::Chunk(token, b"id: stale\ndata: stale\n\n"),
            Input::Ended(token),
            Input::Failed(token, Fault::Network),
            Input::Classified(token, Some(Judgement::Fatal)),
        ];
        let state = self.connection.state();
        let input = self.rng.pick(&inputs);
        self.feed(input)?;
        if self.connection.state() != state {
            return Err("a stale input changed the state".into());
        }
        Ok(())
    }

    pub(super) fn drain(&mut self) -> Result<(), Broken> {
        loop {
            let output = self.connection.poll_output();
            self.trace.output(self.time, &output);
            let world = self.world();
            match output {
                Output::ConsultLatch => self.take(Input::Latch(self.latch))?,
                Output::SetLatch(outcome) => self.latch = Some(outcome),
                Output::ClearLatch => self.latch = None,
                Output::Open(request) => {
                    self.checker.opens(&request, world)?;
                    self.open(request);
                }
                Output::Abort => {
                    self.checker.aborts();
                    self.wire = None;
                    self.reading = false;
                }
                Output::Read(token) => {
                    if self.wire.as_ref().map(|wire| wire.token) != Some(token) {
                        return Err("it reads from a dead stream".into());
                    }
                    self.reading = true;
                }
                Output::Dispatch => {
                    self.checker.dispatches()?;
                    self.batch = Some(Batch {
                        rows: rows(self.connection.batch()),
                        done: 0,
                        slice_at: self.time,
                    });
                    self.slice()?;
                }
                Output::DropBatch => {
                    self.batch = None;
                    self.checker.batch_over();
                }
                Output::Classify(token, end) => {
                    self.checker.asks(token, &end, world.now)?;
                    let judgement = self.judgement();
                    let at = self.time + self.rng.span(1, 20_000);
                    self.answers.push((at, token, judgement));
                }
                Output::Announce(announcement) => self.announce(&announcement)?,
                Output::Timeout(at) => {
                    self.set_timer(at);
                    return Ok(());
                }
            }
        }
    }

    fn set_timer(&mut self, at: Option<Millis>) {
        if self.timer.asked == at {
            return;
        }
        self.timer.asked = at;
        self.timer.late = if self.rng.chance(self.climate.late_timers) {
            self.rng.span(1, 60_000)
        } else {
            0
        };
    }
}
