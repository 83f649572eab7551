//! The one timer of a source.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Watch, open, pause, started};

/// A delay of 2³¹ ms or more fires at once in every engine.
const LIMIT: f64 = 2_147_483_648.0;

#[wasm_bindgen_test]
async fn a_wait_beyond_the_engines_limit_does_not_end_at_once() {
    for wait in ["2 ** 31", "2 ** 31 + 5", "2 ** 32 + 5", "2 ** 53 - 1"] {
        let watch = Watch::new();
        let world = started(&format!("{{ initial: {wait}, max: {wait} }}"));
        world.fail(0);
        world.until("error").await;
        pause(30).await;
        assert_eq!(world.state(), "waiting", "{wait}");
        assert_eq!(world.requests(), 1);
        let delays = watch.delays();
        assert!(delays.iter().all(|delay| *delay < LIMIT), "{delays:?}");
        assert!(delays.iter().any(|delay| *delay > 2e9), "{delays:?}");
        world.close();
        watch.stop();
    }
}

#[wasm_bindgen_test]
async fn the_time_that_handlers_take_is_no_part_of_the_wait() {
    let watch = Watch::new();
    let world = started("{ initial: 200, max: 200 }");
    world.block("statechange", 300);
    world.fail(0);
    world.until("error").await;
    let delays = watch.delays();
    assert!(
        delays.last().is_some_and(|delay| *delay < 5.0),
        "the retry is due already, of {delays:?}"
    );
    world.close();
    watch.stop();
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_as_it_begins_to_listen_keeps_no_timer() {
    let watch = Watch::new();
    let world = crate::support::world("{}");
    world.when("listen", "close");
    world.start();
    assert_eq!(world.state(), "closed");
    assert_eq!(watch.pending_timers(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_leaves_no_timer() {
    let watch = Watch::new();
    let waiting = started("{ initial: 60000, max: 60000 }");
    waiting.fail(0);
    waiting.until("error").await;
    let stream = open("{ idleTimeout: 60000 }").await;
    let connecting = started("{ connectTimeout: 60000 }");
    assert_eq!(watch.pending_timers(), 3, "one a source");
    for world in [waiting, stream, connecting] {
        world.close();
    }
    assert_eq!(watch.pending_timers(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn a_source_that_is_complete_leaves_no_timer() {
    let watch = Watch::new();
    let world = open("{ idleTimeout: 60000, completedBy: 'done' }").await;
    world.chunk(0, b"event: done\ndata: x\n\n");
    world.until("complete").await;
    assert_eq!(watch.pending_timers(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn a_busy_stream_sets_no_timer_for_each_chunk() {
    let world = open("{ idleTimeout: 60000 }").await;
    let watch = Watch::new();
    for n in 1..=50 {
        world.chunk(0, b"data: x\n\n");
        world.until_times("event", n).await;
    }
    assert!(watch.delays().len() <= 2, "{:?}", watch.delays());
    watch.stop();
    world.close();
}

#[wasm_bindgen_test]
async fn headers_that_take_too_long_end_the_attempt() {
    let world = started("{ connectTimeout: 25 }");
    world
        .until("error connect-timeout undefined 1 20 false")
        .await;
    assert!(world.is_aborted(0));
    world.until_times("request", 2).await;
    world.close();
}

#[wasm_bindgen_test]
async fn a_stream_that_is_silent_for_too_long_ends() {
    let world = open("{ idleTimeout: 40 }").await;
    world.chunk(0, b"id: 3\ndata: x\n\n");
    world.until("error idle").await;
    assert!(world.is_aborted(0));
    world.until_times("request", 2).await;
    assert_eq!(world.last("request"), "request 2 idle false header");
    world.close();
}

#[wasm_bindgen_test]
async fn comments_keep_a_stream_from_being_idle() {
    let world = open("{ idleTimeout: 400 }").await;
    for _ in 0..12 {
        pause(50).await;
        world.chunk(0, b":\n");
    }
    assert_eq!(world.state(), "open");
    assert_eq!(world.told("error"), [""; 0]);
    world.close();
}

#[wasm_bindgen_test]
async fn activity_without_news_is_a_stall_until_news_comes() {
    let world = open("{ stallAfter: 40 }").await;
    world.chunk(0, b"event: ping\ndata: x\n\n");
    pause(60).await;
    world.chunk(0, b"event: ping\ndata: x\n\n");
    world.until("stall true").await;
    world.chunk(0, b"data: news\n\n");
    world.until("stall false").await;
    world.close();
}
