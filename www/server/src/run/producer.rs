//! Plays a script: waits, stores, announces. In that order, so that no
//! subscriber ever saw an event that a kill could take back.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tracing::{info, warn};

use super::script::{Step, script};
use super::{Event, RunSpec};
use crate::hub::Emitter;
use crate::store::{Store, StoreError};

/// The most events that share one write, so that a run without pauses is quick and yet
/// announces as it goes.
const BATCH: usize = 256;
/// The first pause before a failed write is tried again; it doubles.
const WRITE_RETRY: Duration = Duration::from_millis(100);
/// The longest such pause.
const WRITE_RETRY_MAX: Duration = Duration::from_secs(5);

/// Plays what is left of a run after its event `last_id`, to the end.
pub async fn produce(store: &Store, emitter: &Arc<Emitter>, spec: &RunSpec, last_id: u64) {
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
            batch.push(Event::now(emitter.run_id(), id, step.kind, &step.data));
            batch.len() < BATCH
        };
        let mut room = push(&step);
        while room && let Some(step) = steps.next_if(|next| due + next.after <= now) {
            due += step.after;
            room = push(&step);
        }
        if let Err(error) = append(store, emitter, &batch).await {
            if !matches!(error, StoreError::Closed) {
                warn!(run_id = %emitter.run_id(), %error, "run abandoned; the next start goes on with it");
            }
            emitter.abandon();
            return;
        }
        emitter.publish(batch);
    }
    info!(run_id = %emitter.run_id(), events = id, "run over");
}

/// Writes until it works, or never will.
async fn append(store: &Store, emitter: &Emitter, batch: &[Event]) -> Result<(), StoreError> {
    let mut pause = WRITE_RETRY;
    loop {
        match store.append(emitter.run_id(), batch.to_vec()).await {
            Err(error) if error.retryable() => {
                warn!(run_id = %emitter.run_id(), %error, "write failed; trying again");
                sleep(pause).await;
                pause = (pause * 2).min(WRITE_RETRY_MAX);
            }
            result => return result,
        }
    }
}
