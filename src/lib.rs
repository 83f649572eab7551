//! The `EventSource` for production dashboards.
