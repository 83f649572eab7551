//! Whatever the host is told, it may change the source there and then.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, Watch, World, open, settle, started, world};

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

/// All that the host hears of a source that fails once, opens, stalls and is
/// completed by a terminal event.
const WORDS: [&str; 15] = [
    "page",
    "latched",
    "request",
    "listen",
    "classify",
    "abort",
    "statechange",
    "error",
    "open",
    "read",
    "dispatch",
    "event",
    "stall",
    "latch",
    "complete",
];

/// A source for each word that gets this input when the host first hears the
/// word. What it asks for is answered, so that it hears them all.
async fn sources_with(input: &str) -> Vec<(&'static str, World)> {
    let worlds = WORDS.map(|word| {
        let world = world(
            "{ latch: true, classify: true, stallAfter: 1, completedBy: 'done', \
             initial: 1, max: 1 }",
        );
        world.when(word, input);
        world.start();
        (word, world)
    });
    let mut answered = [0; WORDS.len()];
    let mut judged = [0; WORDS.len()];
    for _ in 0..16 {
        for (n, (_, world)) in worlds.iter().enumerate() {
            if world.told("classify").len() > judged[n] {
                judged[n] += 1;
                world.classified(1, 0.0);
            }
            while answered[n] < world.requests() {
                let status = if answered[n] == 0 { 503 } else { 200 };
                world.respond(answered[n], status, STREAM);
                answered[n] += 1;
            }
            let bytes: &[u8] = if world.told("stall").is_empty() {
                b"event: ping\ndata: 1\n\nevent: ping\ndata: 2\n\n"
            } else {
                b"event: done\ndata: x\n\ndata: too late\n\n"
            };
            if answered[n] > 0 {
                world.chunk(answered[n] - 1, bytes);
            }
        }
        settle().await;
    }
    for (word, world) in &worlds {
        let heard = world.times(word) + world.told(word).len();
        assert!(heard > 0, "never {word}: {:#?}", world.log());
    }
    worlds.into()
}

/// Nothing of these sources goes on.
fn are_over(worlds: &[(&'static str, World)]) {
    for (word, world) in worlds {
        let log = world.log();
        for n in 0..world.requests() {
            assert!(world.is_aborted(n), "request {n}, {word}: {log:#?}");
        }
        let listens = world.told("listen");
        assert!(
            listens.last().is_none_or(|line| line == "listen false"),
            "{word}: {log:#?}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_source_may_be_closed_in_any_call() {
    let watch = Watch::new();
    let worlds = sources_with("close").await;
    are_over(&worlds);
    for (word, world) in worlds {
        // Once the terminal event is told, closing completes.
        let complete = ["latch", "complete"].contains(&word);
        let state = if complete { "completed" } else { "closed" };
        assert_eq!(world.state(), state, "closed in {word}");
        let (last, log) = (world.story().pop(), world.log());
        match last {
            // Closed before it began: nobody was there to tell.
            None => assert!(["page", "latched"].contains(&word), "{word}"),
            Some(line) if word == "complete" => assert_eq!(line, "complete completed true false"),
            Some(line) => assert!(
                line.contains(&format!(
                    " {state} {} ",
                    if complete { "terminal" } else { "close" }
                )),
                "{word}: {log:#?}"
            ),
        }
    }
    assert_eq!(watch.pending_timers(), 0);
    assert_eq!(watch.unhandled(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn a_source_may_be_reset_or_reconnected_in_any_call() {
    let watch = Watch::new();
    for input in ["reset", "reconnect"] {
        let worlds = sources_with(input).await;
        are_over(&worlds);
        for (word, world) in worlds {
            let log = world.log();
            assert_eq!(world.state(), "completed", "{input} in {word}: {log:#?}");
            let last = world.story().pop();
            assert_eq!(last.as_deref(), Some("complete completed true false"));
        }
    }
    assert_eq!(watch.pending_timers(), 0);
    assert_eq!(watch.unhandled(), 0);
    watch.stop();
}

#[wasm_bindgen_test]
async fn closing_when_a_batch_is_dropped_is_no_harm() {
    let world = open("{}").await;
    world.when("event", "reconnect");
    world.when("dropBatch", "close");
    world.chunk(0, b"data: 1\n\ndata: 2\n\n");
    world.until("event").await;
    settle().await;
    assert_eq!(world.state(), "closed");
    assert_eq!((world.told("event").len(), world.events()), (1, 1.0));
    assert!((0..world.requests()).all(|n| world.is_aborted(n)));
}

#[wasm_bindgen_test]
async fn closing_while_the_request_is_made_is_no_harm() {
    let world = world("{}");
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
