//! The `EventSource` for production dashboards.

pub mod bindings;
pub mod browser;
pub mod core;
