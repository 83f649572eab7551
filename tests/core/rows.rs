//! Reads a batch as JavaScript does: field by field, from line feed to line feed.
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
    let text = String::from_utf8_lossy(batch.text());
    let mut rest = text.split('\n');
    let mut take = |feeds: u32| {
        let lines: Vec<_> = rest.by_ref().take(feeds as usize + 1).collect();
        assert_eq!(
            lines.len(),
            feeds as usize + 1,
            "a line feed behind each line"
        );
        lines.join("\n")
    };
    let rows = batch
        .table()
        .chunks_exact(COLUMNS)
        .map(|row| Row {
            flags: row[0],
            kind: take(0),
            data: take(row[1]),
            id: take(0),
        })
        .collect();
    assert_eq!(rest.collect::<Vec<_>>(), [""], "the rows cover the text");
    rows
}
