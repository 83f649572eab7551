//! The log of stream requests that tests read: what a client asked for, when,
//! and what became of it. Kept in memory; a restart empties it. No header but
//! `Last-Event-ID` is kept, so no secret is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use serde::Serialize;

use crate::clock;
use crate::run::RunId;
use crate::runs::Wait;
use crate::socket::Connection;

/// One request for a stream.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Rises by one per request, from 1.
    pub n: u64,
    /// When it came.
    pub time: String,
    /// Its method; `OPTIONS` is a CORS preflight.
    pub method: String,
    /// The run it named; `null` for the stream of all runs.
    pub run_id: Option<RunId>,
    /// The query parameter `client`: what the client calls itself.
    pub client: Option<String>,
    /// The header `Last-Event-ID`.
    pub last_event_id_header: Option<String>,
    /// The query parameter `lastEventId`.
    pub last_event_id_query: Option<String>,
    /// The status answered; `null` while the request waits for its run, and for good when the client left meanwhile.
    pub status: Option<u16>,
    /// How often the server looked for the run.
    pub attempts: Option<u32>,
    /// For how long.
    pub waited_ms: Option<u64>,
    /// When the answer, for a stream its body, was over; `null` while it is open.
    pub ended: Option<String>,
    /// Why it was over.
    pub end: Option<&'static str>,
}

/// The requests remembered. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestLog {
    remembered: Arc<Mutex<Remembered>>,
    most: usize,
}

#[derive(Debug, Default)]
struct Remembered {
    count: u64,
    newest_last: VecDeque<Request>,
}

impl RequestLog {
    /// A log of the last `most` requests.
    pub fn new(most: usize) -> Self {
        Self {
            remembered: Arc::default(),
            most,
        }
    }

    /// Enters a request; what it answers is told through the entry.
    pub fn enter(
        &self,
        method: &str,
        run_id: Option<RunId>,
        header: Option<String>,
        query: Option<String>,
    ) -> Entry {
        let mut log = self.lock();
        log.count += 1;
        let n = log.count;
        log.newest_last.push_back(Request {
            n,
            time: clock::iso(clock::now_ms()),
            method: method.to_owned(),
            run_id,
            client: None,
            last_event_id_header: header,
            last_event_id_query: query,
            status: None,
            attempts: None,
            waited_ms: None,
            ended: None,
            end: None,
        });
        let excess = log.newest_last.len().saturating_sub(self.most);
        log.newest_last.drain(..excess);
        drop(log);
        Entry {
            log: self.clone(),
            n,
            why: None,
            connection: None,
        }
    }

    /// All that are remembered, oldest first.
    pub fn list(&self) -> Vec<Request> {
        self.lock().newest_last.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of a request in progress. Dropping it before [`end`](Self::end) means that the client left,
/// or that this server broke off the connection.
#[derive(Debug)]
#[must_use = "dropping the entry ends it"]
pub struct Entry {
    log: RequestLog,
    n: u64,
    why: Option<&'static str>,
    connection: Option<Connection>,
}

impl Entry {
    /// Enters who asked, and over which connection: should this server break it off, the entry says why.
    pub fn asked_by(&mut self, client: Option<String>, connection: Connection) {
        self.connection = Some(connection);
        self.change(|request| request.client = client);
    }

    /// Enters the status, and how long the run was waited for.
    pub fn answered(&self, status: StatusCode, wait: Option<Wait>) {
        self.change(|request| {
            request.status = Some(status.as_u16());
            request.attempts = wait.map(|wait| wait.attempts);
            request.waited_ms = wait.map(|wait| wait.ms());
        });
    }

    /// Enters why the answer is over. The first reason stays.
    pub fn end(&mut self, why: &'static str) {
        if self.why.is_none() {
            self.why = Some(why);
            self.change(|request| {
                request.ended = Some(clock::iso(clock::now_ms()));
                request.end = Some(why);
            });
        }
    }

    /// Ends the entry, where nobody has, and answers why it is over.
    pub fn over(&mut self) -> &'static str {
        let lost = self.connection.as_ref().and_then(Connection::lost);
        let why = self.why.or(lost).unwrap_or("client left");
        self.end(why);
        why
    }

    fn change(&self, change: impl FnOnce(&mut Request)) {
        // Not found once newer requests pushed it out.
        if let Some(request) = self
            .log
            .lock()
            .newest_last
            .iter_mut()
            .rev()
            .find(|request| request.n == self.n)
        {
            change(request);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_requests_are_remembered_as_it_was_told() {
        let log = RequestLog::new(1000);
        for _ in 0..1005 {
            log.enter("GET", Some("r".into()), None, None)
                .end("answered");
        }
        let list = log.list();
        assert_eq!((list.len(), list[0].n), (1000, 6));
    }

    #[test]
    fn an_entry_that_is_dropped_open_says_that_the_client_left_and_an_ended_one_keeps_its_reason() {
        let log = RequestLog::new(9);
        drop(log.enter("GET", Some("r".into()), None, None));
        let mut ended = log.enter("GET", Some("r".into()), None, None);
        ended.end("cut");
        drop(ended);
        let ends: Vec<_> = log.list().iter().map(|request| request.end).collect();
        assert_eq!(ends, [Some("client left"), Some("cut")]);
    }

    #[test]
    fn an_entry_whose_connection_this_server_broke_off_says_why() {
        let log = RequestLog::new(9);
        let connection = Connection::new(([127, 0, 0, 1], 1).into());
        let mut entry = log.enter("GET", Some("r".into()), None, None);
        entry.asked_by(Some("twin".to_owned()), connection.clone());
        connection.reset("zombie connection");
        drop(entry);
        let request = log.list().pop().unwrap();
        assert_eq!(request.client.as_deref(), Some("twin"));
        assert_eq!(request.end, Some("zombie connection"));
    }
}
