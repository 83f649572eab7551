//! Store, hub and producer together: visibility, order of storing and
//! announcing, failing writes.

use std::sync::mpsc as std_mpsc;

use clap::Parser;

use super::*;
use crate::config::Config;
use crate::hub::{End, Found, Subscription};
use crate::run::event::Numbered;
use crate::run::{Event, RunRequest};
use crate::store::backend::{Backend, Write};

fn settings() -> Settings {
    Config::parse_from(["server"]).settings()
}

fn in_memory() -> Runs {
    Runs::open(settings(), Box::new(()), |setup| Ok(Store::memory(setup))).unwrap()
}

fn spec(persist_ms: u64) -> RunSpec {
    let request = RunRequest {
        delay_ms: Some(0),
        persist_ms: Some(persist_ms),
        seed: Some(1),
        ..RunRequest::default()
    };
    request.into_spec(Duration::ZERO).unwrap()
}

/// A backend that answers what it is told to, when it is told to; reads find nothing.
struct Scripted(std_mpsc::Receiver<Result<(), StoreError>>, Vec<Event>);

impl Backend for Scripted {
    fn write(&mut self, writes: &[Write]) -> Result<u64, StoreError> {
        let before = self.1.len() as u64;
        if matches!(writes, [Write::Count(_)]) {
            return Ok(before);
        }
        let answer = self.0.recv().unwrap_or(Err(StoreError::Closed));
        if let ([Write::Append(_, events)], Ok(())) = (writes, &answer) {
            self.1
                .extend(events.iter().map(|event| Event::clone(event)));
        }
        answer.map(|()| before)
    }
    fn run(&mut self, _: &RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(None)
    }
    fn newest(&mut self, _: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(Vec::new())
    }
    fn interrupted(&mut self) -> Result<Vec<RunRecord>, StoreError> {
        Ok(Vec::new())
    }
    fn tail(&mut self, _: &RunId, _: usize) -> Result<Vec<Event>, StoreError> {
        Ok(self.1.clone())
    }
    fn failures(&mut self, _: usize) -> Result<Failures, StoreError> {
        Ok(Failures::default())
    }
    fn tail_of_all(&mut self, _: usize) -> Result<Vec<Numbered>, StoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_run_whose_client_leaves_while_it_is_being_stored_goes_on_all_the_same() {
    let (answers, script) = std_mpsc::channel();
    let runs = Runs::open(settings(), Box::new(()), |setup| {
        Store::start(Scripted(script, Vec::new()), setup)
    })
    .unwrap();
    let mut all = runs.all().subscribe(None);
    let leaving = tokio::time::timeout(Duration::ZERO, runs.start(spec(0))).await;
    assert!(leaving.is_err(), "the store has not answered yet");
    // The run, and its first events.
    answers.send(Ok(())).unwrap();
    answers.send(Ok(())).unwrap();
    let began = tokio::time::timeout(Duration::from_secs(20), all.changed());
    began.await.expect("the run begins");
    assert!(matches!(all.take(1), Found::Events(_)));
}

/// Runs on a scripted store, and one run of theirs that is visible and about to write.
async fn scripted() -> (Runs, Subscription, std_mpsc::Sender<Result<(), StoreError>>) {
    let (answers, script) = std_mpsc::channel();
    let scripted = Scripted(script, Vec::new());
    let runs = Runs::open(settings(), Box::new(()), |setup| {
        Store::start(scripted, setup)
    })
    .unwrap();
    answers.send(Ok(())).unwrap();
    let id = runs.start(spec(0)).await.unwrap();
    loop {
        if let Some(emitter) = runs.0.hub.get(&id) {
            return (runs, emitter.subscribe(None), answers);
        }
        tokio::task::yield_now().await;
    }
}

async fn read_to_the_end(mut subscription: Subscription) {
    loop {
        match subscription.take(usize::MAX) {
            Found::End(End::Over(_)) => return,
            Found::Nothing => subscription.changed().await,
            Found::Events(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn transient() -> Result<(), StoreError> {
    Err(StoreError::Transient {
        code: "store_full".into(),
        message: "disk full".to_owned(),
    })
}

#[tokio::test]
async fn nothing_is_announced_before_it_is_stored() {
    let (_runs, mut subscription, answers) = scripted().await;
    let early = tokio::time::timeout(Duration::from_millis(100), subscription.changed()).await;
    assert!(
        early.is_err(),
        "an event was announced while its write was pending"
    );
    assert!(matches!(subscription.take(1), Found::Nothing));
    answers.send(Ok(())).unwrap();
    subscription.changed().await;
    assert!(matches!(subscription.take(1), Found::Events(_)));
}

#[tokio::test]
async fn a_write_that_may_work_later_is_tried_again_and_its_events_come_once() {
    let (runs, mut subscription, answers) = scripted().await;
    for answer in [transient(), transient(), Ok(())] {
        answers.send(answer).unwrap();
    }
    subscription.changed().await;
    let announced = loop {
        match subscription.take(usize::MAX) {
            Found::Events(events) => break events,
            Found::Trouble(_) => {}
            Found::Nothing => subscription.changed().await,
            other => panic!("{other:?}"),
        }
    };
    let ids: Vec<u64> = announced.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>());
    let stored = runs.0.store.tail(&"any".into(), 0).await.unwrap();
    assert_eq!(stored.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn a_write_that_will_never_work_abandons_the_run_and_announces_nothing() {
    let (_runs, mut subscription, answers) = scripted().await;
    let broken = StoreError::Broken {
        code: "store_broken".into(),
        message: "no such table".to_owned(),
    };
    answers.send(Err(broken)).unwrap();
    subscription.changed().await;
    assert!(matches!(subscription.take(1), Found::Trouble(trouble) if !trouble.retryable));
    assert!(matches!(subscription.take(1), Found::End(End::Abandoned)));
}

#[tokio::test]
async fn a_run_that_the_store_refuses_is_not_accepted() {
    let (answers, script) = std_mpsc::channel();
    let scripted = Scripted(script, Vec::new());
    let runs = Runs::open(settings(), Box::new(()), |setup| {
        Store::start(scripted, setup)
    })
    .unwrap();
    answers.send(transient()).unwrap();
    assert!(runs.start(spec(0)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_run_is_neither_found_nor_listed_before_its_persistence_delay_is_over() {
    let runs = in_memory();
    let id = runs.start(spec(1000)).await.unwrap();
    sleep(Duration::from_millis(999)).await;
    assert!(runs.find(&id).await.unwrap().is_none());
    assert_eq!(runs.newest(9).await.unwrap(), []);
    sleep(Duration::from_millis(2)).await;
    assert!(runs.find(&id).await.unwrap().is_some());
    assert_eq!(runs.newest(9).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_looks_every_retry_delay_and_tells_how_long_it_waited() {
    let runs = in_memory();
    let id = runs.start(spec(1000)).await.unwrap();
    let (found, wait) = runs.wait_for(&id).await.unwrap();
    assert!(found.is_some());
    // The look at 1,000 ms may come just before or after the run appears.
    assert!((1000..=1200).contains(&wait.ms()), "{wait:?}");
    assert_eq!(u64::from(wait.attempts), wait.ms() / 200 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_for_a_run_that_never_comes_gives_up_at_the_longest_wait() {
    let runs = in_memory();
    let (found, wait) = runs.wait_for(&"never".into()).await.unwrap();
    assert!(found.is_none());
    assert_eq!((wait.ms(), wait.attempts), (6000, 31));
}

#[tokio::test(start_paused = true)]
async fn a_finished_run_is_found_in_the_store_once_its_emitter_is_gone() {
    let runs = in_memory();
    let id = runs.start(spec(0)).await.unwrap();
    let emitter = runs.wait_for(&id).await.unwrap().0.unwrap();
    read_to_the_end(emitter.subscribe(None)).await;
    sleep(settings().linger + Duration::from_secs(1)).await;
    assert!(
        runs.0.hub.get(&id).is_none(),
        "a finished run's emitter stays in memory"
    );
    let mut late = runs.find(&id).await.unwrap().unwrap().subscribe(None);
    assert!(matches!(late.take(usize::MAX), Found::Events(_)));
    assert!(matches!(late.take(usize::MAX), Found::End(End::Over(_))));
}

#[tokio::test]
async fn a_run_interrupted_anywhere_goes_on_with_the_same_script_and_the_next_ids() {
    let full = crate::run::script::script(&spec(0));
    for done in 0..full.len() {
        let runs = in_memory();
        let store = &runs.0.store;
        let id: RunId = "r".into();
        let record = RunRecord {
            id: id.clone(),
            created_ms: 0,
            spec: spec(0),
            last_event_id: 0,
            end: None,
        };
        store.insert_run(record).await.unwrap();
        let before = full[..done].iter().zip(1..);
        let before = before
            .map(|(step, at)| Arc::new(Event::now(&id, at, step.kind, &step.data.json())))
            .collect();
        store.append(&id, before).await.unwrap();

        assert_eq!(runs.recover().await.unwrap(), 1);
        let live = runs.find(&id).await.unwrap().unwrap();
        read_to_the_end(live.subscribe(Some(done as u64))).await;
        let stored = runs.0.store.tail(&id, usize::MAX).await.unwrap();
        let kinds: Vec<_> = stored.iter().map(|event| (event.id, event.kind)).collect();
        let expected: Vec<_> = full
            .iter()
            .zip(1..)
            .map(|(step, at)| (at, step.kind))
            .collect();
        assert_eq!(kinds, expected, "interrupted after {done} events");
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_interrupted_before_it_was_visible_waits_only_for_what_is_left() {
    let runs = in_memory();
    let created_ms = clock::now_ms() - 400_000;
    let record = RunRecord {
        id: "r".into(),
        created_ms,
        spec: spec(600_000),
        last_event_id: 0,
        end: None,
    };
    runs.0.store.insert_run(record).await.unwrap();
    runs.recover().await.unwrap();
    sleep(Duration::from_secs(190)).await;
    assert!(runs.find(&"r".into()).await.unwrap().is_none());
    sleep(Duration::from_secs(11)).await;
    assert!(runs.find(&"r".into()).await.unwrap().is_some());
}
