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
        // A page's own `setTimeout` and `clearTimeout` may call back: nothing is
        // borrowed while they run.
        let Some(at) = at else {
            return drop(self.0.take());
        };
        let at = at.min(now + MAX_TIMER);
        let sooner = |(set, _): &(Millis, Timeout)| *set > at;
        if self.0.borrow().as_ref().is_none_or(sooner) {
            let delay = at.saturating_sub(now) as u32;
            let timeout = Timeout::new(delay, ring);
            drop(self.0.replace(Some((at, timeout))));
        }
    }

    /// The timer rang.
    pub(crate) fn rang(&self) {
        self.0.take();
    }
}
