//! The vocabulary of the streams: run ids, event kinds, events.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::clock;

/// The id of a run. Any text may be asked for; only [`RunId::random`] makes new ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunId(Arc<str>);

impl RunId {
    /// A new id, `run_` and 16 hexadecimal digits.
    pub fn random() -> Self {
        Self::from(format!("run_{:016x}", rand::random::<u64>()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for RunId {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for RunId {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// The type of an event: its `event:` field and the `type` of its data.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $kind,)* }

        impl EventKind {
            /// The name on the wire and in the store.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The kind of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$kind),)* _ => None }
            }
        }
    };
}

event_kinds! {
    /// The greeting of each stream; no id, not stored.
    Connected = "connected",
    /// The first event of a run.
    RunStarted = "run_started",
    /// A stage began.
    StageStarted = "stage_started",
    /// A stage ended well.
    StageCompleted = "stage_completed",
    /// A stage ended the run.
    StageFailed = "stage_failed",
    /// A line of the run's log.
    Log = "log",
    /// Which way the run took, and why.
    RoutingDecision = "routing_decision",
    /// A policy's verdict.
    PolicyCheck = "policy_check",
    /// Something the run made.
    ArtifactCreated = "artifact_created",
    /// A sign of life; no id, not stored.
    Heartbeat = "heartbeat",
    /// Terminal: the run ended well.
    RunCompleted = "run_completed",
    /// Terminal: the run failed.
    RunFailed = "run_failed",
    /// The store fails; no id, not stored.
    Error = "error",
    /// The trailer of a stream whose run is over; no id, not stored.
    StreamEnd = "stream_end",
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// By `run_completed`.
    Completed,
    /// By `run_failed`.
    Failed,
}

impl EventKind {
    /// The outcome, where this kind is a run's last event.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::RunCompleted => Some(Outcome::Completed),
            Self::RunFailed => Some(Outcome::Failed),
            _ => None,
        }
    }
}

/// An event of a run, as it is stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Rises by one per run, from 1.
    pub id: u64,
    /// Its type.
    pub kind: EventKind,
    /// The whole `data:` field; [`envelope`] makes it.
    pub json: String,
}

impl Event {
    /// An event that happens now.
    pub fn now(run_id: &RunId, id: u64, kind: EventKind, data: &Value) -> Self {
        Self {
            id,
            kind,
            json: envelope(Some(run_id), kind, data),
        }
    }
}

/// The part of a `run_failed` event's JSON that is counted.
#[derive(Deserialize)]
struct Failed {
    data: FailedData,
}

#[derive(Deserialize)]
struct FailedData {
    code: String,
}

impl Event {
    /// The code that a run failed with, where this is the event that says so.
    pub fn failure_code(&self) -> Option<String> {
        (self.kind == EventKind::RunFailed).then(|| {
            serde_json::from_str::<Failed>(&self.json)
                .map_or_else(|_| "unknown".to_owned(), |failed| failed.data.code)
        })
    }
}

/// An event under the id that it has in a log: its own in its run's, another in the one of all runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Rises by one per log, from 1.
    pub id: u64,
    /// The event, shared by the logs that hold it.
    pub event: Arc<Event>,
}

impl From<Arc<Event>> for Numbered {
    fn from(event: Arc<Event>) -> Self {
        Self {
            id: event.id,
            event,
        }
    }
}

impl From<Event> for Numbered {
    fn from(event: Event) -> Self {
        Self::from(Arc::new(event))
    }
}

/// The JSON of every event: `{ "type", "run_id", "timestamp", "data" }`; the run is `null` in what
/// the stream of all runs says of itself.
pub fn envelope(run_id: Option<&RunId>, kind: EventKind, data: &Value) -> String {
    #[derive(Serialize)]
    struct Envelope<'a> {
        r#type: &'a str,
        run_id: Option<&'a RunId>,
        timestamp: String,
        data: &'a Value,
    }
    let envelope = Envelope {
        r#type: kind.name(),
        run_id,
        timestamp: clock::iso(clock::now_ms()),
        data,
    };
    // Cannot fail: strings and a `Value` with string keys only.
    serde_json::to_string(&envelope).unwrap_or_default()
}
