//! The faults in force and the live streams they can hit.

use std::collections::HashMap;

use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::request::StatusAnswer;
use super::watch::Effect;
use crate::run::RunId;
use crate::store::StoreError;

/// A fault as `GET /faults` lists it.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub id: u64,
    /// `cut`, `hang`, `status` or `store`.
    pub kind: &'static str,
    /// The run it is for; `null` for all.
    pub run_id: Option<RunId>,
    /// Firings left; `null` when only time ends it.
    pub times_left: Option<u32>,
    /// Milliseconds left; `null` when only firings end it.
    pub for_ms_left: Option<u64>,
    /// How often it fired.
    pub fired: u32,
    /// The streams it fired on.
    pub streams: usize,
}

#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) next: u64,
    pub(super) armed: Vec<Fault>,
    pub(super) live: HashMap<u64, Live>,
}

#[derive(Debug)]
pub(super) struct Live {
    pub(super) run_id: Option<RunId>,
    pub(super) effect: watch::Sender<Effect>,
}

#[derive(Debug)]
pub(super) struct Fault {
    pub(super) id: u64,
    pub(super) what: What,
    pub(super) run_id: Option<RunId>,
    pub(super) times_left: Option<u32>,
    pub(super) until: Option<Instant>,
    pub(super) fired: u32,
    pub(super) streams: usize,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Cut { clean: bool },
    Hang,
    Status(StatusAnswer),
    Store(StoreError),
}

impl Fault {
    /// Whether it is for that run; `None` is the stream of all runs.
    pub(super) fn matches(&self, run_id: Option<&RunId>) -> bool {
        self.run_id.as_ref().is_none_or(|own| Some(own) == run_id)
    }

    pub(super) fn in_force(&self, now: Instant) -> bool {
        self.times_left != Some(0) && self.until.is_none_or(|until| now < until)
    }

    pub(super) fn fire(&mut self, streams: usize) {
        self.times_left = self.times_left.map(|left| left.saturating_sub(1));
        self.fired += 1;
        self.streams += streams;
    }

    pub(super) fn effect(&self) -> Option<Effect> {
        match self.what {
            What::Cut { clean } => Some(Effect::Cut { clean }),
            What::Hang => Some(Effect::Hang(self.until)),
            What::Status(_) | What::Store(_) => None,
        }
    }

    pub(super) fn listed(&self, now: Instant) -> Listed {
        Listed {
            id: self.id,
            kind: match self.what {
                What::Cut { .. } => "cut",
                What::Hang => "hang",
                What::Status(_) => "status",
                What::Store(_) => "store",
            },
            run_id: self.run_id.clone(),
            times_left: self.times_left,
            for_ms_left: self.until.map(|until| {
                u64::try_from(until.saturating_duration_since(now).as_millis()).unwrap_or(u64::MAX)
            }),
            fired: self.fired,
            streams: self.streams,
        }
    }
}
