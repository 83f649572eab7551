//! Reads a batch as JavaScript does: the text decoded once, sliced by lengths
//! in UTF-16 units.

use resilient_eventsource::core::{Batch, COLUMNS};

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
    let text: Vec<u16> = String::from_utf8_lossy(batch.text())
        .encode_utf16()
        .collect();
    let mut at = 0;
    let mut take = |length: u32| {
        let field = &text[at..at + length as usize];
        at += field.len() + 1;
        String::from_utf16_lossy(field)
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
