//! What a run is and what it says: request, plan, script, events, producer.

mod artifact;
pub mod event;
pub mod plan;
pub mod producer;
pub mod script;
pub mod spec;
pub mod step;

pub use event::{Event, EventKind, RunId};
pub use spec::{RunRequest, RunSpec};
