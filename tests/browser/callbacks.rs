//! Whatever the host is told, it may change the source there and then.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, open, settle, started};

#[wasm_bindgen_test]
async fn closing_in_any_call_ends_it_there() {
    for word in ["statechange", "open", "event"] {
        let world = started("{}");
        world.when(word, "close");
        world.respond(0, 200, STREAM);
        settle().await;
        world.chunk(0, b"data: 1\n\ndata: 2\n\n");
        settle().await;
        assert_eq!(world.state(), "closed", "closed in {word}");
        let story = world.story();
        let at = story.iter().position(|line| line.starts_with(word));
        assert_eq!(
            story[at.expect("it is told") + 1..],
            ["statechange open closed close 1 null"],
            "after the close in {word}"
        );
        assert!(world.is_aborted(0));
    }
}

#[wasm_bindgen_test]
async fn closing_while_the_request_is_made_is_no_harm() {
    let world = crate::support::world("{}");
    world.when("request", "close");
    world.start();
    world.respond(0, 200, STREAM);
    settle().await;
    assert_eq!(
        world.story(),
        ["statechange connecting closed close 1 null"]
    );
    assert!(world.is_aborted(0));
}

#[wasm_bindgen_test]
async fn closing_in_error_makes_no_more_attempts() {
    let world = started("{}");
    world.when("error", "close");
    world.fail(0);
    world.until("error").await;
    assert_eq!(world.state(), "closed");
    crate::support::pause(60).await;
    assert_eq!(world.requests(), 1);
}

#[wasm_bindgen_test]
async fn resetting_in_an_event_begins_anew_and_drops_the_rest() {
    let world = open("{ lastEventId: 'first' }").await;
    world.when("event", "reset");
    world.chunk(0, b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    world.until_times("request", 2).await;
    assert_eq!(world.told("event").len(), 1);
    assert_eq!(world.last("request"), "request 1 reset false header");
    world.respond(1, 200, STREAM);
    world.until_times("open", 2).await;
    world.chunk(1, b"data: c\n\n");
    world.until_times("event", 2).await;
    world.close();
}

#[wasm_bindgen_test]
async fn reconnecting_in_complete_is_nothing() {
    let world = open("{ completedBy: 'done' }").await;
    world.when("complete", "reconnect");
    world.chunk(0, b"event: done\ndata: x\n\n");
    world.until("complete").await;
    settle().await;
    assert_eq!(world.requests(), 1);
    assert_eq!(world.state(), "completed");
}

#[wasm_bindgen_test]
async fn the_next_chunk_is_not_read_before_the_batch_is_dispatched() {
    let world = open("{}").await;
    world.set_dispatching(false);
    world.chunk(0, b"data: 1\n\n");
    world.chunk(0, b"data: 2\n\n");
    settle().await;
    assert_eq!(world.told("event"), [""; 0]);
    world.dispatch_now();
    settle().await;
    assert_eq!(
        world.told("event").len(),
        1,
        "the second waits for its dispatch too"
    );
    world.dispatch_now();
    assert_eq!(world.told("event").len(), 2);
    world.close();
}
