//! What the page's own script does: handlers run, call the source back, and
//! `classify` answers.

use resilient_eventsource::core::{
    Announcement, DISPATCH, HEARTBEAT, Input, Judgement, NAMED_ERROR, Outcome,
};

use super::Schedule;
use crate::invariants::Broken;
use crate::rows::Row;

impl Schedule {
    /// Dispatches a slice of the batch, as the class does.
    pub(super) fn slice(&mut self) -> Result<(), Broken> {
        loop {
            let Some(batch) = &mut self.batch else {
                return Ok(());
            };
            let Some(row) = batch.rows.get(batch.done).cloned() else {
                break;
            };
            let index = batch.done;
            batch.done += 1;
            let outcome = match row.kind.as_str() {
                "run_completed" => Some(Outcome::Completed),
                "run_failed" => Some(Outcome::Failed),
                _ => None,
            };
            if row.flags & DISPATCH != 0 {
                if let Some(outcome) = outcome {
                    self.take(Input::Terminal(index, outcome))?;
                    self.drain()?;
                }
                self.reached.events += 1;
                self.trace
                    .write(self.time, || format!("  event {} {:?}", row.data, row.kind));
                self.checker.event(outcome.is_some())?;
                self.checker.life.delivery.event(&row)?;
            }
            self.commit(index, &row)?;
            if row.flags & DISPATCH != 0 {
                self.handle()?;
            }
            if outcome.is_some() {
                break;
            }
            if self.batch.is_some() && self.rng.chance(self.climate.slices) {
                let pause = self.rng.between(1, 50);
                let pause = if self.rng.chance(2) {
                    pause * 1_000
                } else {
                    pause
                };
                if let Some(batch) = &mut self.batch {
                    batch.slice_at = self.time + pause;
                }
                return Ok(());
            }
        }
        if self.batch.take().is_some() {
            self.checker.batch_over();
            self.feed(Input::Drained)?;
        }
        Ok(())
    }

    fn commit(&mut self, index: usize, row: &Row) -> Result<(), Broken> {
        if row.flags & (DISPATCH | HEARTBEAT | NAMED_ERROR) == DISPATCH {
            self.checker.news();
        }
        self.checker.life.delivery.committed(row);
        self.feed(Input::Commit(index + 1))
    }

    pub(super) fn announce(&mut self, announcement: &Announcement) -> Result<(), Broken> {
        self.checker.announces(announcement)?;
        self.handle()
    }

    /// A handler runs, and may call something.
    fn handle(&mut self) -> Result<(), Broken> {
        if self.rng.chance(self.climate.handlers) {
            let act = self.act();
            self.trace.write(self.time, || "  a handler calls:".into());
            self.feed(act)?;
        }
        Ok(())
    }

    pub(super) fn act(&mut self) -> Input<'static> {
        match self.rng.between(0, 19) {
            0..=8 => Input::Reconnect,
            9..=14 => Input::Reset,
            15..=17 => Input::Close,
            18 => Input::Clear,
            _ => Input::Abort,
        }
    }

    pub(super) fn judgement(&mut self) -> Option<Judgement> {
        match self.rng.between(0, 19) {
            0..=2 => Some(Judgement::Retry),
            3..=4 => Some(Judgement::RetryIn(self.rng.span(0, 100_000))),
            5 => Some(Judgement::Fatal),
            6 => Some(Judgement::Complete),
            _ => None,
        }
    }
}
