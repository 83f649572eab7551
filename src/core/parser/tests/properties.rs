//! Any stream, cut anywhere.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{NO_LIMIT, read, reference};

/// What streams are made of: whole, broken, and mistaken for one another.
#[rustfmt::skip]
const PIECES: &[&[u8]] = &[
    b"data", b"data:", b"data: ", b"data:  ", b"event: ", b"event", b"id: ", b"id", b"id:",
    b"retry: ", b"retry:1000", b"retry: 12x", b":", b": comment", b" ", b"::", b"da", b"ta",
    b"ev", b"datax: ", b"unknown: ", b"Data: ", b"ping", b"x", b"0123456789", b"\0",
    // A BOM and parts of one, lone bytes, parts of characters, a surrogate, an overlong form.
    b"\xEF\xBB\xBF", b"\xEF\xBB", b"\xBF", b"\xFF", b"\xC3", b"\xA9", b"\xE2\x82",
    b"\xF0\x9F\xA6\x80", b"\xF0\x9F", b"\xA6\x80", b"\xED\xA0\x80", b"\xC0\x80",
    // What other standards call line ends.
    b"\xE2\x80\xA8", b"\xC2\x85", b"\x0B\x0C",
];

const ENDS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\n\r\n",
    b"\r\r",
    b"\n\r",
];

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let fixed = prop::sample::select(PIECES);
    let end = prop::sample::select(ENDS);
    let line = (
        "(data|event|id|retry|x|)",
        ": ?",
        "[a-c0-9é🦀 ]{0,6}",
        "\n|\r|\r\n|\n\n",
    )
        .prop_map(|(name, colon, value, end)| format!("{name}{colon}{value}{end}").into_bytes());
    prop_oneof![
        4 => fixed.prop_map(<[u8]>::to_vec),
        4 => end.prop_map(<[u8]>::to_vec),
        4 => line,
        1 => vec(any::<u8>(), 0..4),
        1 => (1_usize..700, any::<bool>()).prop_map(|(length, wide)| {
            if wide { "€".repeat(length).into_bytes() } else { vec![b'y'; length] }
        }),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    (any::<bool>(), vec(piece(), 0..40)).prop_map(|(bom, pieces)| {
        let start: &[u8] = if bom { b"\xEF\xBB\xBF" } else { b"" };
        [start, &pieces.concat()].concat()
    })
}

/// Cuts a stream by sizes that repeat; a size of 0 is an empty chunk.
fn cut<'a>(stream: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    let mut rest = stream;
    for &size in sizes.iter().cycle().take(stream.len() * 2) {
        let (chunk, tail) = rest.split_at(size.min(rest.len()));
        chunks.push(chunk);
        rest = tail;
    }
    chunks.push(rest);
    chunks
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![3 => 0_usize..5, 1 => 5_usize..1_000], 1..12)
}

proptest! {
    #[test]
    fn a_stream_reads_as_the_standard_says_however_it_is_cut(
        stream in stream(),
        sizes in sizes(),
    ) {
        let expected = reference::read(&stream);
        prop_assert_eq!(&read([&stream[..]], NO_LIMIT), &expected);
        prop_assert_eq!(&read(cut(&stream, &sizes), NO_LIMIT), &expected);
        prop_assert_eq!(&read(stream.chunks(1), NO_LIMIT), &expected);
    }

    #[test]
    fn a_limit_cuts_a_stream_at_the_same_event_however_it_is_cut(
        stream in stream(),
        sizes in sizes(),
        limit in 0_usize..40,
    ) {
        let whole = read([&stream[..]], limit);
        prop_assert_eq!(&read(cut(&stream, &sizes), limit), &whole);
        prop_assert_eq!(&read(stream.chunks(1), limit), &whole);
    }

    #[test]
    fn what_fits_the_limit_reads_as_if_there_were_none(stream in stream(), limit in 0_usize..1_000) {
        let limited = read([&stream[..]], limit);
        let free = read([&stream[..]], NO_LIMIT);
        if limited.too_large {
            prop_assert!(free.rows.starts_with(&limited.rows));
        } else {
            prop_assert_eq!(limited, free);
        }
    }
}
