//! The way of an event from bytes to text: Rust cuts, JavaScript decodes, and
//! both must count alike.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{open, settle};

/// Has an id, is dispatched.
const ID: u32 = 1;
const EVENT: u32 = 2;
const HEARTBEAT: u32 = 4;
const NAMED_ERROR: u32 = 8;

fn line(flags: u32, kind: &str, data: &str, id: Option<&str>) -> String {
    let parts = [Some(kind), Some(data), id].map(JsValue::from);
    let json = js_sys::JSON::stringify(&js_sys::Array::of(&parts)).expect("strings");
    format!("event {flags} {json}")
}

#[wasm_bindgen_test]
async fn each_kind_of_row_carries_its_flags() {
    let world = open("{}").await;
    world.chunk(
        0,
        b"data: plain\n\n\
          id: 1\nevent: named\ndata: a\ndata: b\n\n\
          id: 2\n\n\
          event: ping\ndata\n\n\
          event: error\ndata: told\n\n\
          id\ndata: cleared\n\n",
    );
    world.until_times("event", 6).await;
    assert_eq!(
        world.told("event"),
        [
            line(EVENT, "", "plain", None),
            line(EVENT | ID, "named", "a\nb", Some("1")),
            line(ID, "", "", Some("2")),
            line(EVENT | HEARTBEAT, "ping", "", None),
            line(EVENT | NAMED_ERROR, "error", "told", None),
            line(EVENT | ID, "", "cleared", Some("")),
        ]
    );
}

#[wasm_bindgen_test]
async fn the_class_says_which_row_is_terminal_and_with_which_outcome() {
    for (kind, outcome) in [("done", "completed"), ("broke", "failed")] {
        let world = open("{ completedBy: ['done', 'over'], failedBy: ['broke'] }").await;
        world.chunk(
            0,
            format!("event: {kind}\ndata: x\n\ndata: too late\n\n").as_bytes(),
        );
        world.until("complete").await;
        assert_eq!(world.told("event"), [line(EVENT, kind, "x", None)]);
        assert_eq!(
            world.last("complete"),
            format!("complete {outcome} true false")
        );
        assert!(world.is_aborted(0));
    }
}

#[wasm_bindgen_test]
async fn text_beyond_ascii_survives_every_cut() {
    let text = "\u{feff}id: ß–1\nevent: naïve😀\ndata: äö€ 日本 😀\u{301}\r\ndata: \u{feff}x\r\n\r\ndata: end\n\n";
    let bytes = text.as_bytes();
    let expected = [
        line(
            EVENT | ID,
            "naïve😀",
            "äö€ 日本 😀\u{301}\n\u{feff}x",
            Some("ß–1"),
        ),
        line(EVENT, "", "end", None),
    ];
    let whole = open("{}").await;
    whole.chunk(0, bytes);
    whole.until_times("event", 2).await;
    assert_eq!(whole.told("event"), expected);
    whole.close();

    let single = open("{}").await;
    for byte in bytes {
        single.chunk(0, &[*byte]);
    }
    single.until_times("event", 2).await;
    assert_eq!(single.told("event"), expected);
    single.close();

    for cut in 1..bytes.len() {
        let world = open("{}").await;
        world.chunk(0, &bytes[..cut]);
        world.chunk(0, &bytes[cut..]);
        world.until_times("event", 2).await;
        assert_eq!(world.told("event"), expected, "cut at {cut}");
        world.close();
    }
}

#[wasm_bindgen(inline_js = "export const decoded = (bytes) => \
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);")]
extern "C" {
    /// What the platform makes of bytes.
    fn decoded(bytes: &[u8]) -> String;
}

#[wasm_bindgen_test]
async fn bytes_that_are_no_utf_8_are_replaced_as_the_platform_does() {
    let broken: &[&[u8]] = &[
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80\x80",
        b"a\xe2b",
        b"\xe0\x80\xaf",
        b"\xf0\x9f\xe2\x82\xac",
        b"\xc3",
        b"\xf8\x88\x80\x80\x80",
    ];
    for bytes in broken {
        // The field before ends in what could begin the sequence of the next.
        let world = open("{}").await;
        world.chunk(
            0,
            &[
                b"event: ",
                *bytes,
                b"\ndata: ",
                bytes,
                b"\nid: ",
                bytes,
                b"\n\ndata: next\n\n",
            ]
            .concat(),
        );
        world.until_times("event", 2).await;
        let text = decoded(bytes);
        assert_eq!(
            world.told("event"),
            [
                line(EVENT | ID, &text, &text, Some(&text)),
                line(EVENT, "", "next", None)
            ],
            "{bytes:x?}"
        );
        world.close();
    }
}

#[wasm_bindgen_test]
async fn any_bytes_come_out_as_the_platform_decodes_them() {
    let mut seed = 0x9e37_79b9_u32;
    let mut random = |below: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % below
    };
    // Bytes that begin, continue and break sequences, more often than chance has them.
    let alphabet = [
        b'a', b' ', 0x80, 0xbf, 0xc3, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0, 0x9f, 0x98, 0xf4, 0x90,
        0xff,
    ];
    let world = open("{}").await;
    let mut expected = Vec::new();
    for _ in 0..300 {
        let length = 1 + random(12);
        let data: Vec<u8> = (0..length).map(|_| alphabet[random(16) as usize]).collect();
        let block = [b"data:x", &data[..], b"\n\n"].concat();
        let cut = random(block.len() as u32) as usize;
        world.chunk(0, &block[..cut]);
        world.chunk(0, &block[cut..]);
        expected.push(line(EVENT, "", &decoded(&[b"x", &data[..]].concat()), None));
    }
    world.until_times("event", expected.len()).await;
    assert_eq!(world.told("event"), expected);
    world.close();
}

#[wasm_bindgen_test]
async fn a_large_event_in_many_chunks_comes_whole() {
    let world = open("{}").await;
    let part = "0123456789abcdé€😀".repeat(4_096);
    for _ in 0..16 {
        world.chunk(0, format!("data: {part}\n").as_bytes());
    }
    world.chunk(0, b"\n");
    world.until("event").await;
    let event = world.last("event");
    let expected = line(EVENT, "", &vec![part; 16].join("\n"), None);
    assert!(
        event == expected,
        "{} bytes of {}",
        event.len(),
        expected.len()
    );
    world.close();
}

#[wasm_bindgen_test]
async fn bytes_and_events_are_counted() {
    let world = open("{}").await;
    world.chunk(0, "data: é\n\n".as_bytes());
    world.until("event").await;
    settle().await;
    let [_, events, _, _, bytes, ..] = world.stats()[..] else {
        panic!("too few")
    };
    assert_eq!((events, bytes), (1.0, 10.0));
    world.close();
}
