//! What the page and the machine tell, as the class hands it on.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, World, open, pause, settle, started, world};

const ONLINE: u32 = 1;
const HIDDEN: u32 = 2;

/// A wait that no test sits out.
const LONG: &str = "{ initial: 60000, max: 60000 }";

#[wasm_bindgen_test]
async fn online_ends_a_wait() {
    let world = started(LONG);
    world.fail(0);
    world.until("statechange connecting waiting network").await;
    world.input("online");
    assert_eq!(
        world.last("statechange"),
        "statechange waiting connecting online 2 null"
    );
    assert_eq!(world.last("request"), "request 2 online false nothing");
    world.close();
}

#[wasm_bindgen_test]
async fn online_does_not_cut_short_what_a_server_asked_for() {
    let world = started("{}");
    world.answer(0, 503, "", 60.0);
    world.until("error").await;
    world.input("online");
    assert_eq!(world.state(), "waiting");
    assert_eq!(world.requests(), 1);
    world.close();
}

#[wasm_bindgen_test]
async fn a_failure_while_offline_pauses_until_online() {
    let world = open("{}").await;
    world.set_page(0);
    world.input("offline");
    assert_eq!(world.state(), "open", "a stream that works goes on");
    world.fail(0);
    world.until("statechange open paused offline").await;
    pause(60).await;
    assert_eq!(world.requests(), 1, "no attempt is made meanwhile");
    world.set_page(ONLINE);
    world.input("online");
    assert_eq!(
        world.last("statechange"),
        "statechange paused connecting online 2 null"
    );
    world.close();
}

#[wasm_bindgen_test]
async fn an_engine_that_is_online_without_saying_so_is_believed() {
    let world = open("{}").await;
    world.set_page(0);
    world.fail(0);
    world.until("statechange open paused offline").await;
    world.set_page(ONLINE);
    // Whatever comes next.
    world.input("resume");
    assert_eq!(world.state(), "connecting");
    world.close();
}

#[wasm_bindgen_test]
async fn being_offline_pauses_nothing_where_that_is_off() {
    let world = started("{ pauseWhenOffline: false }");
    world.set_page(0);
    world.fail(0);
    world.until("statechange connecting waiting network").await;
    world.close();
}

#[wasm_bindgen_test]
async fn online_revives_a_source_that_gave_up() {
    let world = started("{ maxRetries: 0 }");
    world.fail(0);
    world.until("statechange connecting gaveup").await;
    world.input("online");
    assert_eq!(world.state(), "connecting");
    world.respond(1, 200, STREAM);
    world.until("open").await;
    world.close();
}

#[wasm_bindgen_test]
async fn a_page_that_goes_takes_its_stream_along_and_resumes_when_it_comes_back() {
    let world = open("{}").await;
    world.chunk(0, b"id: 8\ndata: x\n\n");
    world.until("event").await;
    world.input("pagehide");
    assert_eq!(
        world.last("statechange"),
        "statechange open paused pagehide 1 null"
    );
    assert!(world.is_aborted(0));
    settle().await;
    assert!(world.is_cancelled(0));
    assert_eq!(world.told("error"), [""; 0]);
    world.input("pageshow");
    assert_eq!(world.state(), "connecting");
    assert_eq!(world.last("request"), "request 2 pageshow false header");
    world.input("pageshow");
    world.input("online");
    assert_eq!(world.requests(), 2, "no two wakes make two streams");
    world.close();
}

#[wasm_bindgen_test]
async fn a_failure_just_before_the_page_goes_is_no_error() {
    let world = open("{}").await;
    world.fail(0);
    settle().await;
    world.input("pagehide");
    pause(90).await;
    assert_eq!(world.told("error"), [""; 0]);
    assert_eq!(world.state(), "paused");
    world.close();
}

#[wasm_bindgen_test]
async fn a_hidden_page_keeps_its_stream_unless_that_pauses() {
    let kept = open("{}").await;
    let paused = open("{ pauseWhenHidden: true }").await;
    let born = world("{ pauseWhenHidden: true }");
    for world in [&kept, &paused, &born] {
        world.set_page(ONLINE | HIDDEN);
        world.input("visibility");
    }
    assert_eq!(kept.state(), "open");
    assert_eq!(
        paused.last("statechange"),
        "statechange open paused hidden 1 null"
    );
    assert!(paused.is_aborted(0) && !kept.is_aborted(0));
    born.start();
    assert_eq!(born.requests(), 0, "born hidden");
    for world in [&kept, &paused, &born] {
        world.set_page(ONLINE);
        world.input("visibility");
    }
    assert_eq!(
        [kept.requests(), paused.requests(), born.requests()],
        [1, 2, 1]
    );
    for world in [kept, paused, born] {
        world.close();
    }
}

/// With a chunk that waits to be dispatched, and a page that went away since.
async fn gone_before_the_commit(options: &str, chunk: &[u8]) -> World {
    let world = open(options).await;
    world.set_dispatching(false);
    world.chunk(0, chunk);
    settle().await;
    assert_eq!(world.times("dispatch"), 1);
    world.set_page(HIDDEN);
    world
}

#[wasm_bindgen_test]
async fn what_was_dispatched_before_the_page_went_is_committed_as_it_was() {
    let world = gone_before_the_commit(
        "{ pauseWhenHidden: true }",
        b"id: 4\ndata: x\n\ndata: y\n\n",
    )
    .await;
    let asked = world.times("page");
    world.tell("commit", 1, 0);
    assert_eq!(world.times("page"), asked, "the page is asked later");
    assert_eq!((world.state(), world.events()), ("open".into(), 1.0));
    // Whatever comes next.
    world.tell("resume", 0, 0);
    assert_eq!(world.times("page"), asked + 1);
    assert_eq!(world.state(), "paused");
    world.tell("commit", 2, 0);
    assert_eq!(world.events(), 1.0, "what was dropped was not received");
    world.set_page(ONLINE);
    world.input("visibility");
    assert_eq!(world.last("request"), "request 2 visible false header");
    world.close();
}

#[wasm_bindgen_test]
async fn an_event_that_was_dispatched_before_the_machine_went_offline_is_resumed_from() {
    let world = gone_before_the_commit("{}", b"id: 4\ndata: x\n\n").await;
    let asked = world.times("page");
    world.dispatch_now();
    assert_eq!(world.times("page"), asked + 1, "when all is dispatched");
    assert_eq!((world.state(), world.events()), ("open".into(), 1.0));
    world.fail(0);
    world.until("statechange open paused offline").await;
    world.set_page(ONLINE);
    world.input("online");
    assert_eq!(world.last("request"), "request 2 online false header");
    world.close();
}

#[wasm_bindgen_test]
async fn a_terminal_event_completes_though_the_page_went_before_it_was_told() {
    let world = gone_before_the_commit(
        "{ pauseWhenHidden: true, latch: true }",
        b"event: done\ndata: x\n\n",
    )
    .await;
    let asked = world.times("page");
    world.tell("commit", 0, 0);
    world.tell("terminal", 0, 1);
    assert_eq!(world.times("page"), asked, "the page is asked later");
    assert_eq!(world.last("latch"), "latch 1");
    world.tell("drained", 0, 0);
    assert_eq!((world.state(), world.events()), ("completed".into(), 1.0));
    assert_eq!(world.last("complete"), "complete completed true false");
}

#[wasm_bindgen_test]
async fn a_frozen_page_makes_no_attempt() {
    let world = started("{}");
    world.fail(0);
    world.until("statechange connecting waiting").await;
    world.input("freeze");
    assert_eq!(world.state(), "paused");
    pause(60).await;
    assert_eq!(world.requests(), 1);
    world.input("resume");
    assert_eq!(world.requests(), 2);
    world.close();
}

#[wasm_bindgen_test]
async fn a_request_that_the_pages_policy_refuses_is_blocked() {
    let world = started(LONG);
    world.fail(0);
    settle().await;
    world.input("refused");
    world.until("error").await;
    assert_eq!(world.last("error"), "error blocked undefined 1 null true");
}

#[wasm_bindgen_test]
async fn the_page_is_listened_to_exactly_while_a_source_lives() {
    let world = open("{ completedBy: 'done' }").await;
    world.chunk(0, b"event: done\ndata: x\n\n");
    world.until("complete").await;
    world.input("reset");
    world.close();
    assert_eq!(
        world.told("listen"),
        ["listen true", "listen false", "listen true", "listen false"],
        "completed, begun anew, closed"
    );

    let failed = started("{}");
    failed.respond(0, 410, "{}");
    failed.until("error").await;
    assert_eq!(failed.told("listen"), ["listen true", "listen false"]);

    let latched = world_of_a_finished_run();
    latched.until("complete").await;
    assert_eq!(latched.told("listen"), [""; 0]);
}

fn world_of_a_finished_run() -> World {
    let world = world("{ latch: true }");
    world.set_latch_entry(1);
    world.start();
    world
}

#[wasm_bindgen_test]
async fn the_page_means_nothing_to_a_source_that_is_over() {
    let closed = open("{}").await;
    closed.close();
    let latched = world_of_a_finished_run();
    latched.until("complete").await;
    for world in [closed, latched] {
        let log = world.log();
        for input in [
            "offline",
            "online",
            "pagehide",
            "pageshow",
            "freeze",
            "resume",
            "visibility",
        ] {
            world.input(input);
        }
        settle().await;
        assert_eq!(world.log(), log);
    }
}
