//! The events of one chunk, laid out so that JavaScript decodes once and
//! slices: one text, and one table of what the text does not tell.

/// The block had an `id:` of its own.
pub const HAS_ID: u32 = 1;
/// The block is an event; without this flag it only moves the last event id.
pub const DISPATCH: u32 = 2;
/// The event is activity, but no news.
pub const HEARTBEAT: u32 = 4;
/// The event is named `error`: a stream that ends after it is no cycle.
pub const NAMED_ERROR: u32 = 8;

/// Numbers in a row of the table.
pub const COLUMNS: usize = 3;

/// What a chunk completed, in order.
///
/// `text` holds for each row its type, its data and its id, each followed by a
/// line feed, in bytes as they came. The line feed keeps two broken UTF-8
/// sequences of different fields from forming a whole one, and it is where the
/// decoded text is cut: in a type or an id there is none.
///
/// `table` holds for each row `[flags, feeds, end]`: the line feeds within its
/// data, and where the row ends in the text, in bytes.
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
        let end = self
            .table
            .get(row * COLUMNS + 2)
            .map_or(0, |&end| end as usize);
        let row = self.text.get(..end.saturating_sub(1)).unwrap_or(&[]);
        row.rsplit(|&byte| byte == b'\n').next().unwrap_or(&[])
    }

    /// Appends a row; `feeds` is the number of line feeds in `data`.
    pub(crate) fn push(&mut self, flags: u32, kind: &[u8], data: &[u8], feeds: u32, id: &[u8]) {
        for field in [kind, data, id] {
            self.text.extend_from_slice(field);
            self.text.push(b'\n');
        }
        self.table
            .extend_from_slice(&[flags, feeds, self.text.len() as u32]);
    }
}
