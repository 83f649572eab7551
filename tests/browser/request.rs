//! What the host is asked to send, and when. How that becomes a call of
//! `fetch` is the class's.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{open, settle, started, world};

#[wasm_bindgen_test]
fn a_source_asks_for_nothing_before_it_starts() {
    let world = world("{}");
    assert_eq!(world.state(), "connecting");
    assert!(world.log().is_empty());
}

#[wasm_bindgen_test]
fn the_first_request_leaves_before_start_returns() {
    let world = started("{}");
    assert_eq!(
        world.log(),
        ["request 1 start false nothing", "listen true"]
    );
    world.start();
    assert_eq!(world.requests(), 1, "only the first start counts");
    world.close();
}

#[wasm_bindgen_test]
fn the_first_attempt_resumes_where_the_option_says() {
    for (options, travels) in [
        ("{ lastEventId: '7' }", "header"),
        (
            "{ lastEventId: '7', resumeHeader: true, crossOrigin: true }",
            "header",
        ),
        ("{ lastEventId: '7', resumeQuery: true }", "query"),
        ("{ resumeQuery: true }", "nothing"),
    ] {
        let world = started(options);
        assert_eq!(
            world.told("request"),
            [format!("request 1 start false {travels}")]
        );
        world.close();
    }
}

#[wasm_bindgen_test]
async fn the_next_attempt_resumes_from_what_was_dispatched() {
    let world = open("{}").await;
    world.chunk(0, "id: ü\ndata: x\n\nid: never ended\ndata:".as_bytes());
    world.until("event").await;
    world.fail(0);
    world.until_times("request", 2).await;
    assert_eq!(world.last("request"), "request 2 network false header");
    world.close();
}

#[wasm_bindgen_test]
async fn an_id_that_was_cleared_is_not_resumed_from() {
    let world = open("{ lastEventId: '7' }").await;
    world.chunk(0, b"id\ndata: x\n\n");
    world.until("event").await;
    world.fail(0);
    world.until_times("request", 2).await;
    assert_eq!(world.last("request"), "request 2 network false nothing");
    world.close();
}

#[wasm_bindgen_test]
async fn across_origins_the_query_stands_in_at_once_for_a_header_that_fails() {
    let world = started("{ lastEventId: '7', crossOrigin: true, initial: 60000, max: 60000 }");
    world.fail(0);
    world.until_times("request", 2).await;
    assert_eq!(
        world.told("request"),
        ["request 1 start false header", "request 1 start true query"]
    );
    assert_eq!(world.told("error"), [""; 0]);
    world.close();
}

#[wasm_bindgen_test]
async fn headers_or_params_that_fail_are_failures_of_that_name() {
    for (fault, reason) in [(1, "headers"), (2, "params")] {
        let world = started("{}");
        world.over(0, "failed", fault);
        settle().await;
        assert_eq!(
            world.last("error"),
            format!("error {reason} undefined 1 20 false")
        );
        world.until_times("request", 2).await;
        assert_eq!(
            world.last("request"),
            format!("request 2 {reason} false nothing")
        );
        world.close();
    }
}

#[wasm_bindgen_test]
async fn a_fetch_that_rejects_is_a_network_failure() {
    let world = started("{}");
    world.fail(0);
    world.until("error").await;
    assert_eq!(world.last("error"), "error network undefined 1 20 false");
    world.close();
    settle().await;
}

#[wasm_bindgen_test]
async fn a_401_is_tried_again_at_once_where_a_fresh_token_can_be_had() {
    let world = started("{ freshCredentials: true }");
    world.respond(0, 401, "{}");
    world.until_times("request", 2).await;
    assert_eq!(world.last("error"), "error http-status 401 1 0 false");
    world.respond(1, 401, "{}");
    world.until_times("error", 2).await;
    assert_eq!(world.last("error"), "error http-status 401 2 null true");
}

#[wasm_bindgen_test]
fn what_no_script_can_fetch_is_refused_without_a_request() {
    for options in ["{ fetchable: false }", "{ supported: false }"] {
        let world = started(options);
        assert_eq!(world.requests(), 0, "{options}");
        world.close();
    }
}
