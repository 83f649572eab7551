//! What answers mean: status, type, `Retry-After`, and how bodies end.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, number, open, settle, started};

/// How an answer without a body ends the first attempt.
async fn error_of(options: &str, status: u16, headers: &str) -> String {
    let world = started(options);
    world.respond(0, status, headers);
    world.until("error").await;
    let error = world.last("error");
    world.close();
    error
}

#[wasm_bindgen_test]
async fn an_event_stream_opens() {
    let world = started("{}");
    world.respond(
        0,
        200,
        "{ 'content-type': 'text/event-stream; charset=utf-8' }",
    );
    world.until("open").await;
    assert_eq!(
        world.story(),
        [
            "statechange connecting open opened 1 null",
            "open 200 text/event-stream; charset=utf-8",
        ]
    );
    world.close();
}

#[wasm_bindgen_test]
async fn statuses_that_no_retry_mends_are_fatal() {
    for (status, expected) in [
        (401, "error http-status 401 1 null true"),
        (404, "error http-status 404 1 null true"),
        (410, "error gone 410 1 null true"),
        (501, "error http-status 501 1 null true"),
    ] {
        assert_eq!(error_of("{}", status, "{}").await, expected);
    }
    assert_eq!(
        error_of("{}", 200, "{ 'content-type': 'text/html' }").await,
        "error content-type 200 1 null true"
    );
    assert_eq!(
        error_of("{}", 200, "{}").await,
        "error content-type 200 1 null true"
    );
}

#[wasm_bindgen_test]
async fn no_content_completes() {
    let world = started("{}");
    world.respond_bare(0, 204, "{}");
    world.until("complete").await;
    assert_eq!(
        world.story(),
        [
            "statechange connecting completed no-content 1 null",
            "error no-content 204 1 null false",
            "complete completed false false",
        ]
    );
}

/// The delay after an answer with that `Retry-After`, as it crosses: seconds,
/// or a date as negative epoch milliseconds, or NaN. The first backoff is 20 ms.
async fn wait_for(status: u16, retry_after: f64) -> f64 {
    let world = started("{}");
    world.answer(0, status, "", retry_after);
    world.until("error").await;
    world.close();
    number(&world.last("error"), 4)
}

#[wasm_bindgen_test]
async fn retry_after_in_seconds_is_waited_for() {
    assert_eq!(wait_for(503, 7.0).await, 7_020.0);
    assert_eq!(
        wait_for(503, 0.0).await,
        520.0,
        "an order is 0.5 s at least"
    );
}

#[wasm_bindgen_test]
async fn retry_after_as_a_date_is_waited_for() {
    let wait = wait_for(429, -(js_sys::Date::now() + 9_500.0)).await;
    assert!((9_000.0..=9_520.0).contains(&wait), "{wait}");
    assert_eq!(wait_for(429, -1.0).await, 520.0, "a date that is over");
}

#[wasm_bindgen_test]
async fn a_retry_after_of_ages_is_clamped() {
    let year_9999 = -253_402_300_799_000.0;
    for value in [
        4_294_967_295.0,
        4_294_967_296.0,
        1e23,
        f64::INFINITY,
        year_9999,
    ] {
        assert_eq!(wait_for(503, value).await, 300_020.0, "{value}");
    }
}

#[wasm_bindgen_test]
async fn no_retry_after_changes_nothing() {
    assert_eq!(wait_for(503, f64::NAN).await, 20.0);
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_off_is_a_network_failure() {
    let world = open("{}").await;
    world.chunk(0, b"data: x\n\n");
    world.until("event").await;
    world.fail(0);
    world.until("error").await;
    assert_eq!(world.last("error"), "error network undefined 1 20 false");
    world.close();
}

#[wasm_bindgen_test]
async fn a_body_that_ends_after_news_is_a_cycle_and_before_it_a_failure() {
    for (body, expected) in [
        (&b"data: x\n\n"[..], "error cycle undefined 1"),
        (b": comment\n\n", "error ended undefined 1 20 false"),
    ] {
        let world = open("{}").await;
        world.chunk(0, body);
        world.end(0);
        world.until(expected).await;
        world.close();
    }
}

#[wasm_bindgen_test]
async fn a_response_without_a_body_is_an_empty_stream() {
    let world = started("{}");
    world.respond_bare(0, 200, STREAM);
    world.until("error").await;
    // Over at once, but the page hears of the stream before it hears of its end.
    assert_eq!(
        world.story(),
        [
            "statechange connecting open opened 1 null",
            "open 200 text/event-stream",
            "statechange open waiting ended 1 20",
            "error ended undefined 1 20 false",
        ]
    );
    world.close();
}

#[wasm_bindgen_test]
async fn classify_is_asked_about_the_end_and_waited_for() {
    let world = started("{ classify: true }");
    world.respond(0, 404, "{}");
    world.until("classify").await;
    assert_eq!(world.last("classify"), "classify http-status 404 1");
    settle().await;
    assert_eq!(world.state(), "connecting", "until it answers");
    world.classified(4, 5.0);
    assert_eq!(world.last("error"), "error http-status 404 1 5 false");
    world.until_times("request", 2).await;
    world.fail(1);
    world.until_times("classify", 2).await;
    assert_eq!(world.last("classify"), "classify network undefined 2");
    world.classified(2, 0.0);
    assert_eq!(world.last("error"), "error network undefined 2 null true");
}
