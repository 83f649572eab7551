//! The command line and its twins in the environment.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::key::ApiKey;

/// Where runs and their events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// A SQLite file: survives a kill.
    Sqlite,
    /// The process's memory: gone with it.
    Memory,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

const LISTENING: &str = "Listening";
const STORE: &str = "Store";
const STREAMS: &str = "Streams";
const RUNS: &str = "Runs";
const ACCESS: &str = "Access";
const LOGS: &str = "Logs";
const STOPPING: &str = "Stopping";

/// Serves the dashboard: runs, their event streams, faults for tests, and the built page.
///
/// The first line on stdout is `listening on http://HOST:PORT`, written once
/// requests are served. Logs go to stderr; RUST_LOG sets what is logged.
#[derive(Clone, Debug, Parser)]
#[command(name = "dashboard-server", version)]
pub struct Config {
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "DASHBOARD_PORT", help_heading = LISTENING, default_value_t = 8787)]
    pub port: u16,

    /// Address to listen on
    #[arg(long, env = "DASHBOARD_HOST", help_heading = LISTENING, default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// Folder of the built page, served beside the API; without it only the API is served
    #[arg(long, env = "DASHBOARD_DIST", help_heading = LISTENING)]
    pub dist: Option<PathBuf>,

    /// Where runs and events are kept: a SQLite file survives a kill, memory does not
    #[arg(long, env = "DASHBOARD_STORE", help_heading = STORE, value_enum, default_value_t = StoreKind::Sqlite)]
    pub store: StoreKind,

    /// The SQLite file; its folder is made. One server a file
    #[arg(long, env = "DASHBOARD_DATA", help_heading = STORE, default_value = "www/data/dashboard.sqlite")]
    pub data: PathBuf,

    /// How long a start waits for the lock of a server that is just going, in milliseconds
    #[arg(long, env = "DASHBOARD_STORE_BUSY_MS", help_heading = STORE, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(..=600_000))]
    pub store_busy_ms: u64,

    /// The most writes that share a transaction, which bounds how long a reader waits
    #[arg(long, env = "DASHBOARD_STORE_GROUP", help_heading = STORE, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub store_group: u32,

    /// The most events of a run that share a write
    #[arg(long, env = "DASHBOARD_WRITE_BATCH", help_heading = STORE, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub write_batch: u32,

    /// The first pause before a failed write is tried again, in milliseconds; it doubles
    #[arg(long, env = "DASHBOARD_STORE_RETRY_MS", help_heading = STORE, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub store_retry_ms: u64,

    /// The longest such pause, in milliseconds
    #[arg(long, env = "DASHBOARD_STORE_RETRY_MAX_MS", help_heading = STORE, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub store_retry_max_ms: u64,

    /// What `Retry-After` asks of whoever was answered 503, in seconds
    #[arg(long, env = "DASHBOARD_RETRY_AFTER_S", help_heading = STORE, default_value_t = 1)]
    pub retry_after_s: u32,

    /// Milliseconds between heartbeat events on a stream; 0 sends none
    #[arg(long, env = "DASHBOARD_HEARTBEAT_MS", help_heading = STREAMS, default_value_t = 15_000)]
    pub heartbeat_ms: u64,

    /// The reconnection time sent first on every stream (`retry:`), in milliseconds
    #[arg(long, env = "DASHBOARD_RETRY_MS", help_heading = STREAMS, default_value_t = 3_000)]
    pub retry_ms: u64,

    /// The reconnection time sent with an `error` event while the store fails, in milliseconds
    #[arg(long, env = "DASHBOARD_ERROR_RETRY_MS", help_heading = STREAMS, default_value_t = 5_000)]
    pub error_retry_ms: u64,

    /// How long a request waits for a run that does not exist yet, in milliseconds
    #[arg(long, env = "STREAM_MAX_WAIT_MS", help_heading = STREAMS, default_value_t = 6_000)]
    pub stream_max_wait_ms: u64,

    /// How often such a request looks again, in milliseconds
    #[arg(long, env = "STREAM_RETRY_DELAY_MS", help_heading = STREAMS, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    pub stream_retry_delay_ms: u64,

    /// How many events of a run can be replayed
    #[arg(long, env = "DASHBOARD_RING", help_heading = STREAMS, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub ring: u32,

    /// How many events of all runs together can be replayed
    #[arg(long, env = "DASHBOARD_GLOBAL_RING", help_heading = STREAMS, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub global_ring: u32,

    /// How many events an open stream may lag behind before it is disconnected; never less than the ring
    #[arg(long, env = "DASHBOARD_LAG_LIMIT", help_heading = STREAMS, default_value_t = 16_384)]
    pub lag_limit: u32,

    /// The most events in one chunk of a stream: many make a burst quick, few keep the sender busy
    #[arg(long, env = "DASHBOARD_CHUNK_EVENTS", help_heading = STREAMS, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub chunk_events: u32,

    /// How long a new run stays invisible unless its request says so (`persist_ms`), in milliseconds
    #[arg(long, env = "DASHBOARD_PERSIST_MS", help_heading = RUNS, default_value_t = 400, value_parser = clap::value_parser!(u64).range(..=600_000))]
    pub persist_ms: u64,

    /// How long a finished run's ring stays in memory, in milliseconds; later it is read from the store
    #[arg(long, env = "DASHBOARD_LINGER_MS", help_heading = RUNS, default_value_t = 60_000)]
    pub linger_ms: u64,

    /// How many stream requests `GET /v1/requests` remembers
    #[arg(long, env = "DASHBOARD_REQUEST_LOG", help_heading = LOGS, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub request_log: u32,

    /// How logs are written
    #[arg(long, env = "DASHBOARD_LOG_FORMAT", help_heading = LOGS, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// The key that /v1 and /faults ask for, as `X-API-Key` or bearer token; others on the machine can read a command line, so prefer the variable
    #[arg(long, env = "DASHBOARD_API_KEY", help_heading = ACCESS, hide_env_values = true)]
    pub api_key: Option<ApiKey>,

    /// How long /health and refusals are still answered when asked to stop, in milliseconds, even without open streams
    #[arg(long, env = "DASHBOARD_DRAIN_MS", help_heading = STOPPING, default_value_t = 0)]
    pub drain_ms: u64,

    /// How long a connection's writes may make no progress before it is destroyed, in milliseconds; 0 never
    #[arg(long, env = "DASHBOARD_ZOMBIE_MS", help_heading = STREAMS, default_value_t = 90_000)]
    pub zombie_ms: u64,

    /// How long open streams may take to end when the server is asked to stop, in milliseconds
    #[arg(long, env = "DASHBOARD_STOP_MS", help_heading = STOPPING, default_value_t = 2_000)]
    pub stop_ms: u64,

    /// Set by the fault `restart` for the process that takes over: the port that was bound
    #[arg(long, env = "DASHBOARD_REBIND_PORT", hide = true)]
    pub rebind_port: Option<u16>,

    /// Set by the fault `restart` for the process that takes over: how long it stays down
    #[arg(long, env = "DASHBOARD_DOWN_MS", hide = true, default_value_t = 0)]
    pub down_ms: u64,
}

impl Config {
    /// The port to bind: after a restart with `--port 0` the port that was free the first time.
    pub fn bind_port(&self) -> u16 {
        match (self.port, self.rebind_port) {
            (0, Some(port)) => port,
            (port, _) => port,
        }
    }

    /// How long a connection's writes may make no progress; `None` for as long as they like.
    pub fn zombie(&self) -> Option<Duration> {
        (self.zombie_ms > 0).then(|| Duration::from_millis(self.zombie_ms))
    }

    /// The part that streams and runs need, in the units that they use.
    pub fn settings(&self) -> Settings {
        let ring = self.ring as usize;
        Settings {
            heartbeat: (self.heartbeat_ms > 0).then(|| Duration::from_millis(self.heartbeat_ms)),
            retry: Duration::from_millis(self.retry_ms),
            error_retry: Duration::from_millis(self.error_retry_ms),
            max_wait: Duration::from_millis(self.stream_max_wait_ms),
            retry_delay: Duration::from_millis(self.stream_retry_delay_ms),
            persist: Duration::from_millis(self.persist_ms),
            ring,
            global_ring: self.global_ring as usize,
            lag_limit: ring.max(self.lag_limit as usize),
            linger: Duration::from_millis(self.linger_ms),
            chunk: self.chunk_events as usize,
            writing: Writing {
                batch: self.write_batch as usize,
                retry: Duration::from_millis(self.store_retry_ms),
                retry_max: Duration::from_millis(self.store_retry_max_ms),
            },
            group: self.store_group as usize,
            busy: Duration::from_millis(self.store_busy_ms),
            retry_after: self.retry_after_s,
        }
    }
}

/// How producers write.
#[derive(Clone, Copy, Debug)]
pub struct Writing {
    /// The most events that share one write, at least 1: a run without pauses is to be quick and
    /// yet to announce as it goes.
    pub batch: usize,
    /// The first pause before a failed write is tried again; it doubles.
    pub retry: Duration,
    /// The longest such pause.
    pub retry_max: Duration,
}

/// What streams and runs go by. [`Config`] documents each value.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Between heartbeats; `None` sends none.
    pub heartbeat: Option<Duration>,
    /// The reconnection time told to clients.
    pub retry: Duration,
    /// The reconnection time told to clients while the store fails.
    pub error_retry: Duration,
    /// How long a request waits for its run.
    pub max_wait: Duration,
    /// How often it looks.
    pub retry_delay: Duration,
    /// How long a new run stays invisible.
    pub persist: Duration,
    /// Events of a run that can be replayed.
    pub ring: usize,
    /// Events of all runs that can be replayed.
    pub global_ring: usize,
    /// Events a stream may lag behind; at least `ring`.
    pub lag_limit: usize,
    /// How long a finished run's emitter is kept.
    pub linger: Duration,
    /// Events in one chunk, at least 1.
    pub chunk: usize,
    /// How producers write.
    pub writing: Writing,
    /// Writes that share a transaction, at least 1.
    pub group: usize,
    /// How long to wait for the lock on the file.
    pub busy: Duration,
    /// Seconds after which to try again what was refused for a while.
    pub retry_after: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Config::command().debug_assert();
    }

    #[test]
    fn a_restart_keeps_the_free_port_it_got_but_never_overrides_a_fixed_one() {
        let free = Config::parse_from(["server", "--port", "0", "--rebind-port", "4321"]);
        assert_eq!(free.bind_port(), 4321);
        let fixed = Config::parse_from(["server", "--port", "99", "--rebind-port", "4321"]);
        assert_eq!(fixed.bind_port(), 99);
    }

    #[test]
    fn a_lag_limit_below_the_ring_is_lifted_to_it() {
        let config = Config::parse_from(["server", "--ring", "50", "--lag-limit", "1"]);
        assert_eq!(config.settings().lag_limit, 50);
    }
}
