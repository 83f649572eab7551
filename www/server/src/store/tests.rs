//! Both backends behave alike; the file also survives.

use super::*;
use crate::run::{EventKind, RunRequest};
use serde_json::json;
use std::time::Duration;

fn record(id: &str) -> RunRecord {
    let spec = RunRequest {
        seed: Some(1),
        ..RunRequest::default()
    }
    .into_spec(Duration::ZERO)
    .unwrap();
    RunRecord {
        id: id.into(),
        created_ms: 5,
        spec,
        last_event_id: 0,
        end: None,
    }
}

fn events(run: &str, ids: std::ops::RangeInclusive<u64>) -> Vec<Arc<Event>> {
    ids.map(|id| Event::now(&run.into(), id, EventKind::Log, &json!({ "line": id })))
        .map(Arc::new)
        .collect()
}

fn unheard() -> Setup {
    heard(Box::new(|_| {}))
}

fn heard(feed: Feed) -> Setup {
    Setup {
        feed,
        faults: Box::new(()),
        group: 64,
        busy: Duration::from_millis(100),
    }
}

fn ids(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

/// Runs the same behaviour against both backends.
async fn on_both<F: Future<Output = ()>>(behaviour: impl Fn(Store) -> F) {
    let folder = tempfile::tempdir().unwrap();
    behaviour(Store::memory(unheard())).await;
    behaviour(Store::sqlite(&folder.path().join("new/folder/runs.sqlite"), unheard()).unwrap())
        .await;
}

#[tokio::test]
async fn the_tail_is_the_last_events_oldest_first() {
    on_both(|store| async move {
        store.insert_run(record("a")).await.unwrap();
        store.append(&"a".into(), events("a", 1..=5)).await.unwrap();
        store.append(&"a".into(), events("a", 6..=8)).await.unwrap();
        assert_eq!(
            ids(&store.tail(&"a".into(), 4).await.unwrap()),
            [5, 6, 7, 8]
        );
        assert_eq!(
            ids(&store.tail(&"a".into(), 100).await.unwrap()),
            (1..=8).collect::<Vec<_>>()
        );
        assert_eq!(
            store.run(&"a".into()).await.unwrap().unwrap().last_event_id,
            8
        );
    })
    .await;
}

#[tokio::test]
async fn an_id_cannot_be_given_out_twice_and_a_refused_batch_leaves_nothing() {
    on_both(|store| async move {
        store.insert_run(record("a")).await.unwrap();
        store.append(&"a".into(), events("a", 1..=2)).await.unwrap();
        let error = store
            .append(&"a".into(), events("a", 2..=3))
            .await
            .unwrap_err();
        assert!(!error.retryable(), "{error}");
        assert_eq!(ids(&store.tail(&"a".into(), 9).await.unwrap()), [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn a_terminal_event_ends_the_run() {
    on_both(|store| async move {
        store.insert_run(record("a")).await.unwrap();
        store.insert_run(record("b")).await.unwrap();
        let last = Event::now(&"a".into(), 1, EventKind::RunFailed, &json!({}));
        store.append(&"a".into(), vec![last.into()]).await.unwrap();
        assert_eq!(
            store.run(&"a".into()).await.unwrap().unwrap().status(),
            Status::Failed
        );
        let interrupted = store.interrupted().await.unwrap();
        assert_eq!(
            interrupted
                .iter()
                .map(|run| run.id.as_str())
                .collect::<Vec<_>>(),
            ["b"]
        );
    })
    .await;
}

#[tokio::test]
async fn the_newest_run_comes_first() {
    on_both(|store| async move {
        for id in ["a", "b", "c"] {
            store.insert_run(record(id)).await.unwrap();
        }
        let newest = store.newest(2).await.unwrap();
        assert_eq!(
            newest.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(),
            ["c", "b"]
        );
    })
    .await;
}

#[tokio::test]
async fn one_bad_write_does_not_fail_the_writes_it_was_grouped_with() {
    on_both(|store| async move {
        store.insert_run(record("a")).await.unwrap();
        let good = (0..20).map(|at| store.insert_run(record(&format!("good{at}"))));
        let (bad, good) = tokio::join!(
            store.insert_run(record("a")),
            futures_util::future::join_all(good)
        );
        assert!(bad.is_err());
        assert!(good.iter().all(Result::is_ok), "{good:?}");
    })
    .await;
}

#[tokio::test]
async fn a_closed_store_says_so() {
    on_both(|store| async move {
        store.close().await;
        assert!(matches!(store.newest(1).await, Err(StoreError::Closed)));
    })
    .await;
}

#[tokio::test]
async fn a_file_opened_again_has_its_runs_and_events() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let store = Store::sqlite(&path, unheard()).unwrap();
    store.insert_run(record("a")).await.unwrap();
    store.append(&"a".into(), events("a", 1..=3)).await.unwrap();
    let before = store.tail(&"a".into(), 9).await.unwrap();
    store.close().await;

    let store = Store::sqlite(&path, unheard()).unwrap();
    assert_eq!(
        store.interrupted().await.unwrap(),
        [RunRecord {
            last_event_id: 3,
            ..record("a")
        }]
    );
    assert_eq!(store.tail(&"a".into(), 9).await.unwrap(), before);
}

#[test]
fn a_file_in_use_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let _first = Store::sqlite(&path, unheard()).unwrap();
    let error = Store::sqlite(&path, unheard()).unwrap_err();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    assert!(error.to_string().contains("--data"));
}

#[test]
fn a_file_of_a_newer_server_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(
        Store::sqlite(&path, unheard()),
        Err(StoreError::Newer { found: 99, .. })
    ));
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(
        &path,
        "not a database, but long enough to be read as one ".repeat(50),
    )
    .unwrap();
    assert!(matches!(
        Store::sqlite(&path, unheard()),
        Err(StoreError::Broken { .. })
    ));
}

#[tokio::test]
async fn events_of_all_runs_are_numbered_without_holes_and_told_in_the_order_that_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    for file in [None, Some(&path)] {
        let told = Arc::new(Mutex::new(Vec::<Numbered>::new()));
        let feed: Feed = {
            let told = told.clone();
            Box::new(move |events| lock(&told).extend(events))
        };
        let store = match file {
            Some(path) => Store::sqlite(path, heard(feed)).unwrap(),
            None => Store::memory(heard(feed)),
        };
        for run in 0..20 {
            store.insert_run(record(&format!("r{run}"))).await.unwrap();
        }
        let appends = (0..200_u64).map(|at| {
            let run = format!("r{}", at % 20);
            let first = at / 20 * 3 + 1;
            // Every seventh is refused, and takes no number with it.
            let first = if at % 7 == 0 { u64::MIN } else { first };
            let events = events(&run, first..=first + 2);
            let store = &store;
            async move { store.append(&run.as_str().into(), events).await.is_ok() }
        });
        let kept = futures_util::future::join_all(appends).await;
        assert!(kept.contains(&false) && kept.contains(&true));
        let stored = store.tail_of_all(usize::MAX).await.unwrap();
        store.close().await;
        let count = kept.iter().filter(|kept| **kept).count() as u64 * 3;
        let numbers: Vec<u64> = stored.iter().map(|event| event.id).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
        assert_eq!(*lock(&told), stored);
    }
}
