//! The event stream parser of the HTML standard (§9.2.5 "Parsing an event
//! stream", §9.2.6 "Interpreting an event stream"), incremental over bytes.
//!
//! It finds lines and fields in the bytes themselves: line ends, the colon and
//! the BOM cannot be part of a longer UTF-8 sequence, so decoding can wait
//! until a whole field is there, and a chunk may end anywhere.

mod batch;

use batch::empty;
use memchr::memchr2;

pub use batch::{Batch, COLUMNS, DISPATCH, HAS_ID, HEARTBEAT, NAMED_ERROR};

const BOM: &[u8] = "\u{FEFF}".as_bytes();

/// The longest field name that means anything (`event`, `retry`) and its colon.
const LONGEST_NAME: usize = 6;

/// A `retry:` above this is for ever, all the same.
const LONGEST_RETRY: u64 = 1 << 53;

/// Buffers larger than this are not kept for the next event.
const KEEP: usize = 64 << 10;

/// What a chunk held beside its events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// A comment line was in it.
    pub(crate) comment: bool,
    /// The last `retry:` in it, in ms.
    pub(crate) retry: Option<u64>,
    /// An event grew beyond the limit. The rows before it are good; the
    /// parser is of no more use.
    pub(crate) too_large: bool,
}

/// Gives the flags of an event by its type.
pub(crate) type Classifier<'a> = &'a dyn Fn(&[u8]) -> u32;

/// The parser of one stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parser {
    limit: usize,
    /// The beginning of a line whose end has not come.
    carry: Vec<u8>,
    /// The line under way means nothing: a comment or an unknown field.
    skip: bool,
    /// The last byte was a CR, so that an LF now belongs to it.
    after_cr: bool,
    past_first_line: bool,
    kind: Vec<u8>,
    data: Vec<u8>,
    /// The lines of the data.
    lines: u32,
    /// The id of the block under way, if it has one of its own.
    id: Vec<u8>,
    has_id: bool,
    too_large: bool,
}

impl Parser {
    /// A parser for a stream whose events may have up to `limit` bytes: data,
    /// type and id together, and no field alone more. How the stream is cut
    /// into chunks makes no difference.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Reads a chunk and appends what it completes to `batch`. What is left at
    /// the stream's end is dropped with the parser: "Once the end of the file is
    /// reached, any pending data must be discarded."
    pub(crate) fn push(&mut self, mut chunk: &[u8], batch: &mut Batch, flags: Classifier) -> Scan {
        let mut scan = Scan::default();
        if self.after_cr && !chunk.is_empty() {
            self.after_cr = false;
            chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        // "end-of-line = ( cr lf / cr / lf )"
        while let Some(end) = memchr2(b'\n', b'\r', chunk) {
            let (line, rest) = chunk.split_at(end);
            chunk = match rest {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_cr = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
            self.finish_line(line, &mut scan, batch, flags);
            if self.too_large {
                chunk = &[];
            }
        }
        self.begin_line(chunk, &mut scan);
        scan.too_large = self.too_large;
        scan
    }

    fn finish_line(&mut self, tail: &[u8], scan: &mut Scan, batch: &mut Batch, flags: Classifier) {
        if std::mem::take(&mut self.skip) {
            return;
        }
        if self.carry.is_empty() {
            self.line(tail, scan, batch, flags);
        } else {
            let mut line = std::mem::take(&mut self.carry);
            line.extend_from_slice(tail);
            self.line(&line, scan, batch, flags);
            empty(&mut line, KEEP);
            self.carry = line;
        }
    }

    /// Keeps the beginning of a line, unless it already shows that the line
    /// will mean nothing: memory stays bounded by the event, not by the line.
    fn begin_line(&mut self, start: &[u8], scan: &mut Scan) {
        if self.skip {
            return;
        }
        self.carry.extend_from_slice(start);
        if !self.past_first_line {
            if self.carry.len() < BOM.len() && BOM.starts_with(&self.carry) {
                return;
            }
            if self.carry.starts_with(BOM) {
                self.carry.drain(..BOM.len());
            }
            self.past_first_line = true;
        }
        let comment = self.carry.first() == Some(&b':');
        let known = ["data", "event", "id", "retry"].iter().any(|name| {
            let name = name.as_bytes();
            let length = name.len().min(self.carry.len());
            self.carry.starts_with(&name[..length])
                && matches!(self.carry.get(name.len()), None | Some(b':'))
        });
        if comment || (self.carry.len() >= LONGEST_NAME && !known) {
            scan.comment |= comment;
            self.skip = true;
            self.carry.clear();
        }
        // Even a longest name, its colon and a space leave more than the limit.
        self.too_large |= self.carry.len() > self.limit.saturating_add(LONGEST_NAME + 1);
    }

    fn line(&mut self, line: &[u8], scan: &mut Scan, batch: &mut Batch, flags: Classifier) {
        let line = if self.past_first_line {
            line
        } else {
            // "stream = [ bom ] *event": one leading BOM is no part of the line.
            self.past_first_line = true;
            line.strip_prefix(BOM).unwrap_or(line)
        };
        // "If the line is empty (a blank line): dispatch the event."
        if line.is_empty() {
            return self.blank_line(batch, flags);
        }
        // A colon beyond the longest name ends a name that means nothing.
        let head = &line[..line.len().min(LONGEST_NAME)];
        match head.iter().position(|&byte| byte == b':') {
            // "If the line starts with a U+003A COLON character (:): ignore the line."
            Some(0) => scan.comment = true,
            Some(colon) => {
                let (name, value) = (&line[..colon], &line[colon + 1..]);
                // "If value starts with a U+0020 SPACE character, remove it from value."
                self.field(name, value.strip_prefix(b" ").unwrap_or(value), scan);
            }
            // "Process the field using … the empty string as the field value."
            None => self.field(line, b"", scan),
        }
    }

    fn field(&mut self, name: &[u8], value: &[u8], scan: &mut Scan) {
        if value.len() > self.limit && matches!(name, b"event" | b"data" | b"id" | b"retry") {
            self.too_large = true;
            return;
        }
        match name {
            // "Set the event type buffer to the field value."
            b"event" => {
                self.kind.clear();
                self.kind.extend_from_slice(value);
            }
            // "Append the field value to the data buffer, then append a single
            // U+000A LINE FEED (LF) character to the data buffer."
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
                self.lines += 1;
            }
            // "If the field value does not contain U+0000 NULL, then set the last
            // event ID buffer to the field value. Otherwise, ignore the field."
            b"id" if value.iter().all(|&byte| byte != 0) => {
                self.has_id = true;
                self.id.clear();
                self.id.extend_from_slice(value);
            }
            // "If the field value consists of only ASCII digits, then interpret
            // the field value as an integer in base ten".
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let number = |sum, digit: &u8| {
                    let sum: u64 = sum * 10 + u64::from(digit - b'0');
                    sum.min(LONGEST_RETRY)
                };
                scan.retry = Some(value.iter().fold(0, number));
            }
            // "Otherwise: the field is ignored."
            _ => {}
        }
        // The line feed behind the data's last line is no part of it.
        let size = self.data.len().saturating_sub(1) + self.kind.len() + self.id.len();
        self.too_large |= size > self.limit;
    }

    fn blank_line(&mut self, batch: &mut Batch, flags: Classifier) {
        let has_id = if std::mem::take(&mut self.has_id) {
            HAS_ID
        } else {
            0
        };
        let lines = std::mem::take(&mut self.lines);
        // "If the data buffer's last character is a U+000A LINE FEED, remove it."
        if self.data.pop().is_some() {
            let flags = has_id | DISPATCH | flags(&self.kind);
            batch.push(flags, &self.kind, &self.data, lines - 1, &self.id);
        } else if has_id != 0 {
            // "Set the last event ID string … to the value of the last event
            // ID buffer" comes before "If the data buffer is an empty string,
            // … return".
            batch.push(has_id, b"", b"", 0, &self.id);
        }
        self.kind.clear();
        empty(&mut self.id, KEEP);
        empty(&mut self.data, KEEP);
    }
}

#[cfg(test)]
mod tests;
