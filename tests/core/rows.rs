//! Reads a batch as JavaScript does: field by field, by lengths in bytes.
//!
//! The parser's own tests read batches with this file too, from inside the
//! crate, so what it needs of the crate comes from the module above.

use super::{Batch, COLUMNS};

/// One row of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) flags: u32,
    pub(crate) kind: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

/// Every row of `batch`, and that nothing is left over behind the last.
pub(crate) fn rows(batch: &Batch) -> Vec<Row> {
    let text = batch.text();
    let mut at = 0;
    let mut take = |length: u32| {
        let field = &text[at..at + length as usize];
        at += field.len();
        assert_eq!(text[at], b'\n', "a line feed behind each field");
        at += 1;
        String::from_utf8_lossy(field).into_owned()
    };
    let rows = batch
        .table()
        .chunks_exact(COLUMNS)
        .map(|row| Row {
            flags: row[0],
            kind: take(row[1]),
            data: take(row[2]),
            id: take(row[3]),
        })
        .collect();
    assert_eq!(at, text.len(), "the lengths cover the text");
    rows
}
