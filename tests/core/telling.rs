//! What a source can tell of itself: snapshot, counters, timeline.

use resilient_eventsource::core::{Config, Input, Outcome, Reason, State, Transport};

use crate::harness::{Harness, plain};

#[test]
fn the_snapshot_follows_a_source_through_its_states() {
    let mut source = Harness::start(plain());
    let snapshot = source.connection.snapshot();
    assert_eq!(
        (snapshot.state, snapshot.reason),
        (State::Connecting, Reason::Start)
    );
    assert_eq!((snapshot.attempt, snapshot.failures), (1, 0));
    assert_eq!((snapshot.retry_at, snapshot.opened_at), (None, None));
    assert_eq!(snapshot.transport, Some(Transport::Fetch));

    source.breaks();
    let snapshot = source.connection.snapshot();
    assert_eq!((snapshot.attempt, snapshot.failures), (1, 1));
    assert_eq!(snapshot.retry_at, Some((source.now.wall + 1_000) as f64));

    source.wakes();
    source.opens();
    let snapshot = source.connection.snapshot();
    assert_eq!((snapshot.attempt, snapshot.failures), (2, 1));
    assert_eq!(snapshot.retry_at, None);
    assert_eq!(snapshot.opened_at, Some(source.now.wall as f64));

    source.input(Input::Close);
    let snapshot = source.connection.snapshot();
    assert_eq!(
        (snapshot.state, snapshot.reason),
        (State::Closed, Reason::Close)
    );
    assert_eq!((snapshot.retry_at, snapshot.opened_at), (None, None));
}

#[test]
fn the_snapshot_does_not_change_by_the_passing_of_time() {
    let mut source = Harness::start(plain());
    source.breaks();
    let before = source.connection.snapshot();
    source.jumps(100);
    source.sleeps(7);
    source.input(Input::Timeout);
    assert_eq!(source.connection.snapshot(), before);
}

#[test]
fn before_the_first_attempt_there_is_no_transport() {
    let source = Harness::new(plain(), 1);
    let snapshot = source.connection.snapshot();
    assert_eq!((snapshot.attempt, snapshot.transport), (0, None));
}

#[test]
fn the_outcome_is_set_in_completed_only() {
    let mut source = Harness::start(crate::terminal::latching());
    source.answers(204);
    let outcome = |source: &Harness| source.connection.snapshot().outcome;
    assert_eq!(outcome(&source), Some(Outcome::Completed));
    source.input(Input::Clear);
    assert_eq!(outcome(&source), None);
}

#[test]
fn the_counters_count() {
    let mut source = Harness::opened(plain());
    source.sends("data: 1\n\n: comment\n\nid: 4\n\ndata: 2\n\n");
    source.passes(5);
    source.sends("data");
    let stats = source.connection.stats();
    assert_eq!(stats.events, 2.0);
    assert_eq!(stats.bytes, 40.0);
    assert_eq!(stats.attempts, 1);
    assert_eq!(stats.last_activity_at, Some(source.now.wall as f64));
}

#[test]
fn the_timeline_holds_every_transition_from_the_first() {
    let mut source = Harness::start(plain());
    source.opens();
    source.passes(1_000);
    source.breaks();
    source.wakes();
    source.answers(410);
    let timeline: Vec<_> = source
        .connection
        .stats()
        .timeline
        .iter()
        .map(|entry| (entry.state.as_str(), entry.reason.as_str(), entry.retry_in))
        .collect();
    assert_eq!(
        timeline,
        [
            ("connecting", "start", None),
            ("open", "opened", None),
            ("waiting", "network", Some(1_000.0)),
            ("connecting", "retry", None),
            ("failed", "gone", None),
        ]
    );
    let first = source.connection.stats().timeline[0].at;
    let waiting = source.connection.stats().timeline[2].at;
    assert_eq!(waiting - first, 1_060.0);
}

#[test]
fn the_timeline_keeps_the_last_64() {
    let mut source = Harness::start(Config {
        give_up_after: u64::MAX,
        ..plain()
    });
    for _ in 0..100 {
        source.breaks();
        source.wakes();
    }
    let timeline = &source.connection.stats().timeline;
    assert_eq!(timeline.len(), 64);
    assert_eq!(timeline[63].attempt, 101);
    assert_eq!(timeline[0].attempt, 101 - 32);
}

#[test]
fn neither_holds_anything_of_the_events_or_ids() {
    let mut source = Harness::start(Config {
        last_event_id: "secret-start".into(),
        ..plain()
    });
    source.opens();
    source.sends("id: secret-id\nevent: secret-type\ndata: secret-data\n\n");
    source.breaks();
    let told = format!(
        "{:?}{:?}",
        source.connection.snapshot(),
        source.connection.stats()
    );
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn states_and_reasons_have_names_of_their_own() {
    let mut names: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Reason::ALL.len());
    let states = State::ALL.map(State::as_str);
    assert_eq!(
        states,
        [
            "connecting",
            "open",
            "waiting",
            "paused",
            "polling",
            "gaveup",
            "completed",
            "failed",
            "closed"
        ]
    );
}
