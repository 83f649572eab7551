//! What is told of an open stream besides its body: log lines, its entry in the
//! request log, and that it is open, which a stop waits for.

use tokio::time::Instant;
use tracing::info;

use crate::lifecycle::{Lifecycle, OpenStream};
use crate::requests::Entry;
use crate::run::RunId;

/// An open stream's record. Dropping it closes it; where no reason was given the client left, or was left.
#[derive(Debug)]
pub struct Record {
    entry: Entry,
    run_id: Option<RunId>,
    opened: Instant,
    events: usize,
    _open: OpenStream,
}

impl Record {
    /// Logs that a stream opens: of a run, or of all where there is none. `asked` is the client's last event ID.
    pub fn open(
        entry: Entry,
        lifecycle: &Lifecycle,
        run_id: Option<RunId>,
        asked: Option<&str>,
        resumed_from: u64,
    ) -> Self {
        // As a text, not as it stands: a client may name a run or an id with line ends in it.
        let run = run_id.as_ref().map(RunId::as_str);
        info!(
            run_id = run,
            last_event_id = asked,
            resumed_from,
            "stream opened"
        );
        Self {
            entry,
            run_id,
            opened: Instant::now(),
            events: 0,
            _open: lifecycle.open_stream(),
        }
    }

    /// Counts events that went out.
    pub fn sent(&mut self, events: usize) {
        self.events += events;
    }

    /// Says why the stream is over. The first reason stays.
    pub fn end(&mut self, why: &'static str) {
        self.entry.end(why);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let duration_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(
            run_id = self.run_id.as_ref().map(RunId::as_str),
            duration_ms,
            events = self.events,
            why = self.entry.over(),
            "stream closed"
        );
    }
}
