//! What is special to the file: its errors, and older formats.

use rusqlite::ffi;
use serde_json::json;

use super::*;
use crate::run::RunRequest;

const BUSY: Duration = Duration::from_millis(100);

fn record(id: &str) -> RunRecord {
    RunRecord {
        id: id.into(),
        created_ms: 5,
        spec: RunRequest::default().into_spec(Duration::ZERO).unwrap(),
        last_event_id: 0,
        end: None,
    }
}

fn append(id: u64, kind: EventKind, data: &serde_json::Value) -> Write {
    let run: RunId = "r".into();
    let event = Event::now(&run, id, kind, data);
    Write::Append(run, vec![event.into()])
}

#[test]
fn an_error_is_retryable_where_sqlite_may_succeed_later() {
    for (number, code, retryable) in [
        (ffi::SQLITE_BUSY, "store_busy", true),
        (ffi::SQLITE_BUSY_SNAPSHOT, "store_busy", true),
        (ffi::SQLITE_LOCKED, "store_busy", true),
        (ffi::SQLITE_FULL, "store_full", true),
        (ffi::SQLITE_IOERR, "store_io", true),
        (ffi::SQLITE_IOERR_FSYNC, "store_io", true),
        (ffi::SQLITE_NOMEM, "store_memory", true),
        (ffi::SQLITE_CORRUPT, "store_corrupt", false),
        (ffi::SQLITE_NOTADB, "store_corrupt", false),
        (ffi::SQLITE_READONLY, "store_read_only", false),
        (ffi::SQLITE_CONSTRAINT_UNIQUE, "store_conflict", false),
        (ffi::SQLITE_ERROR, "store_broken", false),
    ] {
        let error = explain(rusqlite::Error::SqliteFailure(
            ffi::Error::new(number),
            None,
        ));
        assert_eq!(
            (error.code(), error.retryable()),
            (code, retryable),
            "{number}"
        );
    }
}

#[test]
fn a_file_that_is_full_refuses_whole_writes_and_takes_the_same_ones_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = Sqlite::open(&folder.path().join("runs.sqlite"), BUSY).unwrap();
    sqlite.write(&[Write::Insert(record("r"))]).unwrap();
    let pages: i64 = sqlite
        .db
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    let limit = |sqlite: &Sqlite, pages: i64| {
        sqlite
            .db
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    };
    limit(&sqlite, pages + 2);
    let big = json!({ "message": "x".repeat(40_000) });
    let writes = [
        append(1, EventKind::Log, &json!({})),
        append(2, EventKind::Log, &big),
    ];
    let error = sqlite.write(&writes).unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("store_full", true));
    assert_eq!(sqlite.tail_of_all(9).unwrap(), []);
    limit(&sqlite, pages + 1000);
    assert_eq!(sqlite.write(&writes).unwrap(), 0);
    assert_eq!(sqlite.tail_of_all(9).unwrap().len(), 2);
}

#[test]
fn a_file_of_format_1_gets_its_failures_counted_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs.sqlite");
    let mut sqlite = Sqlite::open(&path, BUSY).unwrap();
    let failed = append(1, EventKind::RunFailed, &json!({ "code": "QUOTA" }));
    sqlite.write(&[Write::Insert(record("r")), failed]).unwrap();
    sqlite
        .db
        .execute_batch("DROP TABLE failures; PRAGMA user_version = 1")
        .unwrap();
    drop(sqlite);
    let mut sqlite = Sqlite::open(&path, BUSY).unwrap();
    let counted = FailureCount {
        code: "QUOTA".to_owned(),
        count: 1,
    };
    assert_eq!(sqlite.failures(10).unwrap().top, [counted]);
}
