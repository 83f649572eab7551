//! Which streams a fault hits, how often, and for how long.

use axum::http::{HeaderValue, StatusCode};

use super::*;

fn faults() -> Faults {
    Faults::new().0
}

fn post(faults: &Faults, json: &str) -> Listed {
    match faults.post(serde_json::from_str(json).unwrap()).unwrap() {
        Posted::Fault(listed) => listed,
        Posted::Restart => panic!("no restart was asked for"),
    }
}

const CUT: Effect = Effect::Cut { clean: false };

#[tokio::test(start_paused = true)]
async fn a_cut_hits_every_live_stream_once_and_none_that_opens_later() {
    let faults = faults();
    let (mut a, mut b) = (
        faults.open(Some(&"a".into())),
        faults.open(Some(&"b".into())),
    );
    let listed = post(&faults, r#"{ "kind": "cut" }"#);
    assert_eq!(
        (listed.fired, listed.streams, listed.times_left),
        (1, 2, Some(0))
    );
    assert_eq!((a.effect(), b.effect()), (CUT, CUT));
    assert_eq!(faults.open(Some(&"a".into())).effect(), Effect::Flow);
}

#[tokio::test(start_paused = true)]
async fn a_cut_that_meets_no_stream_waits_for_the_next_one_only() {
    let faults = faults();
    post(&faults, r#"{ "kind": "cut" }"#);
    assert_eq!(faults.open(Some(&"a".into())).effect(), CUT);
    assert_eq!(faults.open(Some(&"a".into())).effect(), Effect::Flow);
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_one_run_leaves_the_others_alone() {
    let faults = faults();
    let (mut a, mut b) = (
        faults.open(Some(&"a".into())),
        faults.open(Some(&"b".into())),
    );
    post(&faults, r#"{ "kind": "cut", "run_id": "a" }"#);
    assert_eq!((a.effect(), b.effect()), (CUT, Effect::Flow));
    post(&faults, r#"{ "kind": "status", "run_id": "a" }"#);
    assert_eq!(faults.answer(Some(&"b".into())), None);
    assert!(faults.answer(Some(&"a".into())).is_some());
}

#[tokio::test(start_paused = true)]
async fn times_counts_firings() {
    let faults = faults();
    post(
        &faults,
        r#"{ "kind": "status", "times": 2, "status": 429, "retry_after": 7 }"#,
    );
    let answer = StatusAnswer {
        status: StatusCode::TOO_MANY_REQUESTS,
        retry_after: Some(HeaderValue::from_static("7")),
    };
    let answers = [(); 3].map(|()| faults.answer(Some(&"a".into())));
    assert_eq!(answers, [Some(answer.clone()), Some(answer), None]);
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_a_while_fires_any_number_of_times_and_then_no_more() {
    let faults = faults();
    post(&faults, r#"{ "kind": "status", "for_ms": 1000 }"#);
    for _ in 0..5 {
        assert!(faults.answer(Some(&"a".into())).is_some());
    }
    tokio::time::advance(Duration::from_millis(1000)).await;
    assert_eq!(faults.answer(Some(&"a".into())), None);
    assert_eq!(faults.list(), []);
}

#[tokio::test(start_paused = true)]
async fn a_hang_for_a_while_is_over_by_itself_and_one_without_a_time_is_not() {
    let faults = faults();
    let mut a = faults.open(Some(&"a".into()));
    post(&faults, r#"{ "kind": "hang", "for_ms": 1000 }"#);
    assert!(matches!(a.effect(), Effect::Hang(Some(_))));
    assert!(matches!(
        faults.open(Some(&"a".into())).effect(),
        Effect::Hang(Some(_))
    ));
    tokio::time::advance(Duration::from_millis(1000)).await;
    assert_eq!(a.effect(), Effect::Flow);

    post(&faults, r#"{ "kind": "hang" }"#);
    tokio::time::advance(Duration::from_secs(86_400)).await;
    assert_eq!(a.effect(), Effect::Hang(None));
}

#[tokio::test(start_paused = true)]
async fn clearing_lets_hung_streams_go_on_and_disarms_what_waits() {
    let faults = faults();
    let mut a = faults.open(Some(&"a".into()));
    post(&faults, r#"{ "kind": "hang" }"#);
    post(
        &faults,
        r#"{ "kind": "status", "times": 3, "run_id": "a" }"#,
    );
    post(&faults, r#"{ "kind": "status", "run_id": "b" }"#);
    assert!(faults.answer(Some(&"b".into())).is_some());
    assert_eq!(faults.clear(), 1, "the one used up by b counts no more");
    assert_eq!(a.effect(), Effect::Flow);
    assert_eq!(faults.answer(Some(&"a".into())), None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ended_is_not_hit() {
    let faults = faults();
    drop(faults.open(Some(&"a".into())));
    assert_eq!(post(&faults, r#"{ "kind": "cut" }"#).fired, 0);
}

#[test]
fn a_restart_is_ordered_with_its_time_and_only_once_at_a_time() {
    let (faults, mut orders) = Faults::new();
    for ms in [250, 9] {
        assert!(matches!(
            faults.post(FaultRequest::Restart { for_ms: Some(ms) }),
            Ok(Posted::Restart)
        ));
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
fn a_fault_that_makes_no_sense_is_refused() {
    let faults = faults();
    let refused = |json: &str| {
        faults
            .post(serde_json::from_str(json).unwrap())
            .unwrap_err()
    };
    assert_eq!(
        refused(r#"{ "kind": "cut", "times": 0 }"#),
        FaultError::Never
    );
    assert_eq!(
        refused(r#"{ "kind": "status", "status": 101 }"#),
        FaultError::Status(101)
    );
    assert_eq!(
        refused(r#"{ "kind": "status", "status": 1000 }"#),
        FaultError::Status(1000)
    );
    assert_eq!(
        refused(r#"{ "kind": "status", "retry_after": "a\nb" }"#),
        FaultError::RetryAfter("a\nb".to_owned())
    );
    assert!(serde_json::from_str::<FaultRequest>(r#"{ "kind": "cut", "status": 500 }"#).is_err());
    assert!(serde_json::from_str::<FaultRequest>(r#"{ "kind": "cat" }"#).is_err());
}
