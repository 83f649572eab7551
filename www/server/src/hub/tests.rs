//! Emitters and the hub, without sockets.

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
