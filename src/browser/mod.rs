//! The browser side: does what the core decided, and decides nothing.
//!
//! The only place that names js-sys.

mod clock;
mod driver;
mod host;
mod options;

pub(crate) use driver::Driver;
pub use host::Host;
