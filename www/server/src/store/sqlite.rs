//! The SQLite file.
//!
//! Write-ahead log with `synchronous = NORMAL`: a commit is handed to the
//! operating system before it returns, so a killed process loses nothing; only
//! a power cut may take the last commits, never the file. `FULL` would add
//! an fsync to every batch.
//!
//! The lock is exclusive for as long as the file is open: a second server
//! on it would go on with the same interrupted runs and give their ids out twice.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, named_params, params};

use super::backend::{Backend, Write};
use super::{FailureCount, Failures, RunRecord, StoreError};
use crate::clock;
use crate::run::event::{Numbered, Outcome};
use crate::run::{Event, EventKind, RunId, RunSpec};

/// Raised with each change of the tables.
const FORMAT: i64 = 2;

/// The `seq` of an event is its id among those of all runs. It is given by hand, not by the file:
/// `AUTOINCREMENT` may leave holes.
const TABLES: &str = "
    CREATE TABLE runs (
        seq           INTEGER PRIMARY KEY AUTOINCREMENT,
        id            TEXT NOT NULL UNIQUE,
        created_ms    INTEGER NOT NULL,
        spec          TEXT NOT NULL,
        last_event_id INTEGER NOT NULL DEFAULT 0,
        outcome       TEXT,
        ended_ms      INTEGER
    ) STRICT;
    CREATE INDEX runs_interrupted ON runs (seq) WHERE outcome IS NULL;
    CREATE TABLE events (
        seq    INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id TEXT NOT NULL REFERENCES runs (id),
        id     INTEGER NOT NULL,
        kind   TEXT NOT NULL,
        json   TEXT NOT NULL,
        UNIQUE (run_id, id)
    ) STRICT;
";

/// New in format 2; the failures so far are counted once.
const FAILURES: &str = "
    CREATE TABLE failures (
        code  TEXT PRIMARY KEY,
        count INTEGER NOT NULL
    ) STRICT;
    INSERT INTO failures
        SELECT coalesce(json ->> '$.data.code', 'unknown') AS failure, count(*)
        FROM events WHERE kind = 'run_failed' GROUP BY failure;
";

const RUN: &str = "SELECT id, created_ms, spec, last_event_id, outcome, ended_ms FROM runs";

pub(super) struct Sqlite {
    db: Connection,
}

impl Sqlite {
    pub(super) fn open(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::Folder {
                path: folder.to_owned(),
                reason: error.to_string(),
            })?;
        }
        let unopened = |error| unopened(path, error);
        let mut sqlite = Self {
            db: Connection::open(path).map_err(unopened)?,
        };
        let found = sqlite.prepare(busy).map_err(unopened)?;
        if found > FORMAT {
            return Err(StoreError::Newer {
                path: path.to_owned(),
                found,
                known: FORMAT,
            });
        }
        Ok(sqlite)
    }

    /// Takes the lock, makes the tables where there are none, and answers the file's format.
    fn prepare(&mut self, busy: Duration) -> rusqlite::Result<i64> {
        // The lock of a server that was just killed may take a moment to go.
        self.db.busy_timeout(busy)?;
        // Before the journal mode: so the log's index lies in memory, not in a shared file.
        self.db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        self.db
            .pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        self.db.pragma_update(None, "synchronous", "NORMAL")?;
        self.db.pragma_update(None, "foreign_keys", true)?;
        let transaction = self
            .db
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found < 1 {
            transaction.execute_batch(TABLES)?;
        }
        if found < FORMAT {
            transaction.execute_batch(FAILURES)?;
            transaction.pragma_update(None, "user_version", FORMAT)?;
        }
        transaction.commit()?;
        Ok(found)
    }

    fn runs(
        &mut self,
        rest: &str,
        parameter: impl rusqlite::ToSql,
    ) -> Result<Vec<RunRecord>, StoreError> {
        let read = || {
            let mut statement = self.db.prepare_cached(&format!("{RUN} {rest}"))?;
            statement
                .query_map([parameter], run)?
                .collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(explain)
    }
}

impl Backend for Sqlite {
    fn write(&mut self, writes: &[Write]) -> Result<u64, StoreError> {
        let mut write = || {
            let transaction = self.db.transaction()?;
            let before = transaction
                .prepare_cached("SELECT coalesce(max(seq), 0) FROM events")?
                .query_row([], |row| row.get(0))?;
            let mut seq: i64 = before;
            for write in writes {
                apply(&transaction, write, &mut seq)?;
            }
            transaction.commit()?;
            Ok(unsigned(before))
        };
        write().map_err(explain)
    }

    fn run(&mut self, id: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let read = || {
            self.db
                .prepare_cached(&format!("{RUN} WHERE id = ?"))?
                .query_row([id.as_str()], run)
                .optional()
        };
        read().map_err(explain)
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.runs("ORDER BY seq DESC LIMIT ?", integer(limit as u64))
    }

    fn interrupted(&mut self) -> Result<Vec<RunRecord>, StoreError> {
        self.runs("WHERE outcome IS NULL ORDER BY seq LIMIT ?", i64::MAX)
    }

    fn tail(&mut self, id: &RunId, limit: usize) -> Result<Vec<Event>, StoreError> {
        let read = || {
            let mut statement = self.db.prepare_cached(
                "SELECT id, kind, json FROM events WHERE run_id = ? ORDER BY id DESC LIMIT ?",
            )?;
            let mut events = statement
                .query_map(params![id.as_str(), integer(limit as u64)], event)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            events.reverse();
            Ok(events)
        };
        read().map_err(explain)
    }

    fn tail_of_all(&mut self, limit: usize) -> Result<Vec<Numbered>, StoreError> {
        let read = || {
            let mut statement = self.db.prepare_cached(
                "SELECT id, kind, json, seq FROM events ORDER BY seq DESC LIMIT ?",
            )?;
            let numbered = |row: &Row<'_>| {
                Ok(Numbered {
                    id: unsigned(row.get(3)?),
                    event: event(row)?.into(),
                })
            };
            let mut events = statement
                .query_map([integer(limit as u64)], numbered)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            events.reverse();
            Ok(events)
        };
        read().map_err(explain)
    }

    fn failures(&mut self, top: usize) -> Result<Failures, StoreError> {
        let read = || {
            let (total, codes) = self
                .db
                .prepare_cached("SELECT coalesce(sum(count), 0), count(*) FROM failures")?
                .query_row([], |row| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?))))?;
            let top = self
                .db
                .prepare_cached(
                    "SELECT code, count FROM failures ORDER BY count DESC, code LIMIT ?",
                )?
                .query_map([integer(top as u64)], |row| {
                    Ok(FailureCount {
                        code: row.get(0)?,
                        count: unsigned(row.get(1)?),
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(Failures { total, codes, top })
        };
        read().map_err(explain)
    }
}

/// Makes one change; `seq` is that of the last event so far.
fn apply(db: &Connection, write: &Write, seq: &mut i64) -> rusqlite::Result<()> {
    match write {
        Write::Insert(record) => {
            let spec = serde_json::to_string(&record.spec)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            db.prepare_cached("INSERT INTO runs (id, created_ms, spec) VALUES (?, ?, ?)")?
                .execute(params![record.id.as_str(), record.created_ms, spec])?;
        }
        Write::Append(run_id, events) => {
            let mut insert = db.prepare_cached(
                "INSERT INTO events (seq, run_id, id, kind, json) VALUES (?, ?, ?, ?, ?)",
            )?;
            for event in events {
                *seq += 1;
                insert.execute(params![
                    *seq,
                    run_id.as_str(),
                    integer(event.id),
                    event.kind.name(),
                    event.json
                ])?;
            }
            if let Some(last) = events.last() {
                if let Some(code) = last.failure_code() {
                    count(db, &code)?;
                }
                let outcome = last.kind.outcome().map(|_| last.kind.name());
                db.prepare_cached(
                    "UPDATE runs SET last_event_id = :last, outcome = :outcome, ended_ms = :ended WHERE id = :id",
                )?
                .execute(named_params! {
                    ":last": integer(last.id),
                    ":outcome": outcome,
                    ":ended": outcome.map(|_| clock::now_ms()),
                    ":id": run_id.as_str(),
                })?;
            }
        }
        Write::Count(code) => count(db, code)?,
    }
    Ok(())
}

/// One more failure with that code.
fn count(db: &Connection, code: &str) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO failures VALUES (?, 1) ON CONFLICT (code) DO UPDATE SET count = count + 1",
    )?
    .execute([code])?;
    Ok(())
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let spec: String = row.get(2)?;
    let outcome: Option<String> = row.get(4)?;
    let ended_ms: Option<i64> = row.get(5)?;
    Ok(RunRecord {
        id: RunId::from(row.get::<_, String>(0)?),
        created_ms: row.get(1)?,
        spec: serde_json::from_str::<RunSpec>(&spec).map_err(|error| unreadable(2, error))?,
        last_event_id: unsigned(row.get(3)?),
        end: match outcome {
            None => None,
            Some(name) => Some((outcome_of(&name)?, ended_ms.unwrap_or_default())),
        },
    })
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let name: String = row.get(1)?;
    let kind = EventKind::from_name(&name)
        .ok_or_else(|| unreadable(1, format!("no event is of type {name:?}")))?;
    Ok(Event {
        id: unsigned(row.get(0)?),
        kind,
        json: row.get(2)?,
    })
}

fn outcome_of(name: &str) -> rusqlite::Result<Outcome> {
    EventKind::from_name(name)
        .and_then(EventKind::outcome)
        .ok_or_else(|| unreadable(4, format!("no run ends by {name:?}")))
}

fn unreadable(
    column: usize,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
}

/// SQLite's integers are signed; ids and limits beyond 2⁶³ do not occur.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// What an error means once the file is open, and with it the lock on it ours.
fn explain(error: rusqlite::Error) -> StoreError {
    let code = error.sqlite_error_code();
    let transient = match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Some("store_busy"),
        Some(ErrorCode::DiskFull) => Some("store_full"),
        Some(ErrorCode::SystemIoFailure) => Some("store_io"),
        Some(ErrorCode::OutOfMemory) => Some("store_memory"),
        _ => None,
    };
    let message = error.to_string();
    match (transient, code) {
        (Some(code), _) => StoreError::Transient {
            code: code.into(),
            message,
        },
        (None, Some(ErrorCode::ConstraintViolation)) => StoreError::conflict(message),
        (None, code) => StoreError::Broken {
            code: match code {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "store_corrupt",
                Some(ErrorCode::ReadOnly) => "store_read_only",
                _ => "store_broken",
            }
            .into(),
            message,
        },
    }
}

/// What an error means while the file is being opened: whoever keeps it busy keeps it for good.
fn unopened(path: &Path, error: rusqlite::Error) -> StoreError {
    match explain(error) {
        StoreError::Transient { code, .. } if code == "store_busy" => {
            StoreError::InUse(path.to_owned())
        }
        StoreError::Transient { code, message } => StoreError::Transient {
            code,
            message: format!("{}: {message}", path.display()),
        },
        StoreError::Broken { code, message } => StoreError::Broken {
            code,
            message: format!("{}: {message}", path.display()),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests;
