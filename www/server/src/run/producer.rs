//! Plays a script: waits, stores, announces. In that order, so that no
//! subscriber ever saw an event that a kill could take back.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tracing::{info, warn};

use super::script::{Step, script};
use super::{Event, RunSpec};
use crate::hub::Announcer;
use crate::store::{Store, StoreError};

/// The most events that share one write, so that a run without pauses is quick and yet
/// announces as it goes.
const BATCH: usize = 256;
/// The first pause before a failed write is tried again; it doubles.
const WRITE_RETRY: Duration = Duration::from_millis(100);
/// The longest such pause.
const WRITE_RETRY_MAX: Duration = Duration::from_secs(5);

/// Plays what is left of a run after its event `last_id`, to the end, or as far as the store goes
/// along. Answers whether it is over.
pub async fn produce(store: &Store, run: &Announcer, spec: &RunSpec, last_id: u64) -> bool {
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
            let event = Event::now(run.run_id(), id, step.kind, &step.data);
            batch.push(Arc::new(event));
            batch.len() < BATCH
        };
        let mut room = push(&step);
        while room && let Some(step) = steps.next_if(|next| due + next.after <= now) {
            due += step.after;
            room = push(&step);
        }
        if let Err(error) = append(store, run, &batch).await {
            if !matches!(error, StoreError::Closed) {
                warn!(run_id = %run.run_id(), %error, "run abandoned; the next start goes on with it");
                run.trouble(&error);
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
async fn append(store: &Store, run: &Announcer, batch: &[Arc<Event>]) -> Result<(), StoreError> {
    let mut pause = WRITE_RETRY;
    let mut troubled = false;
    loop {
        match store.append(run.run_id(), batch.to_vec()).await {
            Err(error) if error.retryable() => {
                warn!(run_id = %run.run_id(), %error, "write failed; trying again");
                if !std::mem::replace(&mut troubled, true) {
                    run.trouble(&error);
                }
                sleep(pause).await;
                pause = (pause * 2).min(WRITE_RETRY_MAX);
            }
            result => {
                if troubled && result.is_ok() {
                    run.recovered();
                }
                return result;
            }
        }
    }
}
