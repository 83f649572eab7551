//! What a source was asked to do: the options as the core needs
//! them, with their defaults, and the facts about the page and the URL that
//! the core cannot find out for itself.

use super::time::Millis;

/// "For ever", for a time or a count that never ends (`Infinity` in
/// JavaScript). Far enough from the largest number for sums to stay in range.
pub const FOREVER: Millis = Millis::MAX >> 2;

/// How the delay before a retry is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jitter {
    /// Anywhere in `[floor, base]`: spreads a crowd best.
    Full,
    /// Anywhere in `[base / 2, base]`.
    Equal,
    /// Always `base`.
    None,
}

/// Exponential backoff: retry *n* comes after
/// `min(max, initial · factor^(n-1))`, jittered.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// The base of the first delay. Default 1,000 ms.
    pub initial: Millis,
    /// What each further base is multiplied by. Default 2.
    pub factor: f64,
    /// The largest base. Default 30,000 ms.
    pub max: Millis,
    /// How a delay is drawn from its base. Default [`Jitter::Full`].
    pub jitter: Jitter,
    /// The smallest delay, also where `max` is smaller. Default 250 ms.
    pub floor: Millis,
    /// The most that a server's `retry:` or `Retry-After` may ask for.
    /// Default 300,000 ms.
    pub server_max: Millis,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            initial: 1_000,
            factor: 2.0,
            max: 30_000,
            jitter: Jitter::Full,
            floor: 250,
            server_max: 300_000,
        }
    }
}

/// How the last event id travels to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResumeMode {
    /// The header; across origins the query parameter where the header fails.
    Auto,
    /// Always the header `Last-Event-ID`.
    Header,
    /// Always a query parameter.
    Query,
}

/// A set of event types, joined by line feeds, which no event type can hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<u8>);

impl Names {
    /// The set of these names.
    pub fn new(names: &[&str]) -> Self {
        Self(names.join("\n").into_bytes())
    }

    pub(crate) fn contains(&self, name: &[u8]) -> bool {
        !self.0.is_empty() && self.0.split(|&byte| byte == b'\n').any(|one| one == name)
    }
}

/// The options of one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Backoff.
    pub retry: RetryPolicy,
    /// Failures in a row that are forgiven. Default [`FOREVER`].
    pub max_retries: u64,
    /// Time without a stream after which a failure is the last. Default 300,000 ms.
    pub give_up_after: Millis,
    /// Time open, with a byte received, that makes a connection stable.
    /// Default 10,000 ms.
    pub reset_after: Millis,
    /// Time for response headers; `None` is the rule of `connect_timeout.rs`.
    pub connect_timeout: Option<Millis>,
    /// Silence that ends a stream; `None` is the rule of `idle.rs`, 0 is off.
    pub idle_timeout: Option<Millis>,
    /// Activity without news that counts as a stall; 0, the default, is off.
    pub stall_after: Millis,
    /// How long after the first attempt a 404 means "not there yet". Default 0.
    pub not_found_grace: Millis,
    /// The delay after such a 404. Default 200 ms.
    pub not_found_delay: Millis,
    /// The largest event in bytes. Default 16 MiB.
    pub max_event_size: u64,
    /// Named events that are activity but not news. Default none: the class
    /// has the names that the option stands for where it is left out.
    pub heartbeat_events: Names,
    /// Whether the latch registry is consulted and set.
    pub latch: bool,
    /// Where the first attempt resumes from; empty for the start.
    pub last_event_id: Vec<u8>,
    /// How the last event id travels.
    pub resume: ResumeMode,
    /// Whether the caller is asked what each end means.
    pub classify: bool,
    /// Whether a hidden page has no stream. Default `false`.
    pub pause_when_hidden: bool,
    /// Whether a failure while offline pauses. Default `true`.
    pub pause_when_offline: bool,
    /// Whether the request may be sent again after its stream opened: it is a GET.
    pub repeatable: bool,
    /// Whether `headers` or `params` is a function, so that a 401 is worth one
    /// more try with a fresh token.
    pub fresh_credentials: bool,
    /// Whether the URL is of another origin than the page.
    pub cross_origin: bool,
    /// Whether the URL's scheme can be fetched at all.
    pub fetchable: bool,
    /// Whether this is an http URL, not loopback, asked for by an https page.
    pub mixed_content: bool,
    /// Whether a transport exists here.
    pub supported: bool,
    /// Whether the platform's own `EventSource` makes the attempts.
    pub native: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retry: RetryPolicy::default(),
            max_retries: FOREVER,
            give_up_after: 300_000,
            reset_after: 10_000,
            connect_timeout: None,
            idle_timeout: None,
            stall_after: 0,
            not_found_grace: 0,
            not_found_delay: 200,
            max_event_size: 16 << 20,
            heartbeat_events: Names::default(),
            latch: false,
            last_event_id: Vec::new(),
            resume: ResumeMode::Auto,
            classify: false,
            pause_when_hidden: false,
            pause_when_offline: true,
            repeatable: true,
            fresh_credentials: false,
            cross_origin: false,
            fetchable: true,
            mixed_content: false,
            supported: true,
            native: false,
        }
    }
}
