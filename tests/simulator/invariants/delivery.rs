//! Every event in order and once, and the last event id
//! that of the last block received.

use resilient_eventsource::core::{Config, HAS_ID};

use super::{Broken, hold};
use crate::rows::Row;

#[derive(Debug)]
pub(crate) struct Delivery {
    replays: bool,
    next: u64,
    last_event_id: String,
}

impl Delivery {
    pub(super) fn new(config: &Config, replays: bool) -> Self {
        let last_event_id = String::from_utf8_lossy(&config.last_event_id).into_owned();
        let resumed = last_event_id.parse::<u64>().map_or(1, |id| id + 1);
        Self {
            replays,
            next: if replays { resumed } else { 0 },
            last_event_id,
        }
    }

    pub(super) fn replays(&self) -> bool {
        self.replays
    }

    pub(super) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// The number of the event that is to come.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// An event is dispatched.
    pub(crate) fn event(&mut self, row: &Row) -> Result<(), Broken> {
        hold!(
            row.data != "unfinished" && row.data != "never",
            "{:?} was dispatched",
            row.data
        );
        if row.flags & HAS_ID == 0 {
            return Ok(());
        }
        hold!(
            row.id == row.data,
            "event {} has the id {}",
            row.data,
            row.id
        );
        let number: u64 = row.data.parse().unwrap_or(0);
        let expected = number == self.next || (!self.replays && number >= self.next);
        hold!(expected, "event {number} instead of {}", self.next);
        self.next = number + 1;
        Ok(())
    }

    /// The row is received, once its handlers ran.
    pub(crate) fn committed(&mut self, row: &Row) {
        if row.flags & HAS_ID != 0 {
            self.last_event_id.clone_from(&row.id);
        }
    }

    pub(super) fn check_id(&self, id: &str) -> Result<(), Broken> {
        let expected = &self.last_event_id;
        hold!(
            id == expected,
            "the last event id is {id:?}, not {expected:?}"
        );
        Ok(())
    }
}
