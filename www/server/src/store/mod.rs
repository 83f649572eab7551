//! Where runs and events are kept, and the promise that goes with it: when
//! [`Store::append`] has answered, the events survive a `kill -9`.
//!
//! A backend is synchronous. SQLite lives on one thread of its own, so that a
//! slow disk never holds up an async worker; writes that queue up while one is
//! being committed share the next transaction, so many runs at once cost few
//! commits. Memory has nothing to wait for and answers in place, which also
//! keeps tests in virtual time exact.

pub(crate) mod backend;
mod memory;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::run::event::Outcome;
use crate::run::{Event, RunId, RunSpec};
use backend::{Backend, Write};

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

/// Why the store did not do what it was asked to.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the file open.
    #[error("{} is in use by another server; stop that one, or give this one its own file with --data", .0.display())]
    InUse(PathBuf),
    /// The file was written by a newer server.
    #[error("{} has format {found}, and this server knows up to {known}; use the newer server, or another file", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: i64,
        /// The latest format that is known here.
        known: i64,
    },
    /// The folder of the file cannot be made.
    #[error("cannot make the folder {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// Trying again may help: the disk is full, or the file is busy.
    #[error("{0}; it may work later")]
    Transient(String),
    /// Trying again does not help.
    #[error("{0}")]
    Broken(String),
    /// The store was closed, which it is when the server stops.
    #[error("the store is closed, since the server is stopping")]
    Closed,
}

impl StoreError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Transient(_))
    }
}

/// The handle to a store. Calls made after [`close`](Self::close) answer [`StoreError::Closed`].
#[derive(Debug)]
pub struct Store(Place);

/// Where the backend does its work.
#[derive(Debug)]
enum Place {
    Thread {
        jobs: mpsc::UnboundedSender<Job>,
        thread: Mutex<Option<JoinHandle<()>>>,
    },
    Here(Mutex<Option<memory::Memory>>),
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

#[derive(Debug)]
enum Job {
    Write(Write, Reply<()>),
    Run(RunId, Reply<Option<RunRecord>>),
    Newest(usize, Reply<Vec<RunRecord>>),
    Interrupted(Reply<Vec<RunRecord>>),
    Tail(RunId, usize, Reply<Vec<Event>>),
    Close,
}

impl Store {
    /// Opens or makes a SQLite file.
    ///
    /// # Errors
    /// When the folder cannot be made, or the file is in use, newer than this server, or no database.
    pub fn sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::start(sqlite::Sqlite::open(path)?)
    }

    /// A store that ends with the process.
    pub fn memory() -> Self {
        Self(Place::Here(Mutex::new(Some(memory::Memory::default()))))
    }

    /// Gives a backend its thread.
    pub(crate) fn start(backend: impl Backend + 'static) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || serve(backend, queue))
            .map_err(|error| {
                StoreError::Broken(format!("cannot start the store's thread: {error}"))
            })?;
        Ok(Self(Place::Thread {
            jobs,
            thread: Mutex::new(Some(thread)),
        }))
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
    pub async fn append(&self, run_id: &RunId, events: Vec<Event>) -> Result<(), StoreError> {
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

    /// Finishes what is queued and closes the backend.
    pub async fn close(&self) {
        match &self.0 {
            Place::Here(memory) => *lock(memory) = None,
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
        match &self.0 {
            Place::Here(memory) => match lock(memory).as_mut() {
                Some(memory) => perform(memory, job),
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

/// The most writes that share a transaction, which bounds how long a reader waits.
const GROUP: usize = 64;

/// The store's thread.
fn serve(mut backend: impl Backend, mut queue: mpsc::UnboundedReceiver<Job>) {
    let mut next = queue.blocking_recv();
    while let Some(job) = next.take() {
        match job {
            Job::Write(write, reply) => {
                let mut writes = vec![write];
                let mut replies = vec![reply];
                while writes.len() < GROUP {
                    match queue.try_recv() {
                        Ok(Job::Write(write, reply)) => {
                            writes.push(write);
                            replies.push(reply);
                        }
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                for (reply, result) in replies.into_iter().zip(commit(&mut backend, &writes)) {
                    let _ = reply.send(result);
                }
            }
            Job::Close => return,
            other => perform(&mut backend, other),
        }
        if next.is_none() {
            next = queue.blocking_recv();
        }
    }
}

/// Does one job alone. A caller that went away makes the reply fail, which is its own business.
fn perform(backend: &mut impl Backend, job: Job) {
    match job {
        Job::Write(write, reply) => drop(reply.send(backend.write(&[write]))),
        Job::Run(id, reply) => drop(reply.send(backend.run(&id))),
        Job::Newest(limit, reply) => drop(reply.send(backend.newest(limit))),
        Job::Interrupted(reply) => drop(reply.send(backend.interrupted())),
        Job::Tail(id, limit, reply) => drop(reply.send(backend.tail(&id, limit))),
        Job::Close => {}
    }
}

/// Commits a group, or, when that fails, each write alone: one bad write is not everybody's.
fn commit(backend: &mut impl Backend, writes: &[Write]) -> Vec<Result<(), StoreError>> {
    match backend.write(writes) {
        Err(_) if writes.len() > 1 => writes
            .iter()
            .map(|write| backend.write(std::slice::from_ref(write)))
            .collect(),
        result => writes.iter().map(|_| result.clone()).collect(),
    }
}

#[cfg(test)]
mod tests;
