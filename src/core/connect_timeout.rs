//! How long response headers may take (the option `connectTimeout`).

use super::time::Millis;

/// Before anything is known: longer than the servers that flush their headers
/// with the first event take to have one.
const UNKNOWN: Millis = 60_000;
/// The least once an attempt has opened.
const FLOOR: Millis = 20_000;
/// The most, however often it fired.
const CEILING: Millis = 600_000;

#[derive(Debug, Clone)]
pub(crate) struct ConnectTimeout {
    /// The option; `None` is `auto`.
    fixed: Option<Millis>,
    slowest: Option<Millis>,
    doublings: u32,
}

impl ConnectTimeout {
    pub(crate) fn new(fixed: Option<Millis>) -> Self {
        Self {
            fixed,
            slowest: None,
            doublings: 0,
        }
    }

    pub(crate) fn is_auto(&self) -> bool {
        self.fixed.is_none()
    }

    pub(crate) fn get(&self) -> Millis {
        if let Some(fixed) = self.fixed {
            return fixed;
        }
        let usual = self
            .slowest
            .map_or(UNKNOWN, |slowest| (slowest * 2).max(FLOOR));
        (usual << self.doublings.min(16)).min(CEILING)
    }

    /// An attempt opened after this long.
    pub(crate) fn opened(&mut self, took: Millis) {
        self.slowest = Some(self.slowest.unwrap_or(0).max(took));
        self.doublings = 0;
    }

    pub(crate) fn fired(&mut self) {
        self.doublings += 1;
    }
}
