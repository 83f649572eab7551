//! The part that decides: a sans-IO state machine, as quinn-proto and str0m
//! are. It knows no browser, no clock and no randomness of its own; all three
//! come in with the inputs.
//!
//! [`Connection`] is the machine, [`Input`] and [`Output`] its whole
//! vocabulary, [`Config`] what it was asked to do.

mod backoff;
mod config;
mod connect_timeout;
mod connection;
mod giveup;
mod idle;
mod io;
mod parser;
mod reason;
mod resume;
mod rng;
mod stall;
mod state;
mod stats;
mod time;
mod timer;
mod verdict;

pub use config::{Config, FOREVER, Jitter, Names, ResumeMode, RetryPolicy};
pub use connection::Connection;
pub use io::{
    Announcement, End, Fault, Head, Input, Judgement, Output, Request, Resume, RetryAfter, Token,
    Transport,
};
pub use parser::{Batch, COLUMNS, DISPATCH, HAS_ID, HEARTBEAT, NAMED_ERROR};
pub use reason::Reason;
pub use state::{Outcome, State};
pub use stats::{Snapshot, Stats, Transition};
pub use time::{MAX_TIMER, Millis, Now};
