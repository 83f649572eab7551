//! Emitters and the hub, without sockets.

use std::sync::Barrier;

use super::*;
use crate::config::Settings;
use crate::run::event::{Numbered, Outcome};
use crate::run::{Event, EventKind};
use clap::Parser;
use serde_json::json;

fn settings(ring: usize, lag_limit: usize) -> Settings {
    Settings {
        ring,
        lag_limit,
        ..crate::config::Config::parse_from(["server"]).settings()
    }
}

fn event(id: u64, kind: EventKind) -> Numbered {
    Event::now(&"r".into(), id, kind, &json!({})).into()
}

fn events(ids: std::ops::RangeInclusive<u64>) -> Vec<Numbered> {
    ids.map(|id| event(id, EventKind::Log)).collect()
}

fn emitter(published: u64) -> Emitter {
    let emitter = Emitter::of_run(Vec::new(), &settings(50, 100));
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
    let emitter = Emitter::of_run(Vec::new(), &settings(50, 100));
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
    emitter.publish([event(3, EventKind::RunCompleted)]);
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
    hub.insert("r".into(), old.clone());
    let fresh = Arc::new(emitter(2));
    hub.insert("r".into(), fresh.clone());
    hub.remove(&"r".into(), &old);
    assert!(Arc::ptr_eq(&hub.get(&"r".into()).unwrap(), &fresh));
    hub.remove(&"r".into(), &fresh);
    assert!(hub.get(&"r".into()).is_none());
}

/// A way to drop a finished run's emitter from the hub.
type Removal = fn(&Hub, &RunId, &Arc<Emitter>);

/// What one would write at first.
fn remove_by_id(hub: &Hub, id: &RunId, _: &Arc<Emitter>) {
    hub.emitters().remove(id);
}

/// One thread finishes a run and is about to clean up when another registers a fresh emitter under
/// the same id. Answers whether the fresh one is still there.
fn fresh_one_survives(remove: Removal) -> bool {
    let hub = Hub::default();
    let id: RunId = "r".into();
    let (about_to, registered) = (Barrier::new(2), Barrier::new(2));
    let old = Arc::new(emitter(1));
    hub.insert(id.clone(), old.clone());
    let fresh = Arc::new(emitter(2));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            about_to.wait();
            registered.wait();
            remove(&hub, &id, &old);
        });
        threads.spawn(|| {
            about_to.wait();
            hub.insert(id.clone(), fresh.clone());
            registered.wait();
        });
    });
    hub.get(&id)
        .is_some_and(|present| Arc::ptr_eq(&present, &fresh))
}

#[test]
fn a_fresh_emitter_survives_a_clean_up_that_is_under_way_where_removing_by_id_loses_it() {
    assert!(!fresh_one_survives(remove_by_id));
    assert!(fresh_one_survives(Hub::remove));
}

#[test]
fn whichever_of_clean_up_and_registering_comes_first_the_fresh_emitter_is_there() {
    for _ in 0..2_000 {
        let hub = Hub::default();
        let id: RunId = "r".into();
        let (old, fresh) = (Arc::new(emitter(0)), Arc::new(emitter(0)));
        hub.insert(id.clone(), old.clone());
        let start = Barrier::new(2);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                start.wait();
                hub.remove(&id, &old);
            });
            start.wait();
            hub.insert(id.clone(), fresh.clone());
        });
        assert!(Arc::ptr_eq(&hub.get(&id).unwrap(), &fresh));
    }
}

fn trouble(run: &str, retryable: bool) -> Trouble {
    Trouble {
        run_id: run.into(),
        code: "store_full".to_owned(),
        message: "full".to_owned(),
        retryable,
    }
}

#[test]
fn a_trouble_is_told_once_and_in_its_place_between_the_events() {
    let emitter = emitter(2);
    let mut subscription = emitter.subscribe(None);
    emitter.trouble(trouble("r", true));
    emitter.recovered(&"r".into());
    emitter.publish(events(3..=4));
    // However late a subscriber looks.
    assert_eq!(ids(subscription.take(usize::MAX)), [1, 2]);
    assert!(matches!(subscription.take(usize::MAX), Found::Trouble(_)));
    assert_eq!(ids(subscription.take(usize::MAX)), [3, 4]);
    assert!(matches!(subscription.take(usize::MAX), Found::Nothing));
}

#[test]
fn a_later_subscriber_is_told_of_troubles_that_last_and_of_no_others() {
    let emitter = emitter(0);
    emitter.trouble(trouble("a", true));
    emitter.trouble(trouble("b", true));
    emitter.recovered(&"a".into());
    let mut late = emitter.subscribe(None);
    assert!(matches!(late.take(1), Found::Trouble(trouble) if trouble.run_id == "b".into()));
    assert!(matches!(late.take(1), Found::Nothing));
    // A new outage of the same run is a new trouble.
    emitter.recovered(&"b".into());
    emitter.trouble(trouble("b", true));
    assert!(matches!(late.take(1), Found::Trouble(_)));
}

#[test]
fn an_abandoned_log_tells_its_events_then_why_then_the_end_to_every_subscriber() {
    let emitter = emitter(1);
    emitter.trouble(trouble("r", false));
    emitter.abandon();
    for _ in 0..2 {
        let mut subscription = emitter.subscribe(None);
        assert_eq!(ids(subscription.take(usize::MAX)), [1]);
        assert!(matches!(subscription.take(1), Found::Trouble(trouble) if !trouble.retryable));
        assert!(matches!(subscription.take(1), Found::End(End::Abandoned)));
    }
}

#[test]
fn the_log_of_all_runs_goes_on_after_a_runs_end() {
    let emitter = Emitter::of_all(&settings(50, 100));
    let mut subscription = emitter.subscribe(None);
    emitter.publish([event(1, EventKind::RunCompleted)]);
    assert_eq!(ids(subscription.take(9)), [1]);
    assert!(matches!(subscription.take(9), Found::Nothing));
    emitter.publish(events(2..=2));
    assert_eq!(ids(subscription.take(9)), [2]);
}
