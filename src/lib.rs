//! The Rust half of `resilient-eventsource`, an `EventSource` for production
//! dashboards. JavaScript sees it as `new ResilientEventSource(url, options)`;
//! that class is in `src/js`, and everything it does is decided here.
//!
//! - [`core`] decides. It is sans-IO and builds natively: feed a
//!   [`core::Connection`] with a [`core::Input`] and the time, then drain its
//!   [`core::Output`]s.
//! - [`browser`] does what was decided: fetch, timers, calls of the class.
//! - [`bindings`] is what JavaScript can call.
//!
//! Each may use what stands above it, and nothing below. As a crate this is
//! no library for Rust programs: what is published is the npm package.
//!
//! ```
//! use resilient_eventsource::core::{Config, Connection, Input, Now, Output, State};
//!
//! let mut source = Connection::new(Config::default(), 1);
//! let now = Now { mono: 0, wall: 1_700_000_000_000 };
//! source.handle_input(Input::Start, now);
//! let Output::Open(request) = source.poll_output() else { panic!() };
//! assert_eq!((request.attempt, source.state()), (1, State::Connecting));
//! // The only timer: response headers may take 60 s at first.
//! assert_eq!(source.poll_output(), Output::Timeout(Some(60_000)));
//! ```

pub mod bindings;
pub mod browser;
pub mod core;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
