//! What `POST /faults` takes, and what of it is refused.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::answer::{Answer, ContentType, StatusAnswer};
use super::store::store_error;
use super::what::{Shape, What, WrongIds};

/// How long a fault for each client lasts unless its request says so: the names are remembered meanwhile.
const EACH_CLIENT_MS: u64 = 30_000;
/// The most data of an oversized event, and the longest slice.
const MOST_BYTES: u64 = 1 << 30;
/// The longest delay, interval or restart: a day.
const MOST_MS: u64 = 86_400_000;

/// The body of `POST /faults`: a kind with its own fields, and whom it strikes how often.
#[derive(Clone, Debug)]
pub struct FaultRequest {
    /// What goes wrong.
    pub kind: Kind,
    /// For which streams, how often, for how long.
    pub scope: Scope,
}

/// Which streams a fault strikes, how often, and for how long.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Only this run's streams; `None` for all, the global stream too.
    pub run_id: Option<String>,
    /// How many firings; once when neither this nor `for_ms` is given.
    pub times: Option<u32>,
    /// For how long, in milliseconds.
    pub for_ms: Option<u64>,
    /// Counts `times` for each client name separately, once unless given; ends after 30 s unless `for_ms` is given.
    pub each_client: bool,
}

impl Scope {
    const FIELDS: [&str; 4] = ["run_id", "times", "for_ms", "each_client"];
}

/// What goes wrong. The table in [`crate::faults`] tells what a client sees of each.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// Streams end in mid-chunk, a transport error.
    Cut {
        /// They end as if the server had nothing more to say.
        #[serde(default)]
        clean: bool,
    },
    /// Connections of streams are reset.
    Reset {},
    /// Streams stay open and say nothing, not even heartbeats.
    Hang {},
    /// Stream requests are answered by a status instead.
    Status {
        /// The status; default 503.
        status: Option<u16>,
        /// The header `Retry-After`.
        retry_after: Option<RetryAfter>,
    },
    /// Stream requests are answered late.
    Delay {
        /// How late, in milliseconds; default 1000.
        delay_ms: Option<u64>,
    },
    /// Streams go out in slices.
    SlowBytes {
        /// Bytes in a slice; default 16.
        bytes: Option<u64>,
        /// Between two slices, in milliseconds; default 100.
        interval_ms: Option<u64>,
    },
    /// Streams go out byte by byte.
    SingleBytes {},
    /// Streams carry one event too large.
    OversizedEvent {
        /// Bytes of its data; default 20 MiB.
        bytes: Option<u64>,
    },
    /// Stream requests are answered by something that is no event stream.
    ContentType {
        /// The type; default `text/html`.
        content_type: Option<String>,
    },
    /// Streams carry nothing but comments.
    CommentsOnly {
        /// Between two comments, in milliseconds; default 1000.
        interval_ms: Option<u64>,
    },
    /// Streams end in the middle of an event.
    TruncatedEvent {
        /// The end is one that HTTP knows, not a lost connection; default true.
        clean: Option<bool>,
    },
    /// The ids of streams are not those of the run.
    WrongIds {
        /// What they are instead.
        #[serde(default)]
        mode: WrongIds,
    },
    /// Operations of the store fail, whoever the clients are.
    Store {
        /// Whether it helps to try again; default true.
        retryable: Option<bool>,
        /// The code that is told; default `store_unavailable`.
        code: Option<String>,
    },
    /// The process starts again without any clean-up, as after a crash.
    Restart {},
}

/// `Retry-After` in either of its forms (RFC 9110, 10.2.3). The text is sent as it stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RetryAfter {
    /// Seconds.
    Seconds(u64),
    /// A date, or whatever a test wants a client to see.
    Text(String),
}

/// A fault that cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Nothing that a stream request could be answered with.
    #[error("status: {0} is no final status; 200 to 599")]
    Status(u16),
    /// Not a header value.
    #[error("{0}: {1:?} is no header value")]
    Header(&'static str, String),
    /// It would never fire.
    #[error("{0}: at least 1")]
    Never(&'static str),
    /// A number that makes no sense, and the most that does.
    #[error("{0}: 1 to {1}")]
    Range(&'static str, u64),
    /// A restart strikes the whole process, once.
    #[error("{0}: a restart is for all, and once")]
    Restart(&'static str),
}

/// What a request comes to.
#[derive(Debug)]
pub(super) enum Order {
    Restart { down: Duration },
    Fault { what: What, scope: Scope },
}

impl FaultRequest {
    /// Fills in the defaults.
    pub(super) fn into_order(self) -> Result<Order, FaultError> {
        let Self { kind, scope } = self;
        if scope.times == Some(0) {
            return Err(FaultError::Never("times"));
        }
        if scope.for_ms == Some(0) && !matches!(kind, Kind::Restart {}) {
            return Err(FaultError::Never("for_ms"));
        }
        let what = match kind {
            Kind::Restart {} => return restart(&scope),
            Kind::Cut { clean } => What::Cut { clean },
            Kind::Reset {} => What::Reset,
            Kind::Hang {} => What::Hang,
            Kind::Status {
                status,
                retry_after,
            } => What::Answer(Answer::Status(status_answer(status, retry_after)?)),
            Kind::Delay { delay_ms } => What::Delay(interval("delay_ms", delay_ms, 1_000)?),
            Kind::SlowBytes { bytes, interval_ms } => What::Shape(Shape::Slow {
                bytes: slice(bytes.unwrap_or(16))?,
                every: interval("interval_ms", interval_ms, 100)?,
            }),
            Kind::SingleBytes {} => What::Shape(Shape::Single),
            Kind::OversizedEvent { bytes } => What::Shape(Shape::Oversized {
                bytes: within("bytes", bytes.unwrap_or(20 << 20), MOST_BYTES)?,
            }),
            Kind::ContentType { content_type } => {
                What::Answer(Answer::ContentType(ContentType(header(
                    "content_type",
                    content_type.unwrap_or_else(|| "text/html".to_owned()),
                )?)))
            }
            Kind::CommentsOnly { interval_ms } => What::Shape(Shape::Comments {
                every: interval("interval_ms", interval_ms, 1_000)?,
            }),
            Kind::TruncatedEvent { clean } => What::Shape(Shape::Truncated {
                clean: clean.unwrap_or(true),
            }),
            Kind::Store { retryable, code } => {
                What::Store(store_error(code, retryable.unwrap_or(true)))
            }
            Kind::WrongIds { mode } => What::Shape(Shape::WrongIds(mode)),
        };
        Ok(Order::Fault {
            what,
            scope: scope.filled(),
        })
    }
}

impl Scope {
    fn filled(mut self) -> Self {
        if self.each_client {
            self.for_ms = self.for_ms.or(Some(EACH_CLIENT_MS));
            self.times = self.times.or(Some(1));
        }
        if self.for_ms.is_none() {
            self.times = self.times.or(Some(1));
        }
        self
    }
}

fn restart(scope: &Scope) -> Result<Order, FaultError> {
    let given = [
        ("run_id", scope.run_id.is_some()),
        ("times", scope.times.is_some()),
        ("each_client", scope.each_client),
    ];
    match (given.into_iter().find(|(_, given)| *given), scope.for_ms) {
        (Some((name, _)), _) => Err(FaultError::Restart(name)),
        // Nobody could call it back.
        (None, Some(ms)) if ms > MOST_MS => Err(FaultError::Range("for_ms", MOST_MS)),
        (None, ms) => Ok(Order::Restart {
            down: Duration::from_millis(ms.unwrap_or(0)),
        }),
    }
}

fn interval(name: &'static str, ms: Option<u64>, default: u64) -> Result<Duration, FaultError> {
    within(name, ms.unwrap_or(default), MOST_MS).map(Duration::from_millis)
}

fn slice(bytes: u64) -> Result<usize, FaultError> {
    let bytes = within("bytes", bytes, MOST_BYTES)?;
    usize::try_from(bytes).map_err(|_| FaultError::Range("bytes", MOST_BYTES))
}

fn within(name: &'static str, number: u64, most: u64) -> Result<u64, FaultError> {
    if (1..=most).contains(&number) {
        Ok(number)
    } else {
        Err(FaultError::Range(name, most))
    }
}

fn header(name: &'static str, text: String) -> Result<HeaderValue, FaultError> {
    HeaderValue::from_str(&text).map_err(|_| FaultError::Header(name, text))
}

fn status_answer(
    status: Option<u16>,
    retry_after: Option<RetryAfter>,
) -> Result<StatusAnswer, FaultError> {
    let number = status.unwrap_or(503);
    let status = StatusCode::from_u16(number)
        .ok()
        .filter(|_| (200..=599).contains(&number))
        .ok_or(FaultError::Status(number))?;
    let retry_after = match retry_after {
        None => None,
        Some(RetryAfter::Seconds(seconds)) => Some(HeaderValue::from(seconds)),
        Some(RetryAfter::Text(text)) => Some(header("retry_after", text)?),
    };
    Ok(StatusAnswer {
        status,
        retry_after,
    })
}

/// By hand, since serde's own ways to spread one object over two types (`flatten`, an internal tag)
/// neither refuse unknown fields nor name the field that is wrong.
impl<'de> Deserialize<'de> for FaultRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let kind = match fields.remove("kind") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(D::Error::custom("kind: a text is expected")),
            None => return Err(D::Error::missing_field("kind")),
        };
        let scope = Scope::FIELDS
            .iter()
            .filter_map(|name| fields.remove_entry(*name))
            .collect();
        Ok(Self {
            scope: part(scope, "").map_err(D::Error::custom)?,
            kind: part(Map::from_iter([(kind.clone(), fields.into())]), &kind)
                .map_err(D::Error::custom)?,
        })
    }
}

/// Reads a part of the request. An error names the field by its path without `above`.
fn part<T: DeserializeOwned>(fields: Map<String, Value>, above: &str) -> Result<T, String> {
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| {
        let path = error.path().to_string();
        let path = path.strip_prefix(above).unwrap_or(&path);
        match path.trim_start_matches('.') {
            "" => format!("kind: {}", error.into_inner()),
            field => format!("{field}: {}", error.into_inner()),
        }
    })
}
