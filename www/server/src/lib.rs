//! The server behind the dashboard and the end-to-end tests, and a worked
//! example of the server side of resumable event streams.
//!
//! How an event travels, which is also the order in which to read:
//!
//! 1. [`run`]: a seed becomes a plan, the plan a script, and a producer plays the script;
//! 2. [`store`]: each event is written **before** anybody is told of it;
//! 3. [`hub`]: the run's emitter then keeps it in its ring and wakes subscribers;
//! 4. [`stream`]: a subscriber turns events into the bytes of a response, through [`sse`];
//! 5. [`faults`]: what a test asked to go wrong with that response.
//!
//! [`runs`] ties 1 to 3 together, [`routes`] puts HTTP around it, [`server`] owns
//! the process's life, [`socket`] what is below HTTP.

pub mod app;
pub mod brief;
pub mod clock;
pub mod config;
pub mod error;
pub mod faults;
pub mod hub;
pub mod key;
pub mod lifecycle;
pub mod requests;
pub mod routes;
pub mod run;
pub mod runs;
pub mod server;
pub mod socket;
pub mod sse;
pub mod store;
pub mod stream;
