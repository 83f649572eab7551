//! The states that a page sees, and which may follow which.

/// What a source is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// An attempt is under way; no response headers yet.
    Connecting,
    /// A stream is open.
    Open,
    /// An attempt failed; the next one comes at `retryAt`.
    Waiting,
    /// No attempt is made until the page or the network comes back.
    Paused,
    /// Events come by polling; no stream is open.
    Polling,
    /// Too many failures; only `online`, a return to the page, or the caller revive it.
    GaveUp,
    /// The stream said all that it has to say.
    Completed,
    /// A failure that no retry can mend.
    Failed,
    /// The caller closed the source.
    Closed,
}

use State::*;

impl State {
    /// Every state, in the order of its number.
    pub const ALL: [State; 9] = [
        Connecting, Open, Waiting, Paused, Polling, GaveUp, Completed, Failed, Closed,
    ];

    /// The name that JavaScript sees.
    pub fn as_str(self) -> &'static str {
        match self {
            Connecting => "connecting",
            Open => "open",
            Waiting => "waiting",
            Paused => "paused",
            Polling => "polling",
            GaveUp => "gaveup",
            Completed => "completed",
            Failed => "failed",
            Closed => "closed",
        }
    }

    /// The transition table: whether `next` may follow this state.
    ///
    /// A state never follows itself. What is final (`completed`, `failed`,
    /// `closed`) is left only by the caller: `reset()`, `reconnect()`,
    /// `close()`, `clear()`; for `paused` where the page is hidden by choice.
    pub fn may_become(self, next: State) -> bool {
        match self {
            Connecting => matches!(
                next,
                Open | Waiting | Paused | GaveUp | Completed | Failed | Closed
            ),
            Open => matches!(
                next,
                Connecting | Waiting | Paused | GaveUp | Completed | Failed | Closed
            ),
            Waiting => matches!(next, Connecting | Paused | Completed | Closed),
            Paused => matches!(next, Connecting | Completed | Closed),
            Polling => matches!(next, Connecting | Open | Paused | Completed | Closed),
            GaveUp => matches!(next, Connecting | Paused | Completed | Closed),
            Completed => matches!(next, Connecting | Paused | Closed),
            Failed => matches!(next, Connecting | Paused | Completed | Closed),
            Closed => matches!(next, Connecting | Paused),
        }
    }

    /// Whether nothing more happens by itself: no request, no timer.
    pub fn is_final(self) -> bool {
        matches!(self, Completed | Failed | Closed)
    }
}

/// How a stream ended for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It reached its end as it should.
    Completed,
    /// It reached its end by saying that the work failed.
    Failed,
}

impl Outcome {
    /// The name that JavaScript sees.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Failed => "failed",
        }
    }
}
