//! The wire format of event streams: HTML standard, "Server-sent events",
//! "Interpreting an event stream". Encoding only.

use std::time::Duration;

use bytes::{BufMut, BytesMut};

/// Appends one event. Without `id` the block leaves the client's last event ID as it is.
///
/// `name` and `id` must not hold line ends; ours are constants and numbers.
pub fn write_event(out: &mut BytesMut, id: Option<u64>, name: &str, data: &str) {
    out.reserve(data.len() + name.len() + 40);
    if let Some(id) = id {
        out.put_slice(b"id: ");
        out.put_slice(id.to_string().as_bytes());
        out.put_u8(b'\n');
    }
    out.put_slice(b"event: ");
    out.put_slice(name.as_bytes());
    out.put_u8(b'\n');
    for line in lines(data) {
        out.put_slice(b"data: ");
        out.put_slice(line.as_bytes());
        out.put_u8(b'\n');
    }
    out.put_u8(b'\n');
}

/// Appends the reconnection time, as a block of its own.
pub fn write_retry(out: &mut BytesMut, retry: Duration) {
    write_retry_line(out, retry);
    out.put_u8(b'\n');
}

/// Appends the reconnection time to the block that goes on after it.
pub fn write_retry_line(out: &mut BytesMut, retry: Duration) {
    out.put_slice(format!("retry: {}\n", retry.as_millis()).as_bytes());
}

/// Splits as the standard does: LF, CR and CR LF end a line. An unsplit CR in
/// the data would end the line on the client and lose what follows.
fn lines(data: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let text = rest?;
        match text.find(['\n', '\r']) {
            None => {
                rest = None;
                Some(text)
            }
            Some(at) => {
                let end = if text[at..].starts_with("\r\n") {
                    at + 2
                } else {
                    at + 1
                };
                rest = Some(&text[end..]);
                Some(&text[..at])
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: Option<u64>, name: &str, data: &str) -> String {
        let mut out = BytesMut::new();
        write_event(&mut out, id, name, data);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn an_event_is_a_block_that_a_blank_line_ends() {
        assert_eq!(
            event(Some(7), "log", "{}"),
            "id: 7\nevent: log\ndata: {}\n\n"
        );
    }

    #[test]
    fn without_an_id_no_id_line_is_written() {
        assert_eq!(
            event(None, "heartbeat", "{}"),
            "event: heartbeat\ndata: {}\n\n"
        );
    }

    #[test]
    fn every_kind_of_line_end_in_data_starts_a_new_data_line() {
        assert_eq!(
            event(None, "log", "a\nb\rc\r\nd\n"),
            "event: log\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
        );
    }

    #[test]
    fn the_reconnection_time_is_in_milliseconds() {
        let mut out = BytesMut::new();
        write_retry(&mut out, Duration::from_secs(3));
        assert_eq!(&out[..], b"retry: 3000\n\n");
    }
}
