//! A source that is closed lets go of its request, wherever that is, and of
//! whatever comes later.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, Watch, World, open, settle, started};

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

/// Tells of all that a request may bring, whatever became of it.
fn tell_everything_of(world: &World, n: u32) {
    world.answer(n, 200, "text/event-stream", f64::NAN);
    world.bytes(n, b"retry: 1\nid: stale\ndata: stale\n\n");
    world.answer(n, 503, "", 7.0);
    world.over(n, "ended", 0);
    for fault in 0..3 {
        world.over(n, "failed", fault);
    }
    world.answer(n, 204, "", f64::NAN);
}

#[wasm_bindgen_test]
async fn what_is_told_of_a_request_that_was_given_up_is_nothing() {
    let watch = Watch::new();
    for input in ["close", "abort", "clear", "reset", "reconnect", "pagehide"] {
        for answered in [false, true] {
            let world = started("{ latch: true, classify: true, initial: 60000, max: 60000 }");
            if answered {
                world.respond(0, 200, STREAM);
                world.until("open").await;
            } else if input == "reconnect" {
                // An attempt that is under way is all that it could ask for.
                world.input("pagehide");
            }
            world.input(input);
            settle().await;
            let (log, stats, state) = (world.log(), world.stats(), world.state());
            tell_everything_of(&world, 0);
            settle().await;
            assert_eq!(world.log(), log, "{input}, answered: {answered}");
            assert_eq!(world.state(), state);
            let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
            assert!(stats.iter().zip(&world.stats()).all(same), "{stats:?}");
            world.close();
        }
    }
    assert_eq!(watch.pending_timers(), 0);
    assert_eq!(watch.unhandled(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn a_stream_goes_on_whatever_is_told_of_the_one_before() {
    for input in ["reset", "reconnect"] {
        let world = open("{}").await;
        world.input(input);
        tell_everything_of(&world, 0);
        world.respond(1, 200, STREAM);
        world.until_times("open", 2).await;
        world.chunk(1, b"data: a");
        settle().await;
        world.bytes(0, b"stale\n\n");
        world.over(0, "ended", 0);
        world.over(0, "failed", 0);
        world.chunk(1, b"b\n\n");
        world.until("event").await;
        assert_eq!(world.told("event"), ["event 2 [\"\",\"ab\",null]"]);
        assert_eq!(world.told("error"), [""; 0]);
        assert_eq!(world.events(), 1.0);
        world.close();
    }
}

#[wasm_bindgen_test]
async fn a_request_that_failed_has_no_second_end() {
    let world = started("{ initial: 60000, max: 60000 }");
    world.over(0, "failed", 1);
    world.until("error headers").await;
    let log = world.log();
    tell_everything_of(&world, 0);
    settle().await;
    assert_eq!(world.log(), log);
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
