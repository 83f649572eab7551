//! How the core behaves, in virtual time: a module for each behaviour,
//! each test a sentence of it.

mod harness;
mod rows;

mod announcements;
mod backoff;
mod caller;
mod classify;
mod commit;
mod connect_timeout;
mod cycles;
mod fresh_token;
mod giving_up;
mod half_open;
mod idle;
mod last_event_id;
mod latch;
mod native;
mod not_found_grace;
mod not_get;
mod offline;
mod page;
mod resume;
mod stall;
mod statuses;
mod telling;
mod terminal;

use resilient_eventsource::core::{Batch, COLUMNS};
