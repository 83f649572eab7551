//! `--store memory`: the same behaviour, nothing kept.

use std::collections::HashMap;
use std::sync::Arc;

use super::backend::{Backend, Write};
use super::desk::number;
use super::{FailureCount, Failures, RunRecord, StoreError};
use crate::clock;
use crate::run::event::Numbered;
use crate::run::{Event, RunId};

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// In the order in which they were made.
    runs: Vec<Kept>,
    by_id: HashMap<RunId, usize>,
    /// In the order of all runs.
    all: Vec<Numbered>,
    failures: HashMap<String, u64>,
}

#[derive(Debug)]
struct Kept {
    record: RunRecord,
    events: Vec<Arc<Event>>,
}

impl Memory {
    fn check(&self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Insert(run) if self.by_id.contains_key(&run.id) => Err(StoreError::conflict(
                format!("the run {} is there already", run.id),
            )),
            Write::Append(id, events) => {
                let last = self.kept(id).map(|kept| kept.record.last_event_id);
                match (last, events.first()) {
                    (None, _) => Err(StoreError::conflict(format!("there is no run {id}"))),
                    (Some(last), Some(first)) if first.id <= last => Err(StoreError::conflict(
                        format!("event {} of run {id} is there already", first.id),
                    )),
                    _ => Ok(()),
                }
            }
            Write::Insert(_) | Write::Count(_) => Ok(()),
        }
    }

    fn kept(&self, id: &RunId) -> Option<&Kept> {
        self.by_id.get(id).map(|at| &self.runs[*at])
    }
}

impl Backend for Memory {
    fn write(&mut self, writes: &[Write]) -> Result<u64, StoreError> {
        // Checked before anything changes: all or none.
        writes.iter().try_for_each(|write| self.check(write))?;
        let before = self.all.len() as u64;
        self.all.extend(number(writes, before));
        for write in writes {
            match write {
                Write::Insert(record) => {
                    self.by_id.insert(record.id.clone(), self.runs.len());
                    self.runs.push(Kept {
                        record: record.clone(),
                        events: Vec::new(),
                    });
                }
                Write::Append(id, events) => {
                    let Some(kept) = self.by_id.get(id).map(|at| &mut self.runs[*at]) else {
                        continue;
                    };
                    kept.events.extend_from_slice(events);
                    if let Some(last) = events.last() {
                        if let Some(code) = last.failure_code() {
                            *self.failures.entry(code).or_default() += 1;
                        }
                        kept.record.last_event_id = last.id;
                        kept.record.end = last
                            .kind
                            .outcome()
                            .map(|outcome| (outcome, clock::now_ms()));
                    }
                }
                Write::Count(code) => *self.failures.entry(code.clone()).or_default() += 1,
            }
        }
        Ok(before)
    }

    fn run(&mut self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(self.kept(id).map(|kept| kept.record.clone()))
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(self
            .runs
            .iter()
            .rev()
            .take(limit)
            .map(|kept| kept.record.clone())
            .collect())
    }

    fn interrupted(&mut self) -> Result<Vec<RunRecord>, StoreError> {
        Ok(self
            .runs
            .iter()
            .filter(|kept| kept.record.end.is_none())
            .map(|kept| kept.record.clone())
            .collect())
    }

    fn tail(&mut self, id: &RunId, limit: usize) -> Result<Vec<Event>, StoreError> {
        Ok(self.kept(id).map_or_else(Vec::new, |kept| {
            let from = kept.events.len().saturating_sub(limit);
            kept.events[from..]
                .iter()
                .map(|event| Event::clone(event))
                .collect()
        }))
    }

    fn tail_of_all(&mut self, limit: usize) -> Result<Vec<Numbered>, StoreError> {
        Ok(self.all[self.all.len().saturating_sub(limit)..].to_vec())
    }

    fn failures(&mut self, top: usize) -> Result<Failures, StoreError> {
        let counted = |(code, count): (&String, &u64)| FailureCount {
            code: code.clone(),
            count: *count,
        };
        let mut all: Vec<FailureCount> = self.failures.iter().map(counted).collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        let codes = all.len() as u64;
        all.truncate(top);
        Ok(Failures {
            total: self.failures.values().sum(),
            codes,
            top: all,
        })
    }
}
