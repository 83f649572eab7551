//! Where the backend does its jobs, one after the other.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::backend::{Backend, Write};
use super::{Failures, RunRecord, StoreError};
use crate::run::event::Numbered;
use crate::run::{Event, RunId};

pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the store is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    Write(Write, Reply<()>),
    Run(RunId, Reply<Option<RunRecord>>),
    Newest(usize, Reply<Vec<RunRecord>>),
    Interrupted(Reply<Vec<RunRecord>>),
    Tail(RunId, usize, Reply<Vec<Event>>),
    TailOfAll(usize, Reply<Vec<Numbered>>),
    Failures(usize, Reply<Failures>),
    Close,
}

/// Told of the events of all runs once they are stored, under their ids of all runs, in the
/// order in which they were stored. Must not wait: it holds up the store.
pub type Feed = Box<dyn Fn(Vec<Numbered>) + Send>;

/// A backend, and whom to tell what it has stored.
///
/// It is the desk that tells, not whoever asked for the write: two that were answered may go on
/// in either order, and then the order announced would not be the order stored.
pub(super) struct Desk<B> {
    pub(super) backend: B,
    pub(super) feed: Feed,
    /// The most writes that share a transaction.
    pub(super) group: usize,
}

impl<B> fmt::Debug for Desk<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl<B: Backend> Desk<B> {
    /// Does what comes until it is to close. Writes that have queued up share a transaction.
    pub(super) fn serve(mut self, mut queue: mpsc::UnboundedReceiver<Job>) {
        let mut next = queue.blocking_recv();
        while let Some(job) = next.take() {
            match job {
                Job::Write(write, reply) => {
                    let mut writes = vec![write];
                    let mut replies = vec![reply];
                    while writes.len() < self.group {
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
                    self.commit(writes, replies);
                }
                Job::Close => return,
                other => self.perform(other),
            }
            if next.is_none() {
                next = queue.blocking_recv();
            }
        }
    }

    /// Does one job alone. A caller that went away makes the reply fail, which is its own business.
    pub(super) fn perform(&mut self, job: Job) {
        let backend = &mut self.backend;
        match job {
            Job::Write(write, reply) => self.commit(vec![write], vec![reply]),
            Job::Run(id, reply) => drop(reply.send(backend.run(&id))),
            Job::Newest(limit, reply) => drop(reply.send(backend.newest(limit))),
            Job::Interrupted(reply) => drop(reply.send(backend.interrupted())),
            Job::Tail(id, limit, reply) => drop(reply.send(backend.tail(&id, limit))),
            Job::TailOfAll(limit, reply) => drop(reply.send(backend.tail_of_all(limit))),
            Job::Failures(top, reply) => drop(reply.send(backend.failures(top))),
            Job::Close => {}
        }
    }

    /// Commits a group, or, when that fails, each write alone: one bad write is not everybody's.
    fn commit(&mut self, writes: Vec<Write>, replies: Vec<Reply<()>>) {
        match self.backend.write(&writes) {
            Err(_) if writes.len() > 1 => {
                for (write, reply) in writes.into_iter().zip(replies) {
                    self.commit(vec![write], vec![reply]);
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
            Ok(before) => {
                // First those who wait, then those who listen.
                for reply in replies {
                    let _ = reply.send(Ok(()));
                }
                let numbered = number(&writes, before);
                if !numbered.is_empty() {
                    (self.feed)(numbered);
                }
            }
        }
    }
}

/// The events of some writes under their ids of all runs, which follow `before`.
pub(super) fn number(writes: &[Write], before: u64) -> Vec<Numbered> {
    let events = writes.iter().flat_map(|write| match write {
        Write::Append(_, events) => events.as_slice(),
        Write::Insert(_) | Write::Count(_) => &[],
    });
    (before + 1..)
        .zip(events)
        .map(|(id, event)| Numbered {
            id,
            event: Arc::clone(event),
        })
        .collect()
}
