//! Wrong events made of right ones. What comes in is a chunk of whole blocks, as
//! [`crate::sse`] writes them: `\n` ends a line, and a blank line a block.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::json;

use super::what::WrongIds;
use crate::clock;
use crate::run::{EventKind, RunId};

/// How much higher shifted ids are.
const SHIFT: u64 = 1_000;

/// The chunk with other ids. Blocks without one keep none.
pub(super) fn renumbered(chunk: &[u8], mode: WrongIds) -> Bytes {
    let mut out = BytesMut::with_capacity(chunk.len() + 64);
    for line in chunk.split_inclusive(|byte| *byte == b'\n') {
        let id = line.strip_prefix(b"id: ").and_then(number);
        match (id, mode) {
            (None, _) => out.put_slice(line),
            (Some(_), WrongIds::Missing) => {}
            (Some(_), WrongIds::Constant) => out.put_slice(b"id: 1\n"),
            (Some(id), WrongIds::Shifted) => {
                out.put_slice(format!("id: {}\n", id.saturating_add(SHIFT)).as_bytes());
            }
        }
    }
    out.freeze()
}

fn number(line: &[u8]) -> Option<u64> {
    std::str::from_utf8(line).ok()?.trim_end().parse().ok()
}

/// The chunk up to the middle of the data of its first event that is more than a sign of life; `None` without one.
pub(super) fn truncated(chunk: &Bytes) -> Option<Bytes> {
    let mut start = 0;
    while let Some(length) = chunk[start..].windows(2).position(|pair| pair == b"\n\n") {
        let block = &chunk[start..start + length];
        if let Some(data) = data_of_news(block) {
            let middle = start + data + (length - data).div_ceil(2);
            return Some(chunk.slice(..middle));
        }
        start += length + 2;
    }
    None
}

/// Where a block's data starts, unless it is a greeting, a heartbeat or no event.
fn data_of_news(block: &[u8]) -> Option<usize> {
    let signs_of_life = [EventKind::Connected, EventKind::Heartbeat];
    let mut at = 0;
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b"data: ") {
            return Some(at + b"data: ".len());
        }
        if let Some(name) = line.strip_prefix(b"event: ")
            && signs_of_life
                .iter()
                .any(|kind| kind.name().as_bytes() == name.trim_ascii_end())
        {
            return None;
        }
        at += line.len();
    }
    None
}

/// An event of the log without an id whose data is `bytes` long: what comes before its filling, how much that is, and what comes after.
pub(super) fn oversized(run_id: Option<&RunId>, bytes: u64) -> (Bytes, u64, Bytes) {
    const MESSAGE: &str = "\"message\":\"";
    let name = EventKind::Log.name();
    let json = json!({
        "type": name,
        "run_id": run_id,
        "timestamp": clock::iso(clock::now_ms()),
        "data": { "level": "warn", "stage": "fault", "message": "" },
    })
    .to_string();
    // Always found, and once: quotes in the run id are escaped.
    let (head, tail) = json.split_once(MESSAGE).unwrap_or((&json, ""));
    let fill = bytes.saturating_sub(json.len() as u64);
    let before = format!("event: {name}\ndata: {head}{MESSAGE}");
    (before.into(), fill, format!("{tail}\n\n").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNK: &[u8] = b"retry: 3000\n\nevent: connected\ndata: {\"id: 3\":1}\n\nid: 7\nevent: log\ndata: 123456\n\nid: 8\nevent: log\ndata: {}\n\n";

    fn ids(mode: WrongIds) -> Vec<String> {
        let text = String::from_utf8(renumbered(CHUNK, mode).to_vec()).unwrap();
        let ids = text.lines().filter_map(|line| line.strip_prefix("id: "));
        ids.map(str::to_owned).collect()
    }

    #[test]
    fn ids_are_shifted_missing_or_constant_and_all_else_is_as_it_was() {
        assert_eq!(ids(WrongIds::Shifted), ["1007", "1008"]);
        assert_eq!(ids(WrongIds::Constant), ["1", "1"]);
        assert_eq!(ids(WrongIds::Missing), [""; 0]);
        let without = renumbered(CHUNK, WrongIds::Missing);
        let expected = String::from_utf8_lossy(CHUNK)
            .replace("\nid: 7\n", "\n")
            .replace("\nid: 8\n", "\n");
        assert_eq!(without, expected.as_bytes());
    }

    #[test]
    fn an_event_is_truncated_in_the_middle_of_its_data_and_what_comes_before_it_is_whole() {
        let cut = truncated(&Bytes::from_static(CHUNK)).unwrap();
        assert!(cut.ends_with(b"\n\nid: 7\nevent: log\ndata: 123"));
        assert!(CHUNK.starts_with(&cut));
    }

    #[test]
    fn greetings_heartbeats_and_reconnection_times_are_not_truncated() {
        for chunk in [
            "retry: 1\n\nevent: connected\ndata: {}\n\n",
            "event: heartbeat\ndata: {}\n\n",
            ": comment\n\n",
        ] {
            assert_eq!(truncated(&Bytes::from_static(chunk.as_bytes())), None);
        }
    }

    #[test]
    fn an_oversized_event_is_json_of_just_that_length() {
        let run_id = RunId::from("\"message\":\"");
        for run_id in [Some(&run_id), None] {
            let (before, fill, after) = oversized(run_id, 500);
            let mut event = before.to_vec();
            event.resize(before.len() + fill as usize, b'x');
            event.extend_from_slice(&after);
            let data = event.strip_prefix(b"event: log\ndata: ").unwrap();
            let data = data.strip_suffix(b"\n\n").unwrap();
            assert_eq!(data.len(), 500);
            let json: serde_json::Value = serde_json::from_slice(data).unwrap();
            assert_eq!(json["run_id"], json!(run_id));
            assert!(json["data"]["message"].as_str().unwrap().len() > 100);
        }
    }
}
