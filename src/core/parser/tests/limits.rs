//! `maxEventSize`: memory is bounded whatever a server sends.

use super::super::{Batch, Parser};
use super::{event, flags, read};

/// Whether a stream is too large, whichever way it is cut.
#[track_caller]
fn is_too_large(stream: &str, limit: usize) -> bool {
    let whole = read([stream.as_bytes()], limit);
    for size in [1, 2, 3, 7] {
        let cut = read(stream.as_bytes().chunks(size), limit);
        assert_eq!(cut, whole, "in chunks of {size}");
    }
    whole.too_large
}

#[test]
fn an_event_of_exactly_the_limit_fits() {
    for (stream, size) in [
        ("data: 12345678\n\n", 8),
        ("data:12345678\n\n", 8),
        ("data: 123\ndata: 456\n\n", 7),
        ("data\ndata\n\n", 1),
        ("event: abc\ndata: 1\n\n", 4),
        ("id: 12\nevent: abc\ndata: 1\n\n", 6),
        ("data: grüße\n\n", 7),
    ] {
        assert!(!is_too_large(stream, size), "{stream:?} fits {size}");
        assert!(is_too_large(stream, size - 1), "{stream:?} exceeds it");
    }
}

#[test]
fn only_what_an_event_is_made_of_counts() {
    let long = "x".repeat(1_000);
    let stream =
        format!(": {long}\n{long}: 1\n{long}\ndatax: {long}\nevent: {long}{long}\ndata: 1\n\n");
    assert!(is_too_large(&stream, 1_000));
    let stream = format!(": {long}\n{long}: 1\n{long}\ndatax: {long}\nretry-after: {long}\n\n");
    assert!(!is_too_large(&stream, 8));
}

#[test]
fn the_size_is_an_events_not_a_streams() {
    let stream = "data: 12345678\n\n".repeat(1_000);
    assert!(!is_too_large(&stream, 8));
}

#[test]
fn a_field_that_replaces_another_counts_alone() {
    assert!(!is_too_large("event: 12345\nevent: 67890\ndata: 1\n\n", 6));
    assert!(!is_too_large("id: 12345\nid: 67890\ndata: 1\n\n", 6));
}

#[test]
fn a_field_too_large_is_so_though_it_means_nothing() {
    assert!(is_too_large("retry: 000000001\n\n", 8));
    assert!(is_too_large("id: 12345678\0\n\n", 8));
    assert!(!is_too_large("retry: 00000001\n\n", 8));
}

#[test]
fn the_events_before_it_come_and_none_after() {
    let stream = b"data: 1\n\nid: 2\ndata: 2\n\ndata: 123456789\n\ndata: 3\n\n";
    for size in [1, 5, stream.len()] {
        let reading = read(stream.chunks(size), 8);
        assert!(reading.too_large);
        assert_eq!(reading.rows, [event("", "1"), event("", "2").with_id("2")]);
    }
}

/// The bytes that a parser and its batch hold.
fn held(parser: &Parser, batch: &Batch) -> usize {
    let Parser {
        carry,
        kind,
        data,
        id,
        ..
    } = parser;
    let buffers = [carry, kind, data, id, &batch.text];
    buffers.into_iter().map(Vec::capacity).sum()
}

/// The most that is held while `chunk` comes again and again, until it is too
/// large or has come a thousand times.
fn most_held(start: &str, chunk: &str, limit: usize) -> (usize, bool) {
    let mut parser = Parser::new(limit);
    let mut batch = Batch::default();
    parser.push(start.as_bytes(), &mut batch, &flags);
    let mut most = 0;
    for _ in 0..1_000 {
        batch.clear();
        let scan = parser.push(chunk.as_bytes(), &mut batch, &flags);
        most = most.max(held(&parser, &batch));
        if scan.too_large {
            return (most, true);
        }
    }
    (most, false)
}

#[test]
fn an_endless_line_that_means_nothing_is_not_kept() {
    let chunk = "x".repeat(4_096);
    for start in [
        ":",
        ": ",
        "unknown: ",
        "unknown",
        "datax",
        "\u{FEFF}:",
        "",
        "da",
    ] {
        let (most, too_large) = most_held(start, &chunk, 16 << 20);
        assert!(most < 16 << 10, "{start:?} holds {most}");
        assert!(!too_large);
    }
}

#[test]
fn an_endless_field_is_held_to_the_limit() {
    let chunk = "0".repeat(4_096);
    let limit = 100_000;
    for start in ["data:", "event: ", "id: ", "retry: ", "\u{FEFF}data: "] {
        let (most, too_large) = most_held(start, &chunk, limit);
        assert!(too_large, "{start:?}");
        assert!(most < 3 * limit, "{start:?} holds {most}");
    }
}

#[test]
fn endless_data_lines_are_held_to_the_limit() {
    let limit = 100_000;
    for chunk in ["data: 0123456789\n".repeat(100), "data\n".repeat(1_000)] {
        let (most, too_large) = most_held("", &chunk, limit);
        assert!(too_large);
        assert!(most < 3 * limit, "holds {most}");
    }
}

#[test]
fn a_large_event_is_not_held_after_it_was_read() {
    let mut parser = Parser::new(16 << 20);
    let mut batch = Batch::default();
    for chunk in ["data: ", &"x".repeat(8 << 20), "\n\n"] {
        batch.clear();
        parser.push(chunk.as_bytes(), &mut batch, &flags);
    }
    assert_eq!(batch.len(), 1);
    batch.clear();
    parser.push(b"data: small\n\n", &mut batch, &flags);
    assert!(held(&parser, &batch) < 1 << 20);
}
