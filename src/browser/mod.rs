//! The browser side: does what the core decided, and decides nothing.
//!
//! The only place that names js-sys and gloo-timers.

mod clock;
mod driver;
mod host;
mod options;
mod timer;

pub(crate) use driver::Driver;
pub use host::Host;
