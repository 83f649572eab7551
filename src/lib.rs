//! The `EventSource` for production dashboards.

pub mod core;
