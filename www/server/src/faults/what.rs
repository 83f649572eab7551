//! What can go wrong, and what that makes of a stream.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::answer::Answer;
use crate::store::StoreError;

/// What goes wrong.
#[derive(Clone, Debug)]
pub(super) enum What {
    Cut { clean: bool },
    Reset,
    Hang,
    Shape(Shape),
    Answer(Answer),
    Delay(Duration),
    Store(StoreError),
}

impl What {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Cut { .. } => "cut",
            Self::Reset => "reset",
            Self::Hang => "hang",
            Self::Shape(shape) => shape.kind(),
            Self::Answer(Answer::Status(_)) => "status",
            Self::Answer(Answer::ContentType(_)) => "content_type",
            Self::Delay(_) => "delay",
            Self::Store(_) => "store",
        }
    }

    /// What a stream does that it strikes; `None` for what strikes requests or the store.
    pub(super) fn effect(&self, until: Option<Instant>) -> Option<Effect> {
        match *self {
            Self::Cut { clean } => Some(Effect::Cut { clean }),
            Self::Reset => Some(Effect::Reset),
            Self::Hang => Some(Effect::Hang(until)),
            Self::Shape(shape) => Some(Effect::Shaped(shape, until)),
            Self::Answer(_) | Self::Delay(_) | Self::Store(_) => None,
        }
    }
}

/// What an open stream does at the moment. Times are those when it is over; without one it lasts until cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is wrong.
    Flow,
    /// It is silent.
    Hang(Option<Instant>),
    /// Its bytes are not what they should be, or not when.
    Shaped(Shape, Option<Instant>),
    /// It ends.
    Cut {
        /// Cleanly, or in mid-chunk.
        clean: bool,
    },
    /// Its connection is reset.
    Reset,
}

impl Effect {
    /// Turns what can be over into [`Effect::Flow`], and answers whether it did.
    pub(super) fn settle(&mut self) -> bool {
        let over = matches!(self, Self::Hang(_) | Self::Shaped(..));
        if over {
            *self = Self::Flow;
        }
        over
    }
}

/// What is wrong with the bytes of a stream. The table in [`crate::faults`] tells what a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `slow_bytes`.
    Slow {
        /// In one slice.
        bytes: usize,
        /// Between two slices.
        every: Duration,
    },
    /// `single_bytes`.
    Single,
    /// `oversized_event`.
    Oversized {
        /// Of its data.
        bytes: u64,
    },
    /// `comments_only`.
    Comments {
        /// Between two comments.
        every: Duration,
    },
    /// `truncated_event`.
    Truncated {
        /// Whether the body then ends as HTTP says.
        clean: bool,
    },
    /// `wrong_ids`.
    WrongIds(WrongIds),
}

/// What ids are instead of what they should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrongIds {
    /// 1000 too high.
    #[default]
    Shifted,
    /// Not there.
    Missing,
    /// Always 1.
    Constant,
}

impl Shape {
    fn kind(self) -> &'static str {
        match self {
            Self::Slow { .. } => "slow_bytes",
            Self::Single => "single_bytes",
            Self::Oversized { .. } => "oversized_event",
            Self::Comments { .. } => "comments_only",
            Self::Truncated { .. } => "truncated_event",
            Self::WrongIds(_) => "wrong_ids",
        }
    }
}
