//! What lies between: latency, answers lost, bytes cut into pieces.

use std::collections::VecDeque;

use resilient_eventsource::core::{Millis, RetryAfter};

use crate::rng::Rng;

/// What the client gets for a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Status(u16, &'static str, Option<RetryAfter>),
    /// The connection is refused or lost, or the `headers` function throws.
    Failure(resilient_eventsource::core::Fault),
    /// The server's policy named the URL, and the request failed.
    Refused,
    /// Nothing ever comes.
    Silence,
}

/// What the client reads of a body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Bytes(Vec<u8>),
    End,
    Cut,
}

/// A body under way, in order.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pieces: VecDeque<(Millis, Piece)>,
    last: Millis,
}

impl Pipe {
    /// Sends bytes, in pieces as they may come.
    pub(crate) fn send(&mut self, bytes: Vec<u8>, at: Millis, rng: &mut Rng) {
        let cuts = rng.chance(40);
        let slow = rng.chance(5);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let size = if slow {
                1
            } else if cuts {
                rng.between(1, rest.len() as u64) as usize
            } else {
                rest.len()
            };
            let (piece, tail) = rest.split_at(size.min(rest.len()));
            rest = tail;
            let delay = if slow {
                rng.between(1, 500)
            } else {
                rng.span(1, 200)
            };
            self.push(Piece::Bytes(piece.to_vec()), at + delay);
        }
    }

    pub(crate) fn push(&mut self, piece: Piece, at: Millis) {
        self.last = self.last.max(at);
        self.pieces.push_back((self.last, piece));
    }

    /// When the next piece is there.
    pub(crate) fn next_at(&self) -> Option<Millis> {
        self.pieces.front().map(|(at, _)| *at)
    }

    /// What a read at `now` gives.
    pub(crate) fn read(&mut self, now: Millis) -> Option<Piece> {
        if self.next_at()? > now {
            return None;
        }
        self.pieces.pop_front().map(|(_, piece)| piece)
    }
}
