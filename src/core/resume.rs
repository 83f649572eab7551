//! How the last event id travels.

use super::config::ResumeMode;
use super::io::Resume;

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

    /// A new attempt begins: how to send the id, if there is one.
    pub(crate) fn first(&mut self, has_id: bool) -> Resume {
        self.trial = false;
        match self.mode {
            // "If the EventSource object's last event ID string is not the empty
            // string", then the header.
            _ if !has_id => Resume::None,
            ResumeMode::Auto if self.known == Known::OnlyQueryOpens => Resume::Query,
            ResumeMode::Query => Resume::Query,
            _ => Resume::Header,
        }
    }

    /// The attempt met a network error before its response: whether to send
    /// the id as a query parameter in a second request of the same attempt.
    /// The header makes the browser ask permission by a preflight, which a
    /// server may not know how to answer; a script cannot tell that from an
    /// outage.
    pub(crate) fn tries_query(&mut self, has_id: bool) -> bool {
        self.trial = has_id
            && self.mode == ResumeMode::Auto
            && self.cross_origin
            && self.known == Known::Nothing
            && !self.trial;
        self.trial
    }

    /// Whether the answer belongs to the second request, so that anything but
    /// an open stream counts as the header's network error.
    pub(crate) fn is_trial(&self) -> bool {
        self.trial
    }

    /// A stream opened; `has_id` when the request carried one, `elsewhere` when
    /// it was redirected to another origin: there the header meets a preflight too.
    pub(crate) fn opened(&mut self, has_id: bool, elsewhere: bool) {
        self.cross_origin |= elsewhere;
        if self.known == Known::Nothing && has_id {
            self.known = if self.trial {
                Known::OnlyQueryOpens
            } else {
                Known::HeaderOpens
            };
        }
    }
}
