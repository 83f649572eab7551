//! Why the store did not do what it was asked to.

use std::borrow::Cow;
use std::path::PathBuf;

/// Why the store did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process has the file open.
    #[error("{} is in use by another server; stop that one, or give this one its own file with --data", .0.display())]
    InUse(PathBuf),
    /// The file was written by a newer server.
    #[error("{} has format {found}, and this server knows up to {known}; use the newer server, or another file", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: i64,
        /// The latest format that is known here.
        known: i64,
    },
    /// The folder of the file cannot be made.
    #[error("cannot make the folder {}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// Trying again may help: the disk is full, or the file is busy.
    #[error("{message}; it may work later")]
    Transient {
        /// A word for programs.
        code: Cow<'static, str>,
        /// What happened.
        message: String,
    },
    /// Trying again does not help.
    #[error("{message}")]
    Broken {
        /// A word for programs.
        code: Cow<'static, str>,
        /// What happened.
        message: String,
    },
    /// The store was closed, which it is when the server stops.
    #[error("the store is closed, since the server is stopping")]
    Closed,
}

impl StoreError {
    /// A write that contradicts what is stored.
    pub(super) fn conflict(message: String) -> Self {
        Self::Broken {
            code: "store_conflict".into(),
            message,
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }

    /// A word for programs; begins with `store_` unless a fault chose another.
    pub fn code(&self) -> &str {
        match self {
            Self::InUse(_) => "store_in_use",
            Self::Newer { .. } => "store_newer",
            Self::Folder { .. } => "store_folder",
            Self::Transient { code, .. } | Self::Broken { code, .. } => code,
            Self::Closed => "store_closed",
        }
    }
}
