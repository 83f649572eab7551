//! Everything a request handler needs.

use std::path::PathBuf;

use crate::config::Settings;
use crate::faults::Faults;
use crate::key::ApiKey;
use crate::lifecycle::Lifecycle;
use crate::requests::RequestLog;
use crate::runs::Runs;

/// The state behind the routes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The runs.
    pub runs: Runs,
    /// The faults in force.
    pub faults: Faults,
    /// The stream requests of late.
    pub requests: RequestLog,
    /// Starting, ready or stopping.
    pub lifecycle: Lifecycle,
    /// What streams go by.
    pub settings: Settings,
    /// What the API asks for.
    pub key: Option<ApiKey>,
    /// The built page.
    pub dist: Option<PathBuf>,
}
