//! Plays a script: waits, stores, announces. In that order, so that no
//! subscriber ever saw an event that a kill could take back.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tracing::{debug, info, warn};

use super::script::script;
use super::step::Step;
use super::{Event, RunSpec};
use crate::config::Writing;
use crate::hub::Announcer;
use crate::store::{Store, StoreError};

/// Plays what is left of a run after its event `last_id`, to the end, or as far as the store goes
/// along. Answers whether it is over.
pub async fn produce(
    store: &Store,
    run: &Announcer,
    spec: &RunSpec,
    last_id: u64,
    writing: Writing,
) -> bool {
    let mut steps = script(spec);
    // The store ends a run together with its terminal event, so something is always left, unless
    // this server makes shorter scripts than the one that began the run: then the end is.
    let done = usize::try_from(last_id)
        .unwrap_or(usize::MAX)
        .min(steps.len() - 1);
    let mut steps = steps.drain(done..).peekable();
    let mut id = last_id;
    // Steps are due on a schedule, not a pause after the last: pauses below the
    // timer's millisecond would otherwise add up.
    let mut due = Instant::now();
    // A run that goes on has waited long enough; one that begins has nothing to wait for.
    if let Some(next) = steps.peek_mut() {
        next.after = Duration::ZERO;
    }

    while let Some(step) = steps.next() {
        due += step.after;
        sleep_until(due).await;
        let now = Instant::now();
        let mut batch = Vec::new();
        let mut push = |step: &Step| {
            id += 1;
            let event = Event::now(run.run_id(), id, step.kind, &step.data.json());
            batch.push(Arc::new(event));
            batch.len() < writing.batch
        };
        let mut room = push(&step);
        while room && let Some(step) = steps.next_if(|next| due + next.after <= now) {
            due += step.after;
            room = push(&step);
        }
        if let Err(error) = append(store, run, &batch, writing).await {
            if !matches!(error, StoreError::Closed) {
                warn!(run_id = %run.run_id(), %error, "run abandoned; the next start goes on with it");
                run.trouble(&error);
                count(store, error, writing);
            }
            run.abandon();
            return false;
        }
        run.publish(batch);
    }
    info!(run_id = %run.run_id(), events = id, "run over");
    true
}

/// Writes until it works, or never will.
async fn append(
    store: &Store,
    run: &Announcer,
    batch: &[Arc<Event>],
    writing: Writing,
) -> Result<(), StoreError> {
    let mut pauses = Pauses::new(writing);
    let mut met = None;
    loop {
        match store.append(run.run_id(), batch.to_vec()).await {
            Err(error) if error.retryable() => {
                warn!(run_id = %run.run_id(), %error, "write failed; trying again");
                if met.is_none() {
                    run.trouble(&error);
                    met = Some(error);
                }
                pauses.wait().await;
            }
            result => {
                if let (Some(error), Ok(())) = (met, &result) {
                    run.recovered();
                    count(store, error, writing);
                }
                return result;
            }
        }
    }
}

/// Counts a failure of the store when the store can, which nobody waits for.
fn count(store: &Store, error: StoreError, writing: Writing) {
    let store = store.clone();
    tokio::spawn(async move {
        let mut pauses = Pauses::new(writing);
        while let Err(failed) = store.count_failure(error.code()).await {
            if !failed.retryable() {
                debug!(code = error.code(), %failed, "a failure of the store stays uncounted");
                return;
            }
            pauses.wait().await;
        }
    });
}

/// The pauses between tries, each twice as long as the one before.
struct Pauses {
    next: Duration,
    max: Duration,
}

impl Pauses {
    fn new(writing: Writing) -> Self {
        Self {
            next: writing.retry.min(writing.retry_max),
            max: writing.retry_max,
        }
    }

    async fn wait(&mut self) {
        sleep(self.next).await;
        self.next = self.next.saturating_mul(2).min(self.max);
    }
}
