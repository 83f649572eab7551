//! The one timer of a source.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;

use crate::core::{MAX_TIMER, Millis};

/// At most one `setTimeout` at a time, set for the core's next deadline.
#[derive(Debug, Default)]
pub(crate) struct Alarm(RefCell<Option<(Millis, Timeout)>>);

impl Alarm {
    /// Sees to it that `ring` is called at `at` or before. The core takes a
    /// call that comes early for what it is, so a timer that is set already
    /// and earlier stays: on a busy stream, where each chunk moves the idle
    /// deadline, none is ever made anew. A wait beyond [`MAX_TIMER`] is
    /// chained in the same way.
    pub(crate) fn set(&self, at: Option<Millis>, now: Millis, ring: impl FnOnce() + 'static) {
        let mut timeout = self.0.borrow_mut();
        let Some(at) = at else {
            *timeout = None;
            return;
        };
        let at = at.min(now + MAX_TIMER);
        if timeout.as_ref().is_none_or(|(set, _)| *set > at) {
            let delay = at.saturating_sub(now) as u32;
            *timeout = Some((at, Timeout::new(delay, ring)));
        }
    }

    /// The timer rang.
    pub(crate) fn rang(&self) {
        self.0.take();
    }
}
