//! The standard's text as it stands, with no thought for speed: the stream
//! decoded whole, cut into lines, interpreted line by line.

use super::{LONGEST_RETRY, Reading, event, only_id};

/// HTML standard §9.2.5: "Streams must be decoded using the UTF-8 decode
/// algorithm", which strips one leading BOM.
fn decode(stream: &[u8]) -> String {
    let text = String::from_utf8_lossy(stream);
    text.strip_prefix('\u{FEFF}').unwrap_or(&text).to_owned()
}

/// The lines that ended. "Once the end of the file is reached, any pending
/// data must be discarded."
fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\r', '\n']) {
        lines.push(&rest[..end]);
        let tail = &rest[end..];
        rest = tail.strip_prefix("\r\n").unwrap_or(&tail[1..]);
    }
    lines
}

/// §9.2.6 "Interpreting an event stream".
pub(super) fn read(stream: &[u8]) -> Reading {
    let text = decode(stream);
    let mut reading = Reading::default();
    let (mut kind, mut data) = (String::new(), String::new());
    let mut id: Option<String> = None;
    for line in lines(&text) {
        if line.is_empty() {
            let block_id = id.take();
            let row = match data.strip_suffix('\n') {
                Some(data) => {
                    let row = event(&kind, data);
                    Some(match &block_id {
                        Some(id) => row.with_id(id),
                        None => row,
                    })
                }
                None => block_id.as_deref().map(only_id),
            };
            reading.rows.extend(row);
            kind.clear();
            data.clear();
            continue;
        }
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name, value.strip_prefix(' ').unwrap_or(value)),
            None => (line, ""),
        };
        match name {
            "event" => kind = value.to_owned(),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => id = Some(value.to_owned()),
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                reading.retry = Some(value.parse().unwrap_or(u64::MAX).min(LONGEST_RETRY));
            }
            _ => {}
        }
    }
    reading
}
