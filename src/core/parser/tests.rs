//! The parser against the HTML standard: its own examples, the corners that
//! implementations get wrong, and any stream cut anywhere against a naive
//! reading of the standard's text.

mod examples;
mod limits;
mod properties;
mod reference;
#[path = "../../../tests/core/rows.rs"]
mod rows;

use super::{Batch, COLUMNS, DISPATCH, HAS_ID, HEARTBEAT, LONGEST_RETRY, Parser, Scan};
use rows::Row;

/// What a whole stream gave.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reading {
    rows: Vec<Row>,
    retry: Option<u64>,
    too_large: bool,
}

const NO_LIMIT: usize = usize::MAX;

/// Reads chunks as a stream.
fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Reading {
    let mut parser = Parser::new(limit);
    let mut reading = Reading::default();
    for chunk in chunks {
        let mut batch = Batch::default();
        let scan = parser.push(chunk, &mut batch, &flags);
        reading.rows.extend(rows(&batch));
        reading.retry = scan.retry.or(reading.retry);
        reading.too_large |= scan.too_large;
        if reading.too_large {
            break;
        }
    }
    reading
}

fn read_whole(stream: impl AsRef<[u8]>) -> Reading {
    read([stream.as_ref()], NO_LIMIT)
}

/// The last chunk's scan, on a parser that read the others before.
fn scan(chunks: &[&str]) -> Scan {
    let mut parser = Parser::new(NO_LIMIT);
    let mut last = Scan::default();
    for chunk in chunks {
        last = parser.push(chunk.as_bytes(), &mut Batch::default(), &flags);
    }
    last
}

/// Types that begin with `ping` are heartbeats.
fn flags(kind: &[u8]) -> u32 {
    if kind.starts_with(b"ping") {
        HEARTBEAT
    } else {
        0
    }
}

/// The rows as JavaScript reads them, and as the core does.
fn rows(batch: &Batch) -> Vec<Row> {
    let rows = rows::rows(batch);
    assert_eq!(rows.len(), batch.len());
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(String::from_utf8_lossy(batch.id(index)), row.id);
        assert_eq!(batch.flags(index), row.flags);
    }
    rows
}

fn event(kind: &str, data: &str) -> Row {
    Row {
        flags: DISPATCH | flags(kind.as_bytes()),
        kind: kind.into(),
        data: data.into(),
        id: String::new(),
    }
}

impl Row {
    fn with_id(mut self, id: &str) -> Self {
        self.flags |= HAS_ID;
        self.id = id.into();
        self
    }
}

/// A block that only moves the last event id.
fn only_id(id: &str) -> Row {
    Row {
        flags: 0,
        kind: String::new(),
        data: String::new(),
        id: String::new(),
    }
    .with_id(id)
}
