//! The examples of HTML standard §9.2.6, and corners of its text.

use super::{LONGEST_RETRY, Row, event, only_id, read, read_whole, scan};

fn rows(stream: &str) -> Vec<Row> {
    read_whole(stream).rows
}

#[test]
fn a_block_of_several_data_lines_is_one_event() {
    let stream = "data: YHOO\ndata: +2\ndata: 10\n\n";
    assert_eq!(rows(stream), [event("", "YHOO\n+2\n10")]);
}

#[test]
fn comments_ids_and_an_unfinished_block() {
    let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n";
    assert_eq!(
        rows(stream),
        [
            event("", "first event").with_id("1"),
            event("", "second event").with_id(""),
        ]
    );
    let finished = format!("{stream}\n");
    assert_eq!(rows(&finished)[2], event("", " third event"));
}

#[test]
fn data_lines_without_a_value() {
    let stream = "data\n\ndata\ndata\n\ndata:";
    assert_eq!(rows(stream), [event("", ""), event("", "\n")]);
}

#[test]
fn one_space_after_the_colon_is_no_part_of_the_value() {
    assert_eq!(
        rows("data:test\n\ndata: test\n\n"),
        [event("", "test"), event("", "test")]
    );
    assert_eq!(rows("data:  x\n\n"), [event("", " x")]);
    assert_eq!(rows("data:\tx\n\n"), [event("", "\tx")]);
    assert_eq!(rows("data: a: b\n\n"), [event("", "a: b")]);
}

#[test]
fn named_events() {
    let stream = "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\ndata: plain\n\n";
    assert_eq!(
        rows(stream),
        [
            event("add", "73857293"),
            event("remove", "2153"),
            event("", "plain"),
        ]
    );
}

#[test]
fn a_block_without_data_forgets_its_type_and_keeps_its_id() {
    let stream = "event: add\nid: 4\n\ndata: 1\n\n";
    assert_eq!(rows(stream), [only_id("4"), event("", "1")]);
}

#[test]
fn lines_end_with_lf_cr_or_both() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = ["data: 1", "data: 2", "", "id: 3", "", ""].join(end);
        assert_eq!(rows(&stream), [event("", "1\n2"), only_id("3")], "{end:?}");
    }
    assert_eq!(
        rows("data: 1\r\n\rdata: 2\n\r"),
        [event("", "1"), event("", "2")]
    );
}

#[test]
fn a_cr_ends_its_line_without_waiting_for_an_lf() {
    let reading = read([b"data: 1\r\r".as_slice()], usize::MAX);
    assert_eq!(reading.rows, [event("", "1")]);
}

#[test]
fn an_lf_in_the_next_chunk_belongs_to_the_cr() {
    let chunks = ["data: 1\r", "", "\ndata: 2\r", "\n\r", "\n"];
    let reading = read(chunks.map(str::as_bytes), usize::MAX);
    assert_eq!(reading.rows, [event("", "1\n2")]);
}

#[test]
fn one_leading_bom_is_no_part_of_the_stream() {
    assert_eq!(rows("\u{FEFF}data: 1\n\n"), [event("", "1")]);
    assert_eq!(rows("\u{FEFF}\u{FEFF}data: 1\n\n"), []);
    assert_eq!(rows("\n\u{FEFF}data: 1\n\n"), []);
    assert_eq!(rows("data: \u{FEFF}1\n\n"), [event("", "\u{FEFF}1")]);
    assert_eq!(rows("\u{FEFF}\ndata: 1\n\n"), [event("", "1")]);
}

#[test]
fn a_bom_may_come_byte_by_byte() {
    let stream = "\u{FEFF}data: 1\n\n".as_bytes();
    assert_eq!(read(stream.chunks(1), usize::MAX).rows, [event("", "1")]);
    let almost = b"\xEF\xBBdata: 1\n\ndata: 2\n\n";
    assert_eq!(read(almost.chunks(1), usize::MAX).rows, [event("", "2")]);
}

#[test]
fn field_names_are_taken_literally() {
    let stream = "Data: 1\n data: 2\ndata : 3\ndatax: 4\ndat: 5\nevents: 6\nretry-x: 7\n\n";
    assert_eq!(rows(stream), []);
}

#[test]
fn the_last_of_a_repeated_field_counts() {
    let stream = "event: a\nevent: b\nid: 1\nid: 2\ndata: x\n\n";
    assert_eq!(rows(stream), [event("b", "x").with_id("2")]);
    assert_eq!(rows("event: a\nevent\ndata: x\n\n"), [event("", "x")]);
}

#[test]
fn an_id_with_nul_is_ignored_and_other_fields_may_have_it() {
    let stream = "id: 1\nid: \0\ndata: \0\nevent: \0\n\n";
    assert_eq!(rows(stream), [event("\0", "\0").with_id("1")]);
}

#[test]
fn a_retry_of_only_digits_counts() {
    let retry = |value: &str| read_whole(format!("retry:{value}\n")).retry;
    assert_eq!(retry(" 3000"), Some(3_000));
    assert_eq!(retry("0010"), Some(10));
    assert_eq!(retry("00000000000000000000003000"), Some(3_000));
    assert_eq!(retry("99999999999999999999999"), Some(LONGEST_RETRY));
    for ignored in ["", " ", "1.5", "-1", "+1", "1e3", "  1", "1 ", "٣"] {
        assert_eq!(retry(ignored), None, "{ignored:?}");
    }
}

#[test]
fn a_retry_counts_without_a_blank_line_and_the_last_one_does() {
    assert_eq!(scan(&["retry: 1\nretry: 2\ndata: x\n"]).retry, Some(2));
    assert_eq!(scan(&["retry: 1"]).retry, None);
    assert_eq!(scan(&["retry: 1", "\n"]).retry, Some(1));
}

#[test]
fn a_comment_is_seen_as_soon_as_it_begins_and_once() {
    assert!(scan(&[":"]).comment);
    assert!(scan(&[": keep-alive\n\n"]).comment);
    assert!(scan(&["\u{FEFF}:"]).comment);
    assert!(!scan(&[":", " more", "and more"]).comment);
    assert!(!scan(&[":", "\n"]).comment);
    assert!(!scan(&["data: :\n"]).comment);
    assert!(!scan(&["\n\n"]).comment);
}

#[test]
fn broken_utf_8_becomes_replacement_characters() {
    let reading = read_whole(b"data: a\xFFb\xE2\x82\n\ndata: \xF0\x9F\x98\n\n");
    assert_eq!(
        reading.rows,
        [event("", "a\u{FFFD}b\u{FFFD}"), event("", "\u{FFFD}")]
    );
}

#[test]
fn broken_halves_in_two_fields_do_not_become_one_character() {
    let reading = read_whole(b"event: \xE2\x82\ndata: \xAC\n\n");
    assert_eq!(reading.rows, [event("\u{FFFD}", "\u{FFFD}")]);
}

#[test]
fn characters_beyond_the_basic_plane_have_two_units() {
    let stream = "event: 🦀\nid: é🦀\ndata: 🦀🦀é\n\n";
    assert_eq!(rows(stream), [event("🦀", "🦀🦀é").with_id("é🦀")]);
}
