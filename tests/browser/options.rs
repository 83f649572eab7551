//! The options that reach Rust, each by what it changes, and what comes back.

use resilient_eventsource::core::{Reason, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{STREAM, number, open, pause, started};

/// The delays after each failure of a server that is away.
async fn delays(options: &str, count: usize) -> Vec<f64> {
    let world = started(options);
    for n in 0..count {
        world.until_times("request", n + 1).await;
        world.fail(n as u32);
        world.until_times("error", n + 1).await;
    }
    world.close();
    world
        .told("error")
        .iter()
        .map(|line| number(line, 4))
        .collect()
}

#[wasm_bindgen_test]
async fn the_backoff_is_the_one_asked_for() {
    assert_eq!(
        delays("{ initial: 1, factor: 3, max: 12, jitter: 2 }", 5).await,
        [1.0, 3.0, 9.0, 12.0, 12.0]
    );
    assert_eq!(
        delays("{ initial: 1, max: 2, floor: 15 }", 2).await,
        [15.0, 15.0]
    );
    for delay in delays("{ initial: 20, factor: 1, jitter: 1 }", 6).await {
        assert!((10.0..=20.0).contains(&delay), "equal: {delay}");
    }
    for delay in delays("{ initial: 20, factor: 1, floor: 5, jitter: 0 }", 6).await {
        assert!((5.0..=20.0).contains(&delay), "full: {delay}");
    }
}

#[wasm_bindgen_test]
async fn what_is_left_out_keeps_its_default() {
    let world = started("{ initial: NaN, floor: NaN, jitter: 0 }");
    world.fail(0);
    world.until("error").await;
    let delay = number(&world.last("error"), 4);
    assert!((250.0..=1000.0).contains(&delay), "{delay}");
    world.close();
}

#[wasm_bindgen_test]
async fn a_servers_order_is_clamped_to_server_max() {
    let world = started("{ serverMax: 600 }");
    world.answer(0, 503, "", 60.0);
    world.until("error").await;
    assert_eq!(number(&world.last("error"), 4), 620.0);
    world.close();
}

#[wasm_bindgen_test]
async fn retries_end_where_the_caller_says() {
    let world = started("{ maxRetries: 0 }");
    world.fail(0);
    world.until("error").await;
    assert_eq!(
        world.story(),
        [
            "statechange connecting gaveup network 1 null",
            "error network undefined 1 null false"
        ]
    );
    let forever = delays(
        "{ maxRetries: Infinity, giveUpAfter: Infinity, initial: 1, max: 1 }",
        8,
    )
    .await;
    assert_eq!(forever, [1.0; 8]);
}

#[wasm_bindgen_test]
async fn no_time_to_give_up_after_is_none_at_all() {
    let world = started("{ giveUpAfter: 0 }");
    world.fail(0);
    world.until("error network undefined 1 null false").await;
    assert_eq!(world.state(), "gaveup");
    world.close();
}

#[wasm_bindgen_test]
async fn a_connection_is_stable_after_reset_after() {
    let world = open("{ resetAfter: 30 }").await;
    world.chunk(0, b"data: x\n\n");
    pause(60).await;
    world.fail(0);
    world.until_times("request", 2).await;
    assert_eq!(
        number(&world.last("statechange"), 4),
        1.0,
        "attempts count anew: {:?}",
        world.log()
    );
    world.close();
}

#[wasm_bindgen_test]
async fn a_404_within_the_grace_is_retried() {
    let world = started("{ notFoundGrace: 60000, notFoundDelay: 7 }");
    world.respond(0, 404, "{}");
    world.until("error http-status 404 1 7 false").await;
    world.until_times("request", 2).await;
    world.respond(1, 200, STREAM);
    world.until("open").await;
    world.close();
}

#[wasm_bindgen_test]
async fn events_larger_than_the_limit_fail_the_source() {
    let world = open("{ maxEventSize: 1024 }").await;
    world.chunk(0, &[b"data: ", &[b'x'; 2_000][..]].concat());
    world.until("error too-large undefined 1 null true").await;
    assert!(world.is_aborted(0));
}

#[wasm_bindgen_test]
async fn heartbeat_events_are_the_ones_named() {
    let world = open("{ heartbeatEvents: ['tick'] }").await;
    world.chunk(0, b"event: tick\ndata: 1\n\nevent: ping\ndata: 2\n\n");
    world.until_times("event", 2).await;
    assert_eq!(
        world.told("event"),
        [
            "event 6 [\"tick\",\"1\",null]",
            "event 2 [\"ping\",\"2\",null]"
        ]
    );
    world.close();
}

#[wasm_bindgen_test]
async fn a_latched_key_completes_without_a_request() {
    for (entry, outcome) in [(1, "completed"), (2, "failed")] {
        let world = crate::support::world("{ latch: true }");
        world.set_latch_entry(entry);
        world.start();
        assert_eq!(world.state(), "completed");
        assert_eq!(world.log(), ["latched"], "told from a task");
        world.until("complete").await;
        assert_eq!(
            world.last("complete"),
            format!("complete {outcome} false true")
        );
        assert_eq!(world.requests(), 0);
        world.input("reset");
        assert_eq!(world.requests(), 1);
        world.close();
    }
}

#[wasm_bindgen_test]
async fn a_terminal_event_sets_the_latch_before_it_is_dispatched() {
    let world = open("{ latch: true, completedBy: 'done' }").await;
    world.chunk(0, b"event: done\ndata: x\n\n");
    world.until("complete").await;
    let log = world.log();
    let at = |word: &str| log.iter().position(|line| line.starts_with(word));
    assert!(at("latch 1") < at("event"), "{log:#?}");
    assert!(
        at("event") < at("statechange open completed terminal"),
        "{log:#?}"
    );
}

#[wasm_bindgen_test]
async fn without_a_latch_the_registry_is_left_alone() {
    let world = open("{ completedBy: 'done' }").await;
    world.chunk(0, b"event: done\ndata: x\n\n");
    world.until("complete").await;
    world.input("reset");
    world.close();
    for word in ["latched", "latch"] {
        assert_eq!(world.told(word), [""; 0]);
    }
}

#[wasm_bindgen_test]
async fn the_snapshot_comes_once_for_each_change() {
    let world = started("{}");
    let first = world.snapshot().expect("the first");
    let null = |number: f64| number.is_nan();
    let [
        state,
        reason,
        attempt,
        failures,
        retry_at,
        opened_at,
        transport,
        outcome,
        latched,
        stalled,
    ] = first[..]
    else {
        panic!("{first:?}")
    };
    assert_eq!([state, reason, attempt, failures], [0.0, 0.0, 1.0, 0.0]);
    assert!(null(retry_at) && null(opened_at) && null(outcome));
    assert_eq!([transport, latched, stalled], [0.0; 3]);
    assert_eq!(world.snapshot(), None);

    world.respond(0, 200, STREAM);
    world.until("open").await;
    let opened_at = world.snapshot().expect("another")[5];
    assert!(
        (js_sys::Date::now() - opened_at).abs() < 60_000.0,
        "epoch milliseconds: {opened_at}"
    );
    assert_eq!(world.snapshot(), None);
    world.fail(0);
    world.until("error").await;
    let waiting = world.snapshot().expect("another");
    assert_eq!(waiting[3], 1.0, "failures");
    assert!(waiting[4] >= opened_at, "{waiting:?}");
    world.close();
}

#[wasm_bindgen_test]
async fn the_statistics_tell_of_the_transitions() {
    let world = open("{}").await;
    world.fail(0);
    world.until("error").await;
    world.close();
    let stats = world.stats();
    let (counters, timeline) = stats.split_at(6);
    assert_eq!(counters[0], 1.0, "attempts");
    let timeline: Vec<_> = timeline.chunks(6).collect();
    let states: Vec<_> = timeline
        .iter()
        .map(|entry| State::ALL[entry[1] as usize].as_str())
        .collect();
    assert_eq!(states, ["connecting", "open", "waiting", "closed"]);
    assert_eq!(Reason::ALL[timeline[2][2] as usize].as_str(), "network");
    assert_eq!(timeline[2][4], 20.0, "retryIn");
    assert!(timeline[1][4].is_nan());
    assert!(
        timeline.is_sorted_by_key(|entry| entry[0] as u64),
        "{timeline:?}"
    );
}

#[wasm_bindgen_test]
async fn the_timeline_is_the_last_64_transitions() {
    let world = started("{ initial: 0, max: 0, giveUpAfter: Infinity, pauseWhenOffline: false }");
    for n in 0..40 {
        world.until_times("request", n + 1).await;
        world.respond(n as u32, 503, "{}");
        world.until_times("error", n + 1).await;
    }
    world.close();
    assert_eq!((world.stats().len() - 6) / 6, 64);
}
