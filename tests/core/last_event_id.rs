//! HTML standard §9.2.6: when the last event id changes.

use resilient_eventsource::core::Input;

use crate::harness::{Harness, has_id, plain};

fn id_after(chunks: &[&str]) -> String {
    let mut source = Harness::opened(plain());
    for chunk in chunks {
        source.sends(chunk);
    }
    source.connection.last_event_id().into()
}

#[test]
fn it_changes_at_the_blank_line_that_ends_a_block() {
    assert_eq!(id_after(&["id: 1\ndata: 1\n"]), "");
    assert_eq!(id_after(&["id: 1\ndata: 1\n", "\n"]), "1");
}

#[test]
fn it_changes_even_where_nothing_is_dispatched() {
    let mut source = Harness::opened(plain());
    source.sends("id: 1\n\n");
    assert_eq!(source.connection.last_event_id(), "1");
    assert_eq!(source.events, []);
    assert_eq!(source.connection.stats().events, 0.0);
}

#[test]
fn a_block_without_an_id_keeps_it() {
    assert_eq!(id_after(&["id: 1\ndata: 1\n\ndata: 2\n\n: 3\n\n"]), "1");
}

#[test]
fn an_empty_id_empties_it() {
    for empty in ["id\n\n", "id:\n\n", "id: \n\n"] {
        assert_eq!(id_after(&["id: 1\n\n", empty]), "", "{empty:?}");
    }
}

#[test]
fn an_id_with_nul_is_ignored() {
    assert_eq!(id_after(&["id: 1\n\nid: 2\0\ndata: 2\n\n"]), "1");
    assert_eq!(id_after(&["id: 1\nid: 2\0\ndata: 2\n\n"]), "1");
}

#[test]
fn the_last_id_of_a_block_counts() {
    assert_eq!(id_after(&["id: 1\ndata: 1\nid: 2\n\n"]), "2");
}

#[test]
fn an_unfinished_block_changes_nothing_also_for_the_next_stream() {
    let mut source = Harness::opened(plain());
    source.sends("id: 1\ndata: 1\n\nid: 2\ndata: 2\n");
    source.breaks();
    assert_eq!(source.connection.last_event_id(), "1");
    source.wakes();
    source.opens();
    source.sends("\n\ndata: 3\n\n");
    assert_eq!(source.connection.last_event_id(), "1");
    let data: Vec<_> = source.events.iter().map(|row| row.data.as_str()).collect();
    assert_eq!(data, ["1", "3"]);
    assert!(!has_id(&source.events[1]));
}

#[test]
fn it_may_hold_any_text() {
    assert_eq!(id_after(&["id: grüße 🦀 :\n\n"]), "grüße 🦀 :");
    let mut source = Harness::opened(plain());
    source.sends_bytes(b"id: \xFFx\n\n");
    assert_eq!(source.connection.last_event_id(), "\u{FFFD}x");
}

#[test]
fn it_stays_after_close() {
    let mut source = Harness::opened(plain());
    source.sends("id: 1\n\n");
    source.input(Input::Close);
    assert_eq!(source.connection.last_event_id(), "1");
}

#[test]
fn heartbeats_move_it_too() {
    assert_eq!(id_after(&["id: 5\nevent: heartbeat\ndata: 1\n\n"]), "5");
}
