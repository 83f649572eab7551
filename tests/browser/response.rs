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

#[wasm_bindgen_test]
async fn retry_after_in_seconds_is_waited_for() {
    let error = error_of("{}", 503, "{ 'retry-after': ' 7 ' }").await;
    assert_eq!(number(&error, 4), 7020.0, "{error}");
}

#[wasm_bindgen_test]
async fn retry_after_as_a_date_is_waited_for() {
    let error = error_of(
        "{}",
        429,
        "{ 'retry-after': new Date(Date.now() + 9500).toUTCString() }",
    )
    .await;
    // A date is whole seconds.
    let wait = number(&error, 4);
    assert!((8_000.0..=9_520.0).contains(&wait), "{error}");
}

#[wasm_bindgen_test]
async fn a_retry_after_of_ages_is_clamped() {
    for value in [
        "4294967295",
        "99999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let error = error_of("{}", 503, &format!("{{ 'retry-after': '{value}' }}")).await;
        assert_eq!(number(&error, 4), 300_020.0, "{value:?}: {error}");
    }
}

#[wasm_bindgen_test]
async fn no_retry_after_changes_nothing() {
    let error = error_of("{}", 503, "{ 'retry-after': 'soon' }").await;
    assert_eq!(number(&error, 4), 20.0, "{error}");
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
async fn a_body_of_something_else_than_bytes_is_a_network_failure() {
    let world = open("{}").await;
    world.chunk_of(0, &"data: text\n\n".into());
    world.until("error network").await;
    assert_eq!(world.told("event"), [""; 0]);
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
