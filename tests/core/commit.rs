//! A batch is dispatched, then committed. What was not dispatched
//! when the source closed was not received.

use std::borrow::Cow;

use resilient_eventsource::core::{Fault, Input, Resume, State};

use crate::harness::{Harness, Shown, plain};

const THREE: &str = "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n";

/// A source whose three events wait to be dispatched.
fn three() -> Harness {
    let mut source = Harness::opened(plain());
    source.by_hand = true;
    source.sends(THREE);
    assert!(source.dispatching);
    source
}

fn received(source: &Harness) -> (Cow<'_, str>, f64) {
    let connection = &source.connection;
    (connection.last_event_id(), connection.stats().events)
}

#[test]
fn after_each_slice_the_core_knows_how_far_it_got() {
    let mut source = three();
    assert_eq!(received(&source), ("".into(), 0.0));
    source.input(Input::Commit(2));
    assert_eq!(received(&source), ("2".into(), 2.0));
    source.input(Input::Commit(2));
    source.input(Input::Commit(1));
    assert_eq!(
        received(&source),
        ("2".into(), 2.0),
        "a commit goes forward only"
    );
    source.finish_batch(3);
    assert_eq!(received(&source), ("3".into(), 3.0));
}

#[test]
fn a_commit_beyond_the_batch_means_its_end() {
    let mut source = three();
    source.input(Input::Commit(usize::MAX));
    assert_eq!(received(&source), ("3".into(), 3.0));
}

#[test]
fn the_next_chunk_is_not_read_before_the_batch_is_over() {
    let mut source = three();
    assert!(!source.reading);
    let token = source.token();
    source.input(Input::Chunk(token, b"data: too early\n\n"));
    source.input(Input::Commit(3));
    assert!(!source.reading);
    source.input(Input::Drained);
    assert!(source.reading);
    assert!(source.connection.batch().is_empty());
    source.by_hand = false;
    source.sends("data: d\n\n");
    assert_eq!(source.events.len(), 1);
}

#[test]
fn what_was_not_dispatched_at_the_close_was_not_received() {
    let mut source = three();
    source.input(Input::Commit(1));
    source.input(Input::Close);
    assert!(!source.dispatching, "the batch is dropped");
    source.input(Input::Commit(3));
    source.input(Input::Drained);
    assert_eq!(received(&source), ("1".into(), 1.0));
    assert_eq!(source.state(), State::Closed);
}

#[test]
fn nothing_is_dispatched_after_a_handler_closed() {
    for act in [Input::Close, Input::Abort, Input::Clear, Input::PageHide] {
        let mut source = Harness::opened(plain());
        source.handler = Some(Box::new(move |shown, _| match shown {
            Shown::Event(row) if row.data == "b" => vec![act.clone()],
            _ => vec![],
        }));
        source.sends(THREE);
        assert_eq!(source.events.len(), 2);
        assert_eq!(received(&source), ("2".into(), 2.0));
    }
}

#[test]
fn after_reconnect_in_a_handler_the_server_is_asked_for_the_rest() {
    let mut source = Harness::opened(plain());
    source.handler = Some(Box::new(|shown, _| match shown {
        Shown::Event(row) if row.data == "b" => vec![Input::Reconnect],
        _ => vec![],
    }));
    source.sends(THREE);
    assert_eq!(source.events.len(), 2);
    assert_eq!(source.resume(), (Resume::Header, "2"));
}

#[test]
fn a_handler_sees_its_own_event_as_received() {
    let mut source = Harness::opened(plain());
    source.handler = Some(Box::new(|shown, connection| {
        if let Shown::Event(row) = shown {
            assert_eq!(connection.last_event_id(), row.id);
            assert_eq!(connection.state(), State::Open);
        }
        vec![]
    }));
    source.sends(THREE);
    assert_eq!(source.events.len(), 3);
}

#[test]
fn a_commit_of_an_older_batch_means_nothing() {
    let mut source = three();
    source.fails(Fault::Network);
    source.passes(2_000);
    source.opens();
    source.input(Input::Commit(3));
    source.input(Input::Drained);
    assert_eq!(received(&source), ("".into(), 0.0));
    assert_eq!(source.state(), State::Open);
}

#[test]
fn an_empty_chunk_asks_for_the_next() {
    let mut source = Harness::opened(plain());
    source.sends("");
    assert!(source.reading);
    assert_eq!(source.connection.stats().last_activity_at, None);
}

#[test]
fn a_chunk_without_an_event_asks_for_the_next() {
    for bytes in [":\n", "data: 1", "\n\n", "retry: 100\n", "event: x\n\n"] {
        let mut source = Harness::opened(plain());
        source.sends(bytes);
        assert!(source.reading, "{bytes:?}");
    }
}
