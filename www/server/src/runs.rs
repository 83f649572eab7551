//! Starting, finding and going on with runs: store, hub and producers together.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use crate::clock;
use crate::config::Settings;
use crate::hub::{Announcer, Emitter, Hub};
use crate::run::plan::Plan;
use crate::run::{RunId, RunSpec, producer};
use crate::store::{Failures, RunRecord, Setup, Store, StoreError, StoreFaults};

/// The runs of this server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    hub: Hub,
    all: Arc<Emitter>,
    settings: Settings,
}

/// How long a request waited for its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How often it looked, the first time included.
    pub attempts: u32,
    /// From the first look to the last.
    pub waited: Duration,
}

impl Wait {
    /// `waited`, for logs and JSON.
    pub fn ms(&self) -> u64 {
        u64::try_from(self.waited.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Runs {
    /// Runs kept in the store that `open` makes; `faults` says what of it is to fail.
    ///
    /// # Errors
    /// What `open` answers.
    pub fn open(
        settings: Settings,
        faults: Box<dyn StoreFaults>,
        open: impl FnOnce(Setup) -> Result<Store, StoreError>,
    ) -> Result<Self, StoreError> {
        let all = Arc::new(Emitter::of_all(&settings));
        let fed = all.clone();
        let setup = Setup {
            feed: Box::new(move |events| fed.publish(events)),
            faults,
            group: settings.group,
            busy: settings.busy,
        };
        Ok(Self(Arc::new(Inner {
            store: open(setup)?,
            hub: Hub::default(),
            all,
            settings,
        })))
    }

    /// The events of all runs.
    pub fn all(&self) -> Arc<Emitter> {
        self.0.all.clone()
    }

    /// Starts a run, which becomes visible `spec.persist_ms` later. When this answers, the
    /// run is stored: a kill from then on only interrupts it.
    ///
    /// # Errors
    /// When the store cannot keep the run.
    pub async fn start(&self, spec: RunSpec) -> Result<RunId, StoreError> {
        let runs = self.clone();
        // A task of its own: a client that leaves takes its request along, and what is stored by
        // then but never begun would wait for the next start of the server.
        let started = tokio::spawn(async move { runs.keep_and_play(spec).await });
        started.await.unwrap_or(Err(StoreError::Closed))
    }

    async fn keep_and_play(&self, spec: RunSpec) -> Result<RunId, StoreError> {
        let id = RunId::random();
        let record = RunRecord {
            id: id.clone(),
            created_ms: clock::now_ms(),
            spec,
            last_event_id: 0,
            end: None,
        };
        self.0.store.insert_run(record.clone()).await?;
        info!(run_id = %id, persist_ms = record.spec.persist_ms, "run accepted");
        let delay = Duration::from_millis(record.spec.persist_ms);
        self.play(record, delay);
        Ok(id)
    }

    /// Goes on with the runs that the end of an earlier process interrupted, and answers how
    /// many they are. All rings are filled before this returns.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn recover(&self) -> Result<usize, StoreError> {
        // Before any run goes on and adds to it.
        let tail = self.0.store.tail_of_all(self.0.all.ring()).await?;
        self.0.all.fill(tail);
        let interrupted = self.0.store.interrupted().await?;
        let count = interrupted.len();
        for record in interrupted {
            let visible_ms = record
                .created_ms
                .saturating_add_unsigned(record.spec.persist_ms);
            let left = u64::try_from(visible_ms - clock::now_ms())
                .unwrap_or(0)
                .min(record.spec.persist_ms);
            if record.last_event_id == 0 && left > 0 {
                self.play(record, Duration::from_millis(left));
            } else {
                let emitter = self.announce(&record).await?;
                self.play_on(record, emitter);
            }
        }
        Ok(count)
    }

    /// Looks for a visible run, once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find(&self, id: &RunId) -> Result<Option<Arc<Emitter>>, StoreError> {
        if let Some(emitter) = self.0.hub.get(id) {
            return Ok(Some(emitter));
        }
        match self.0.store.run(id).await? {
            Some(record) if record.end.is_some() => {
                Ok(Some(Arc::new(self.emitter(&record).await?)))
            }
            // Not over and not in the hub: not visible yet, or in this very moment.
            _ => Ok(self.0.hub.get(id)),
        }
    }

    /// Looks for a run until it is visible or `--stream-max-wait-ms` went by.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn wait_for(&self, id: &RunId) -> Result<(Option<Arc<Emitter>>, Wait), StoreError> {
        let Settings {
            max_wait,
            retry_delay,
            ..
        } = self.0.settings;
        let start = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let found = self.find(id).await?;
            let waited = start.elapsed();
            let wait = Wait { attempts, waited };
            match found {
                Some(emitter) => {
                    if attempts > 1 {
                        info!(
                            run_id = id.as_str(),
                            attempts,
                            waited_ms = wait.ms(),
                            "run appeared while its stream waited"
                        );
                    }
                    return Ok((Some(emitter), wait));
                }
                None if waited >= max_wait => {
                    warn!(
                        run_id = id.as_str(),
                        attempts,
                        waited_ms = wait.ms(),
                        max_wait_ms = max_wait.as_millis(),
                        retry_delay_ms = retry_delay.as_millis(),
                        "no such run"
                    );
                    return Ok((None, wait));
                }
                None => sleep(retry_delay.min(max_wait - waited)).await,
            }
        }
    }

    /// The stages of a run that is visible.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn plan(&self, id: &RunId) -> Result<Option<Plan>, StoreError> {
        Ok(self
            .0
            .store
            .run(id)
            .await?
            .map(|record| Plan::new(&record.spec)))
    }

    /// The newest visible runs, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn newest(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        let mut runs = self.0.store.newest(limit).await?;
        runs.retain(|record| record.end.is_some() || self.0.hub.get(&record.id).is_some());
        Ok(runs)
    }

    /// The failures so far, with the `top` most frequent codes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn failures(&self, top: usize) -> Result<Failures, StoreError> {
        self.0.store.failures(top).await
    }

    /// Closes the store; runs that are not over stay interrupted until the next start.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    fn play(&self, record: RunRecord, delay: Duration) {
        let runs = self.clone();
        tokio::spawn(async move {
            sleep(delay).await;
            match runs.announce(&record).await {
                Ok(emitter) => runs.play_on(record, emitter),
                Err(error) => {
                    warn!(run_id = %record.id, %error, "run not begun; the next start does it")
                }
            }
        });
    }

    /// Makes a run visible, its ring filled.
    async fn announce(&self, record: &RunRecord) -> Result<Arc<Emitter>, StoreError> {
        let emitter = Arc::new(self.emitter(record).await?);
        self.0.hub.insert(record.id.clone(), emitter.clone());
        Ok(emitter)
    }

    /// An emitter that goes on where a run is, its ring filled.
    async fn emitter(&self, record: &RunRecord) -> Result<Emitter, StoreError> {
        let Inner {
            store, settings, ..
        } = &*self.0;
        let tail = match record.last_event_id {
            0 => Vec::new(),
            _ => store.tail(&record.id, settings.ring).await?,
        };
        let tail = tail.into_iter().map(Into::into).collect();
        Ok(Emitter::of_run(tail, settings))
    }

    fn play_on(&self, record: RunRecord, emitter: Arc<Emitter>) {
        let runs = self.clone();
        tokio::spawn(async move {
            let inner = &runs.0;
            let run = Announcer::new(record.id.clone(), emitter.clone(), inner.all.clone());
            let over = producer::produce(
                &inner.store,
                &run,
                &record.spec,
                record.last_event_id,
                inner.settings.writing,
            )
            .await;
            // One that is not over stays: the store cannot tell that it was ever visible, nor why it stands still.
            if over {
                sleep(inner.settings.linger).await;
                inner.hub.remove(&record.id, &emitter);
            }
        });
    }
}

#[cfg(test)]
mod tests;
