//! Where runs and events are kept, and the promise that goes with it: when
//! [`Store::append`] has answered, the events survive a `kill -9`.
//!
//! A backend is synchronous. SQLite lives on one thread of its own, so that a
//! slow disk never holds up an async worker; writes that queue up while one is
//! being committed share the next transaction, so many runs at once cost few
//! commits. Memory has nothing to wait for and answers in place, which also
//! keeps tests in virtual time exact.

pub(crate) mod backend;
mod desk;
mod error;
mod guard;
mod memory;
mod sqlite;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::run::event::{Numbered, Outcome};
use crate::run::{Event, RunId, RunSpec};
use backend::{Backend, Write};
pub use desk::Feed;
use desk::{Desk, Job, Reply};
pub use error::StoreError;
use guard::Guard;
pub use guard::StoreFaults;

/// What is kept of a run, its events aside.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// When it was asked for, in epoch milliseconds.
    pub created_ms: i64,
    /// What it goes by.
    pub spec: RunSpec,
    /// The id of its last event; 0 before the first.
    pub last_event_id: u64,
    /// How and when (epoch milliseconds) it ended.
    pub end: Option<(Outcome, i64)>,
}

impl RunRecord {
    /// `running`, `completed` or `failed`.
    pub fn status(&self) -> Status {
        match self.end {
            None => Status::Running,
            Some((Outcome::Completed, _)) => Status::Completed,
            Some((Outcome::Failed, _)) => Status::Failed,
        }
    }
}

/// Whether a run is over, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Events are to come.
    Running,
    /// Ended by `run_completed`.
    Completed,
    /// Ended by `run_failed`.
    Failed,
}

/// Failures by code: of runs, and of the store where it came back and could count them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// All of them.
    pub total: u64,
    /// How many codes there are.
    pub codes: u64,
    /// The most frequent codes, the most frequent first.
    pub top: Vec<FailureCount>,
}

/// How often runs failed, or the store, with one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureCount {
    /// The code.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// What a store is made with.
pub struct Setup {
    /// Whom to tell of the events of all runs.
    pub feed: Feed,
    /// What is to fail; `Box::new(())` is nothing.
    pub faults: Box<dyn StoreFaults>,
    /// The most writes that share a transaction, at least 1.
    pub group: usize,
    /// How long to wait for the lock on a file.
    pub busy: Duration,
}

impl Setup {
    fn desk<B: Backend>(self, backend: B) -> Desk<Guard<B>> {
        let Self {
            feed,
            faults,
            group,
            ..
        } = self;
        Desk {
            backend: Guard { backend, faults },
            feed,
            group,
        }
    }
}

/// The handle to a store; cheap to clone. Calls made after [`close`](Self::close) answer [`StoreError::Closed`].
#[derive(Clone, Debug)]
pub struct Store(Arc<Place>);

/// Where the backend does its work.
#[derive(Debug)]
enum Place {
    Thread {
        jobs: mpsc::UnboundedSender<Job>,
        thread: Mutex<Option<JoinHandle<()>>>,
    },
    Here(Mutex<Option<Desk<Guard<memory::Memory>>>>),
}

impl Store {
    /// Opens or makes a SQLite file.
    ///
    /// # Errors
    /// When the folder cannot be made, or the file is in use, newer than this server, or no database.
    pub fn sqlite(path: &Path, setup: Setup) -> Result<Self, StoreError> {
        Self::start(sqlite::Sqlite::open(path, setup.busy)?, setup)
    }

    /// A store that ends with the process.
    pub fn memory(setup: Setup) -> Self {
        let desk = setup.desk(memory::Memory::default());
        Self(Arc::new(Place::Here(Mutex::new(Some(desk)))))
    }

    /// Gives a backend its thread.
    pub(crate) fn start(backend: impl Backend + 'static, setup: Setup) -> Result<Self, StoreError> {
        let desk = setup.desk(backend);
        let (jobs, queue) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || desk.serve(queue))
            .map_err(|error| StoreError::Broken {
                code: "store_thread".into(),
                message: format!("cannot start the store's thread: {error}"),
            })?;
        Ok(Self(Arc::new(Place::Thread {
            jobs,
            thread: Mutex::new(Some(thread)),
        })))
    }

    /// Keeps a new run.
    ///
    /// # Errors
    /// When the backend cannot write.
    pub async fn insert_run(&self, run: RunRecord) -> Result<(), StoreError> {
        self.ask(|reply| Job::Write(Write::Insert(run), reply))
            .await
    }

    /// Keeps events of a run, all or none. A terminal one ends the run in the same transaction.
    ///
    /// # Errors
    /// When the backend cannot write, or an id is there already.
    pub async fn append(&self, run_id: &RunId, events: Vec<Arc<Event>>) -> Result<(), StoreError> {
        self.ask(|reply| Job::Write(Write::Append(run_id.clone(), events), reply))
            .await
    }

    /// One run.
    ///
    /// # Errors
    /// When the backend cannot read.
    pub async fn run(&self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.ask(|reply| Job::Run(id.clone(), reply)).await
    }

    /// The newest runs, newest first.
    ///
    /// # Errors
    /// When the backend cannot read.
    pub async fn newest(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.ask(|reply| Job::Newest(limit, reply)).await
    }

    /// Runs that have not ended; after a start, those that a kill interrupted.
    ///
    /// # Errors
    /// When the backend cannot read.
    pub async fn interrupted(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.ask(Job::Interrupted).await
    }

    /// The last `limit` events of a run, oldest first.
    ///
    /// # Errors
    /// When the backend cannot read.
    pub async fn tail(&self, id: &RunId, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.ask(|reply| Job::Tail(id.clone(), limit, reply)).await
    }

    /// The last `limit` events of all runs, oldest first.
    ///
    /// # Errors
    /// When the backend cannot read.
    pub async fn tail_of_all(&self, limit: usize) -> Result<Vec<Numbered>, StoreError> {
        self.ask(|reply| Job::TailOfAll(limit, reply)).await
    }

    /// Counts a failure. Those of runs are counted with their terminal event.
    ///
    /// # Errors
    /// When the backend cannot write.
    pub async fn count_failure(&self, code: &str) -> Result<(), StoreError> {
        let count = Write::Count(code.to_owned());
        self.ask(|reply| Job::Write(count, reply)).await
    }

    /// The failures so far, with the `top` most frequent codes.
    ///
    /// # Errors
    /// When the backend cannot read.
    pub async fn failures(&self, top: usize) -> Result<Failures, StoreError> {
        self.ask(|reply| Job::Failures(top, reply)).await
    }

    /// Finishes what is queued and closes the backend.
    pub async fn close(&self) {
        match &*self.0 {
            Place::Here(desk) => *lock(desk) = None,
            Place::Thread { jobs, thread } => {
                let _ = jobs.send(Job::Close);
                let thread = lock(thread).take();
                if let Some(thread) = thread {
                    let _ = tokio::task::spawn_blocking(move || thread.join()).await;
                }
            }
        }
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = job(reply);
        match &*self.0 {
            Place::Here(desk) => match lock(desk).as_mut() {
                Some(desk) => desk.perform(job),
                None => return Err(StoreError::Closed),
            },
            Place::Thread { jobs, .. } => jobs.send(job).map_err(|_| StoreError::Closed)?,
        }
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// No code that holds these locks leaves anything half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
