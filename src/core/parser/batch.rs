//! The events of one chunk, laid out so that JavaScript decodes once and
//! slices: one text, and one table of lengths.

/// The block had an `id:` of its own.
pub const HAS_ID: u32 = 1;
/// The block is an event; without this flag it only moves the last event id.
pub const DISPATCH: u32 = 2;
/// The event is activity, but no news.
pub const HEARTBEAT: u32 = 4;
/// The event is named `error`: a stream that ends after it is no cycle.
pub const NAMED_ERROR: u32 = 8;

/// Numbers in a row of the table.
pub const COLUMNS: usize = 5;

/// What a chunk completed, in order.
///
/// `text` holds for each row its type, its data and its id, each followed by a
/// line feed, in bytes as they came. The line feed keeps two broken UTF-8
/// sequences of different fields from forming a whole one.
///
/// `table` holds for each row `[flags, type, data, id, end]`: the lengths of
/// the three fields and where the row ends, in bytes. Where the decoded text is
/// as long as the bytes, all is ASCII and they are lengths in it too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    pub(crate) text: Vec<u8>,
    pub(crate) table: Vec<u32>,
}

/// Texts larger than this are not kept for the next chunk.
const KEEP: usize = 256 << 10;

/// Empties a buffer, and gives it up where it grew beyond `keep`.
pub(super) fn empty<T>(buffer: &mut Vec<T>, keep: usize) {
    buffer.clear();
    if buffer.capacity() > keep {
        *buffer = Vec::new();
    }
}

impl Batch {
    /// The bytes of all rows.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The rows, [`COLUMNS`] numbers each.
    pub fn table(&self) -> &[u32] {
        &self.table
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.table.len() / COLUMNS
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        empty(&mut self.text, KEEP);
        empty(&mut self.table, KEEP);
    }

    pub(crate) fn flags(&self, row: usize) -> u32 {
        self.table.get(row * COLUMNS).copied().unwrap_or(0)
    }

    /// The id of a row that has one.
    pub(crate) fn id(&self, row: usize) -> &[u8] {
        let Some(&[.., length, end]) = self.table.get(row * COLUMNS..(row + 1) * COLUMNS) else {
            return &[];
        };
        let end = (end as usize).saturating_sub(1);
        let start = end.saturating_sub(length as usize);
        self.text.get(start..end).unwrap_or(&[])
    }

    pub(crate) fn push(&mut self, flags: u32, kind: &[u8], data: &[u8], id: &[u8]) {
        let mut row = [flags, 0, 0, 0, 0];
        for (length, field) in row[1..].iter_mut().zip([kind, data, id]) {
            *length = field.len() as u32;
            self.text.extend_from_slice(field);
            self.text.push(b'\n');
        }
        row[4] = self.text.len() as u32;
        self.table.extend_from_slice(&row);
    }
}
