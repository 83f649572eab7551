//! Emitters: what a live run's subscribers read from.
//!
//! An emitter is one log in memory. Publishing appends to it and wakes whoever
//! waits; it never waits for a subscriber and costs the same for one as for
//! a thousand. Each subscriber has a cursor into the log and reads at its own
//! pace. Rejected: a queue for each subscriber (a copy for each), and tokio's
//! `broadcast` (allocates its whole capacity for every run).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::config::Settings;
use crate::run::event::Outcome;
use crate::run::{Event, RunId};

/// The live side of one run.
#[derive(Debug)]
pub struct Emitter {
    run_id: RunId,
    log: watch::Sender<Log>,
    ring: usize,
    lag_limit: usize,
}

/// The end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The run's terminal event is in the log.
    Over(Outcome),
    /// The store refused to go on; a later start of the server may.
    Abandoned,
}

#[derive(Debug, Default)]
struct Log {
    /// Contiguous; the newest is `last_id`.
    events: VecDeque<Arc<Event>>,
    last_id: u64,
    end: Option<End>,
}

impl Log {
    /// The id before the oldest of the last `count` events.
    fn before_last(&self, count: usize) -> u64 {
        self.last_id - self.events.len().min(count) as u64
    }
}

impl Emitter {
    /// An emitter that goes on after `tail`, the last stored events, oldest first.
    pub fn new(run_id: RunId, tail: Vec<Event>, settings: &Settings) -> Self {
        let end = tail
            .last()
            .and_then(|event| event.kind.outcome())
            .map(End::Over);
        let last_id = tail.last().map_or(0, |event| event.id);
        let events = tail.into_iter().map(Arc::new).collect();
        Self {
            run_id,
            log: watch::Sender::new(Log {
                events,
                last_id,
                end,
            }),
            ring: settings.ring,
            lag_limit: settings.lag_limit,
        }
    }

    /// The run.
    pub fn run_id(&self) -> &RunId {
        &self.run_id
    }

    /// How many events can be replayed.
    pub fn ring(&self) -> usize {
        self.ring
    }

    /// Announces events that the store has. A terminal one ends the log.
    pub fn publish(&self, events: Vec<Event>) {
        // Beyond the ring only as much is kept as open streams may still be reading.
        let keep = if self.log.receiver_count() == 0 {
            self.ring
        } else {
            self.lag_limit
        };
        self.log.send_modify(|log| {
            for event in events {
                debug_assert_eq!(event.id, log.last_id + 1, "ids rise by one");
                log.last_id = event.id;
                log.end = event.kind.outcome().map(End::Over);
                log.events.push_back(Arc::new(event));
            }
            let excess = log.events.len().saturating_sub(keep);
            log.events.drain(..excess);
        });
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
        let resumed_from = {
            let log = log.borrow();
            let start = log.before_last(self.ring);
            last_id
                .filter(|id| (start..=log.last_id).contains(id))
                .unwrap_or(start)
        };
        Subscription {
            log,
            cursor: resumed_from,
            resumed_from,
        }
    }
}

/// One subscriber's place in a run's log.
#[derive(Debug)]
pub struct Subscription {
    log: watch::Receiver<Log>,
    cursor: u64,
    resumed_from: u64,
}

/// What a subscriber finds.
#[derive(Debug)]
pub enum Found {
    /// The next events, at least one.
    Events(Vec<Arc<Event>>),
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

    /// The id of the run's newest event.
    pub fn newest(&self) -> u64 {
        self.log.borrow().last_id
    }

    /// Takes up to `most` events.
    pub fn take(&mut self, most: usize) -> Found {
        let log = self.log.borrow_and_update();
        let gone = log.before_last(usize::MAX);
        if self.cursor < gone {
            return Found::Lagged {
                missed: gone - self.cursor,
            };
        }
        let skip = usize::try_from(self.cursor - gone).unwrap_or(usize::MAX);
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

/// The emitters of the runs that are live or just finished.
#[derive(Debug, Default)]
pub struct Hub(Mutex<HashMap<RunId, Arc<Emitter>>>);

impl Hub {
    /// The emitter of a run.
    pub fn get(&self, id: &RunId) -> Option<Arc<Emitter>> {
        self.emitters().get(id).cloned()
    }

    /// Makes a run visible.
    pub fn insert(&self, emitter: Arc<Emitter>) {
        self.emitters().insert(emitter.run_id().clone(), emitter);
    }

    /// Drops an emitter, unless a fresh one has taken its place meanwhile.
    pub fn remove(&self, emitter: &Arc<Emitter>) {
        let mut emitters = self.emitters();
        if emitters
            .get(emitter.run_id())
            .is_some_and(|present| Arc::ptr_eq(present, emitter))
        {
            emitters.remove(emitter.run_id());
        }
    }

    fn emitters(&self) -> MutexGuard<'_, HashMap<RunId, Arc<Emitter>>> {
        // No code that holds the lock can leave the map half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::EventKind;
    use clap::Parser;
    use serde_json::json;

    fn settings(ring: usize, lag_limit: usize) -> Settings {
        Settings {
            ring,
            lag_limit,
            ..crate::config::Config::parse_from(["server"]).settings()
        }
    }

    fn events(ids: std::ops::RangeInclusive<u64>) -> Vec<Event> {
        ids.map(|id| Event::now(&"r".into(), id, EventKind::Log, &json!({})))
            .collect()
    }

    fn emitter(published: u64) -> Emitter {
        let emitter = Emitter::new("r".into(), Vec::new(), &settings(50, 100));
        emitter.publish(events(1..=published));
        emitter
    }

    fn ids(found: Found) -> Vec<u64> {
        match found {
            Found::Events(events) => events.iter().map(|event| event.id).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_subscriber_without_an_id_reads_from_the_rings_start() {
        let mut subscription = emitter(60).subscribe(None);
        assert_eq!(subscription.resumed_from(), 10);
        assert_eq!(
            ids(subscription.take(usize::MAX)),
            (11..=60).collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_id_in_the_ring_is_resumed_from_also_the_one_just_before_it_and_the_newest() {
        for id in [10, 30, 60] {
            assert_eq!(emitter(60).subscribe(Some(id)).resumed_from(), id);
        }
    }

    #[test]
    fn an_id_out_of_the_ring_or_not_given_out_yet_means_the_rings_start() {
        for id in [0, 9, 61, u64::MAX] {
            assert_eq!(emitter(60).subscribe(Some(id)).resumed_from(), 10);
        }
    }

    #[test]
    fn the_ring_is_all_that_can_be_replayed_even_while_a_slow_stream_keeps_more_in_memory() {
        let emitter = Emitter::new("r".into(), Vec::new(), &settings(50, 100));
        let _slow = emitter.subscribe(None);
        emitter.publish(events(1..=90));
        assert_eq!(emitter.subscribe(Some(20)).resumed_from(), 40);
    }

    #[test]
    fn a_subscriber_lagging_up_to_the_limit_loses_nothing() {
        let emitter = emitter(0);
        let mut subscription = emitter.subscribe(None);
        emitter.publish(events(1..=100));
        assert_eq!(ids(subscription.take(usize::MAX)).len(), 100);
    }

    #[test]
    fn a_subscriber_lagging_further_is_told_how_many_it_missed() {
        let emitter = emitter(0);
        let mut subscription = emitter.subscribe(None);
        emitter.publish(events(1..=103));
        assert!(matches!(
            subscription.take(usize::MAX),
            Found::Lagged { missed: 3 }
        ));
    }

    #[test]
    fn the_end_is_told_only_after_every_event_was_taken() {
        let emitter = emitter(2);
        emitter.publish(vec![Event::now(
            &"r".into(),
            3,
            EventKind::RunCompleted,
            &json!({}),
        )]);
        let mut subscription = emitter.subscribe(None);
        assert_eq!(ids(subscription.take(2)), [1, 2]);
        assert_eq!(ids(subscription.take(2)), [3]);
        assert!(matches!(
            subscription.take(2),
            Found::End(End::Over(Outcome::Completed))
        ));
    }

    #[tokio::test]
    async fn an_event_published_between_take_and_changed_still_wakes() {
        let emitter = emitter(0);
        let mut subscription = emitter.subscribe(None);
        assert!(matches!(subscription.take(1), Found::Nothing));
        emitter.publish(events(1..=1));
        subscription.changed().await;
        assert_eq!(ids(subscription.take(1)), [1]);
    }

    #[test]
    fn removing_a_finished_emitter_leaves_a_fresh_one_of_the_same_id_alone() {
        let hub = Hub::default();
        let old = Arc::new(emitter(1));
        hub.insert(old.clone());
        let fresh = Arc::new(emitter(2));
        hub.insert(fresh.clone());
        hub.remove(&old);
        assert!(Arc::ptr_eq(&hub.get(&"r".into()).unwrap(), &fresh));
        hub.remove(&fresh);
        assert!(hub.get(&"r".into()).is_none());
    }
}
