//! One log with its subscribers: a run's, or the one of all runs.

use tokio::sync::watch;

use super::log::{End, Log, Note, Trouble, end_by};
use crate::config::Settings;
use crate::run::RunId;
use crate::run::event::Numbered;

/// The live side of one run, or of all.
#[derive(Debug)]
pub struct Emitter {
    log: watch::Sender<Log>,
    ring: usize,
    lag_limit: usize,
    /// Whether a terminal event ends the log: of one run it does.
    ends: bool,
}

impl Emitter {
    /// A run's emitter, which goes on after `tail`, the run's last stored events, oldest first.
    pub fn of_run(tail: Vec<Numbered>, settings: &Settings) -> Self {
        Self::new(tail, settings.ring, settings.lag_limit, true)
    }

    /// The emitter of all runs, which never ends.
    pub fn of_all(settings: &Settings) -> Self {
        let ring = settings.global_ring;
        Self::new(Vec::new(), ring, settings.lag_limit.max(ring), false)
    }

    fn new(tail: Vec<Numbered>, ring: usize, lag_limit: usize, ends: bool) -> Self {
        let emitter = Self {
            log: watch::Sender::default(),
            ring,
            lag_limit,
            ends,
        };
        emitter.fill(tail);
        emitter
    }

    /// Puts the last stored events, oldest first, into a log that has none yet.
    pub fn fill(&self, tail: Vec<Numbered>) {
        self.log.send_modify(|log| {
            log.last_id = tail.last().map_or(0, |last| last.id);
            if self.ends {
                log.end = end_by(tail.last().map(|last| &*last.event));
            }
            log.events = tail.into();
        });
    }

    /// How many events can be replayed.
    pub fn ring(&self) -> usize {
        self.ring
    }

    /// Announces events that the store has. A run's terminal one ends its log.
    pub fn publish(&self, events: impl IntoIterator<Item = Numbered>) {
        // Beyond the ring only as much is kept as open streams may still be reading.
        let keep = if self.log.receiver_count() == 0 {
            self.ring
        } else {
            self.lag_limit
        };
        self.log.send_modify(|log| {
            events.into_iter().for_each(|event| log.push(event));
            if self.ends {
                log.end = end_by(log.events.back().map(|last| &*last.event));
            }
            log.trim(keep);
        });
    }

    /// Tells open streams, and those that open before [`recovered`](Self::recovered), of a
    /// trouble; each once, between the events of before and after.
    pub fn trouble(&self, trouble: Trouble) {
        self.log.send_modify(|log| log.note(trouble));
    }

    /// The run's troubles are over.
    pub fn recovered(&self, run_id: &RunId) {
        self.log.send_modify(|log| log.recovered(run_id));
    }

    /// Ends the log without a terminal event.
    pub fn abandon(&self) {
        self.log
            .send_modify(|log| log.end = log.end.or(Some(End::Abandoned)));
    }

    /// Reads on after the event `last_id`, or from the ring's start where that is not known
    /// or not in the ring any more; [`Subscription::resumed_from`] tells which it became.
    pub fn subscribe(&self, last_id: Option<u64>) -> Subscription {
        let log = self.log.subscribe();
        let (resumed_from, since) = {
            let log = log.borrow();
            let start = log.before_last(self.ring);
            let resumed_from = last_id
                .filter(|id| (start..=log.last_id).contains(id))
                .unwrap_or(start);
            (resumed_from, log.noted)
        };
        Subscription {
            log,
            cursor: resumed_from,
            resumed_from,
            since,
            told: 0,
        }
    }
}

/// One subscriber's place in a log.
#[derive(Debug)]
pub struct Subscription {
    log: watch::Receiver<Log>,
    cursor: u64,
    resumed_from: u64,
    /// The newest note when it started.
    since: u64,
    /// The newest note that it has told.
    told: u64,
}

/// What a subscriber finds.
#[derive(Debug)]
pub enum Found {
    /// The next events, at least one.
    Events(Vec<Numbered>),
    /// The store fails.
    Trouble(Trouble),
    /// Nothing yet.
    Nothing,
    /// Everything was read, and nothing will follow.
    End(End),
    /// So many events went by unread that the next one is gone from memory.
    Lagged {
        /// How many cannot be read any more.
        missed: u64,
    },
}

impl Subscription {
    /// The id after which this subscription started.
    pub fn resumed_from(&self) -> u64 {
        self.resumed_from
    }

    /// The id of the newest event.
    pub fn newest(&self) -> u64 {
        self.log.borrow().last_id
    }

    /// The id of the last event taken; at first what was resumed from.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Takes up to `most` events, or whatever else comes next.
    pub fn take(&mut self, most: usize) -> Found {
        let log = self.log.borrow_and_update();
        let gone = log.before_last(usize::MAX);
        if self.cursor < gone {
            return Found::Lagged {
                missed: gone - self.cursor,
            };
        }
        let (since, told) = (self.since, self.told);
        let untold = |note: &&Note| note.number > told && (note.number > since || !note.over);
        let mut most = most;
        if let Some(note) = log.notes.iter().find(untold) {
            if note.after <= self.cursor {
                self.told = note.number;
                return Found::Trouble(note.trouble.clone());
            }
            most = most.min(index(note.after - self.cursor));
        }
        let skip = index(self.cursor - gone);
        let events: Vec<_> = log.events.iter().skip(skip).take(most).cloned().collect();
        match (events.last(), log.end) {
            (Some(last), _) => {
                self.cursor = last.id;
                Found::Events(events)
            }
            (None, Some(end)) => Found::End(end),
            (None, None) => Found::Nothing,
        }
    }

    /// Waits until something changed since the last [`take`](Self::take).
    pub async fn changed(&mut self) {
        if self.log.changed().await.is_err() {
            // The emitter is gone; `take` has told the end by then, or nothing ever will.
            std::future::pending().await
        }
    }
}

fn index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
