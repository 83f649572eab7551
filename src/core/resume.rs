//! How the last event id travels (design §3.9).

use super::config::ResumeMode;
use super::io::Resume;

/// The name of the query parameter where the option names none.
const QUERY: &str = "lastEventId";

/// What is known of a server that is asked across origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    HeaderOpens,
    OnlyQueryOpens,
}

#[derive(Debug, Clone)]
pub(crate) struct ResumeRule {
    mode: ResumeMode,
    cross_origin: bool,
    known: Known,
    /// The present attempt has turned to the query parameter.
    trial: bool,
}

impl ResumeRule {
    pub(crate) fn new(mode: ResumeMode, cross_origin: bool) -> Self {
        Self {
            mode,
            cross_origin,
            known: Known::Nothing,
            trial: false,
        }
    }

    /// A new attempt begins: what to send.
    pub(crate) fn first(&mut self, has_id: bool) -> Option<Resume> {
        self.trial = false;
        let query = match &self.mode {
            ResumeMode::Query(name) => Some(name.as_str()),
            ResumeMode::Auto if self.known == Known::OnlyQueryOpens => Some(QUERY),
            _ => None,
        };
        resume(has_id, query)
    }

    /// The attempt met a network error before its response: what to send in a
    /// second request of the same attempt. The header makes the browser ask
    /// permission by a preflight, which a server may not know how to answer;
    /// a script cannot tell that from an outage.
    pub(crate) fn second(&mut self, has_id: bool) -> Option<Resume> {
        let worth_it = self.mode == ResumeMode::Auto
            && self.cross_origin
            && self.known == Known::Nothing
            && !self.trial
            && has_id;
        self.trial = worth_it;
        worth_it.then(|| resume(has_id, Some(QUERY))).flatten()
    }

    /// Whether the answer belongs to the second request, so that anything but
    /// an open stream counts as the header's network error.
    pub(crate) fn is_trial(&self) -> bool {
        self.trial
    }

    /// A stream opened; `id` is what the request resumed from.
    pub(crate) fn opened(&mut self, has_id: bool) {
        if self.known == Known::Nothing && has_id {
            self.known = if self.trial {
                Known::OnlyQueryOpens
            } else {
                Known::HeaderOpens
            };
        }
    }
}

fn resume(has_id: bool, query: Option<&str>) -> Option<Resume> {
    has_id.then(|| Resume {
        query: query.map(Into::into),
    })
}
