//! Which streams a fault strikes, how often, and for how long.

use axum::http::{HeaderValue, StatusCode};
use futures_util::FutureExt as _;

use super::*;

fn faults() -> Faults {
    Faults::new().0
}

fn connection() -> Connection {
    Connection::new(([127, 0, 0, 1], 1).into())
}

fn post(faults: &Faults, json: &str) -> Listed {
    match faults.post(serde_json::from_str(json).unwrap()).unwrap() {
        Posted::Fault(listed) => listed,
        Posted::Restart => panic!("no restart was asked for"),
    }
}

/// Opens the stream of a run.
fn open(faults: &Faults, run: &str) -> FaultWatch {
    faults.open(Some(&run.into()), None, &connection())
}

/// Opens a run's stream for a client.
fn open_for(faults: &Faults, client: &str) -> FaultWatch {
    faults.open(Some(&"a".into()), Some(client), &connection())
}

/// What a request for a run's stream is answered, at once.
fn answer(faults: &Faults, run: &str) -> Option<Answer> {
    let run = run.into();
    faults.answer(Some(&run), None).now_or_never().unwrap()
}

const CUT: Effect = Effect::Cut { clean: false };

#[tokio::test(start_paused = true)]
async fn a_cut_strikes_every_live_stream_once_and_none_that_opens_later() {
    let faults = faults();
    let (mut a, mut b) = (open(&faults, "a"), open(&faults, "b"));
    let listed = post(&faults, r#"{ "kind": "cut" }"#);
    assert_eq!(
        (listed.fired, listed.streams, listed.times_left),
        (1, 2, Some(0))
    );
    assert_eq!((a.effect(), b.effect()), (CUT, CUT));
    assert_eq!(open(&faults, "a").effect(), Effect::Flow);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_cut_is_struck_by_nothing_else_which_waits_for_the_next() {
    let faults = faults();
    let mut stream = open(&faults, "a");
    post(&faults, r#"{ "kind": "cut" }"#);
    let oversized = post(&faults, r#"{ "kind": "oversized_event" }"#);
    assert_eq!((oversized.fired, oversized.times_left), (0, Some(1)));
    assert_eq!(stream.effect(), CUT);
    assert!(matches!(
        open(&faults, "a").effect(),
        Effect::Shaped(Shape::Oversized { .. }, _)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_meets_no_stream_waits_for_the_next_one_only() {
    let faults = faults();
    post(&faults, r#"{ "kind": "cut" }"#);
    assert_eq!(open(&faults, "a").effect(), CUT);
    assert_eq!(open(&faults, "a").effect(), Effect::Flow);
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_one_run_leaves_the_others_and_the_global_stream_alone() {
    let faults = faults();
    let (mut a, mut b) = (open(&faults, "a"), open(&faults, "b"));
    let mut global = faults.open(None, None, &connection());
    post(&faults, r#"{ "kind": "cut", "run_id": "a" }"#);
    assert_eq!(
        (a.effect(), b.effect(), global.effect()),
        (CUT, Effect::Flow, Effect::Flow)
    );
    post(&faults, r#"{ "kind": "status", "run_id": "a" }"#);
    assert_eq!(answer(&faults, "b"), None);
    assert_eq!(faults.answer(None, None).await, None);
    assert!(answer(&faults, "a").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_all_strikes_the_global_stream_too() {
    let faults = faults();
    let mut global = faults.open(None, None, &connection());
    post(&faults, r#"{ "kind": "cut" }"#);
    assert_eq!(global.effect(), CUT);
    post(&faults, r#"{ "kind": "status" }"#);
    assert!(faults.answer(None, None).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn times_counts_firings() {
    let faults = faults();
    post(
        &faults,
        r#"{ "kind": "status", "times": 2, "status": 429, "retry_after": 7 }"#,
    );
    let refused = Answer::Status(StatusAnswer {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some(HeaderValue::from_static("7")),
    });
    let answers = [(); 3].map(|()| answer(&faults, "a"));
    assert_eq!(answers, [Some(refused.clone()), Some(refused), None]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_a_while_fires_any_number_of_times_and_then_no_more() {
    let faults = faults();
    post(&faults, r#"{ "kind": "status", "for_ms": 1000 }"#);
    for _ in 0..5 {
        assert!(answer(&faults, "a").is_some());
    }
    tokio::time::advance(Duration::from_millis(1000)).await;
    assert_eq!(answer(&faults, "a"), None);
    assert_eq!(faults.list(), []);
}

#[tokio::test(start_paused = true)]
async fn what_lasts_is_over_by_itself_after_its_time_and_without_one_it_is_not() {
    for kind in [
        "hang",
        "slow_bytes",
        "single_bytes",
        "comments_only",
        "wrong_ids",
    ] {
        let faults = faults();
        let mut live = open(&faults, "a");
        post(
            &faults,
            &format!(r#"{{ "kind": "{kind}", "for_ms": 1000 }}"#),
        );
        let mut later = open(&faults, "a");
        assert_ne!(live.effect(), Effect::Flow, "{kind}");
        assert_eq!(live.effect(), later.effect(), "{kind}");
        tokio::time::advance(Duration::from_millis(1000)).await;
        assert_eq!(live.effect(), Effect::Flow, "{kind}");
        assert_eq!(open(&faults, "a").effect(), Effect::Flow, "{kind}");

        let listed = post(&faults, &format!(r#"{{ "kind": "{kind}" }}"#));
        assert_eq!((listed.fired, listed.streams), (1, 2), "{kind}");
        tokio::time::advance(Duration::from_secs(86_400)).await;
        assert_ne!(live.effect(), Effect::Flow, "{kind}");
        assert_eq!(open(&faults, "a").effect(), Effect::Flow, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_client_has_its_own_firings_live_or_later() {
    let faults = faults();
    let (mut ours, mut again) = (open_for(&faults, "ours"), open_for(&faults, "ours"));
    let listed = post(
        &faults,
        r#"{ "kind": "cut", "run_id": "a", "times": 2, "each_client": true }"#,
    );
    assert_eq!((ours.effect(), again.effect()), (CUT, CUT));
    assert_eq!((listed.fired, listed.streams), (1, 2));
    assert_eq!((listed.times_left, listed.each_client), (Some(2), true));
    for client in ["ours", "twin", "twin"] {
        assert_eq!(open_for(&faults, client).effect(), CUT, "{client}");
    }
    for client in ["ours", "twin"] {
        assert_eq!(open_for(&faults, client).effect(), Effect::Flow, "{client}");
    }
    assert_eq!(open(&faults, "a").effect(), CUT, "a client without a name");
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_each_client_strikes_once_and_is_forgotten_after_half_a_minute() {
    let faults = faults();
    let listed = post(&faults, r#"{ "kind": "cut", "each_client": true }"#);
    assert_eq!(
        (listed.times_left, listed.for_ms_left),
        (Some(1), Some(30_000))
    );
    assert_eq!(open_for(&faults, "ours").effect(), CUT);
    assert_eq!(open_for(&faults, "ours").effect(), Effect::Flow);
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(open_for(&faults, "twin").effect(), Effect::Flow);
    assert_eq!(faults.list(), []);
}

#[tokio::test(start_paused = true)]
async fn a_reset_reaches_the_connections_of_live_streams_at_once() {
    let faults = faults();
    let (hit, spared) = (connection(), connection());
    let _a = faults.open(Some(&"a".into()), None, &hit);
    let _b = faults.open(Some(&"b".into()), None, &spared);
    post(&faults, r#"{ "kind": "reset", "run_id": "a" }"#);
    assert_eq!((hit.lost(), spared.lost()), (Some(RESET), None));
}

#[tokio::test(start_paused = true)]
async fn a_delay_comes_before_whatever_a_request_is_answered() {
    let faults = faults();
    post(&faults, r#"{ "kind": "delay", "delay_ms": 700 }"#);
    post(&faults, r#"{ "kind": "content_type" }"#);
    let start = tokio::time::Instant::now();
    let answered = faults.answer(None, None).await;
    assert_eq!(start.elapsed(), Duration::from_millis(700));
    let html = ContentType(HeaderValue::from_static("text/html"));
    assert_eq!(answered, Some(Answer::ContentType(html)));
    assert_eq!(answer(&faults, "a"), None);
}

#[tokio::test(start_paused = true)]
async fn clearing_lets_streams_go_on_and_disarms_what_waits() {
    let faults = faults();
    let (mut a, mut b) = (open(&faults, "a"), open(&faults, "b"));
    post(&faults, r#"{ "kind": "hang", "run_id": "a" }"#);
    post(&faults, r#"{ "kind": "wrong_ids", "run_id": "b" }"#);
    post(
        &faults,
        r#"{ "kind": "status", "times": 3, "run_id": "a" }"#,
    );
    post(&faults, r#"{ "kind": "status", "run_id": "b" }"#);
    assert!(answer(&faults, "b").is_some());
    assert_eq!(faults.clear(), 1, "the one used up by b counts no more");
    assert_eq!((a.effect(), b.effect()), (Effect::Flow, Effect::Flow));
    assert_eq!(answer(&faults, "a"), None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ended_is_not_struck() {
    let faults = faults();
    drop(open(&faults, "a"));
    assert_eq!(post(&faults, r#"{ "kind": "cut" }"#).fired, 0);
}

#[test]
fn a_restart_is_ordered_with_its_time_and_only_once_at_a_time() {
    let (faults, mut orders) = Faults::new();
    for ms in [250, 9] {
        let json = format!(r#"{{ "kind": "restart", "for_ms": {ms} }}"#);
        let request = serde_json::from_str(&json).unwrap();
        assert!(matches!(faults.post(request), Ok(Posted::Restart)));
    }
    assert_eq!(
        orders.try_recv(),
        Ok(Restart {
            down: Duration::from_millis(250)
        })
    );
    assert!(orders.try_recv().is_err());
}

#[test]
fn every_kind_is_listed_by_the_name_it_was_asked_for() {
    for kind in [
        "cut",
        "reset",
        "hang",
        "status",
        "delay",
        "slow_bytes",
        "single_bytes",
        "oversized_event",
        "content_type",
        "comments_only",
        "truncated_event",
        "wrong_ids",
    ] {
        let faults = faults();
        let posted = post(&faults, &format!(r#"{{ "kind": "{kind}" }}"#));
        assert_eq!(posted.kind, kind);
        assert_eq!(faults.list(), [posted]);
    }
}

#[test]
fn a_fault_that_makes_no_sense_is_refused_and_the_field_named() {
    for (json, said) in [
        (r#"{ "kind": "cut", "times": 0 }"#, "times: at least 1"),
        (r#"{ "kind": "cut", "times": "x" }"#, "times: invalid type"),
        (
            r#"{ "kind": "cut", "for_ms": -1 }"#,
            "for_ms: invalid value",
        ),
        (r#"{ "kind": "cut", "run_id": 5 }"#, "run_id: invalid type"),
        (
            r#"{ "kind": "cut", "each_client": 1 }"#,
            "each_client: invalid type",
        ),
        (r#"{ "kind": "cut", "clean": 1 }"#, "clean: invalid type"),
        (
            r#"{ "kind": "cut", "status": 500 }"#,
            "status: unknown field",
        ),
        (
            r#"{ "kind": "reset", "clean": true }"#,
            "clean: unknown field",
        ),
        (r#"{ "kind": "hang", "time": 3 }"#, "time: unknown field"),
        (r#"{ "kind": "status", "status": 101 }"#, "status: 101"),
        (r#"{ "kind": "status", "status": 1000 }"#, "status: 1000"),
        (
            r#"{ "kind": "status", "retry_after": "a\nb" }"#,
            "retry_after: ",
        ),
        (
            r#"{ "kind": "status", "retry_after": [] }"#,
            "retry_after: ",
        ),
        (r#"{ "kind": "delay", "delay_ms": 0 }"#, "delay_ms: 1 to"),
        (r#"{ "kind": "slow_bytes", "bytes": 0 }"#, "bytes: 1 to"),
        (
            r#"{ "kind": "slow_bytes", "interval_ms": 99999999999 }"#,
            "interval_ms: 1 to",
        ),
        (
            r#"{ "kind": "oversized_event", "bytes": 2000000000 }"#,
            "bytes: 1 to",
        ),
        (
            r#"{ "kind": "content_type", "content_type": "a\nb" }"#,
            "content_type: ",
        ),
        (
            r#"{ "kind": "comments_only", "interval_ms": 0 }"#,
            "interval_ms: 1 to",
        ),
        (
            r#"{ "kind": "truncated_event", "clean": "no" }"#,
            "clean: invalid type",
        ),
        (
            r#"{ "kind": "wrong_ids", "mode": "upside_down" }"#,
            "mode: unknown variant",
        ),
        (r#"{ "kind": "restart", "times": 2 }"#, "times: a restart"),
        (
            r#"{ "kind": "restart", "run_id": "a" }"#,
            "run_id: a restart",
        ),
        (r#"{ "kind": "cat" }"#, "kind: unknown variant `cat`"),
        (r#"{ "kind": 5 }"#, "kind: "),
        (r#"{ "times": 5 }"#, "`kind`"),
    ] {
        let refused = match serde_json::from_str::<FaultRequest>(json) {
            Ok(request) => faults().post(request).unwrap_err().to_string(),
            Err(error) => error.to_string(),
        };
        let named = refused.starts_with(said) || (said == "`kind`" && refused.contains(said));
        assert!(named, "{json}: {refused}");
    }
}
