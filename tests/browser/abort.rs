//! A source that is closed lets go of its request, wherever that is, and of
//! whatever comes later.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, Watch, open, settle, started};

#[wasm_bindgen_test]
async fn closing_aborts_a_request_that_is_not_answered() {
    let watch = Watch::new();
    let world = started("{}");
    world.close();
    assert!(world.is_aborted(0));
    assert_eq!(
        world.story(),
        ["statechange connecting closed close 1 null"]
    );
    // As a real fetch does.
    world.fail(0);
    settle().await;
    assert_eq!(watch.unhandled(), 0);
    assert_eq!(watch.pending_timers(), 0);
    assert_eq!(world.story().len(), 1);
    watch.stop();
}

#[wasm_bindgen_test]
async fn closing_aborts_the_stream_and_cancels_its_reader() {
    let watch = Watch::new();
    let world = open("{}").await;
    world.close();
    assert!(world.is_aborted(0));
    settle().await;
    assert!(world.is_cancelled(0));
    assert_eq!(
        world.last("statechange"),
        "statechange open closed close 1 null"
    );
    assert_eq!(world.told("error"), [""; 0]);
    assert_eq!(watch.unhandled(), 0);
    assert_eq!(watch.pending_timers(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn an_answer_after_the_close_is_nothing() {
    let world = started("{}");
    world.close();
    world.respond(0, 200, STREAM);
    settle().await;
    assert_eq!(world.state(), "closed");
    assert_eq!(world.told("open"), [""; 0]);
}

#[wasm_bindgen_test]
async fn bytes_after_the_close_are_nothing() {
    let world = open("{}").await;
    world.chunk(0, b"data: x\n\n");
    world.close();
    settle().await;
    assert_eq!(world.told("event"), [""; 0]);
}

#[wasm_bindgen_test]
async fn an_answer_to_the_life_before_a_reset_is_nothing() {
    let world = started("{}");
    world.input("reset");
    assert_eq!(world.requests(), 2);
    assert!(world.is_aborted(0));
    world.respond(0, 200, STREAM);
    settle().await;
    assert_eq!(world.state(), "connecting");
    world.respond(1, 200, STREAM);
    world.until("open").await;
    world.chunk(1, b"data: new\n\n");
    world.until("event").await;
    world.close();
}

#[wasm_bindgen_test]
async fn reconnecting_drops_the_stream_and_opens_another() {
    let world = open("{}").await;
    world.chunk(0, b"id: 4\ndata: x\n\n");
    world.until("event").await;
    world.input("reconnect");
    assert!(world.is_aborted(0));
    assert_eq!(world.requests(), 2);
    assert_eq!(world.last("request"), "request 2 reconnect false header");
    settle().await;
    assert!(world.is_cancelled(0));
    assert_eq!(world.told("error"), [""; 0]);
    world.close();
}
