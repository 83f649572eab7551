//! The page and the machine: what a browser tells a source, in the orders in
//! which browsers do.

use resilient_eventsource::core::{Input, Millis};

use crate::rng::Rng;

/// What happens to the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happening {
    /// The source is told.
    Told(Input<'static>),
    /// The machine sleeps for so long; the monotonic clock may stand still.
    Sleep(Millis, bool),
    /// Somebody sets the wall clock, by so many milliseconds.
    ClockSet(i64),
}

#[derive(Debug, Default)]
pub(crate) struct Page {
    offline: bool,
    hidden: bool,
    frozen: bool,
    left: bool,
}

impl Page {
    pub(crate) fn is_offline(&self) -> bool {
        self.offline
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Whether nothing runs in it: no task, no timer, no network.
    pub(crate) fn is_still(&self) -> bool {
        self.frozen || self.left
    }

    /// What a source is told before it begins.
    pub(crate) fn begins(&mut self, rng: &mut Rng) -> Vec<Input<'static>> {
        self.offline = rng.chance(5);
        self.hidden = rng.chance(10);
        vec![Input::Online(!self.offline), Input::Hidden(self.hidden)]
    }

    /// The next thing that happens to it.
    pub(crate) fn happens(&mut self, rng: &mut Rng) -> Happening {
        if self.left {
            // The back/forward cache may freeze a page and wake it again.
            if rng.chance(30) {
                self.frozen = !self.frozen;
                return Happening::Told(Input::Frozen(self.frozen));
            }
            if self.frozen {
                self.frozen = false;
                return Happening::Told(Input::Frozen(false));
            }
            self.left = false;
            return Happening::Told(Input::PageShow);
        }
        if self.frozen {
            self.frozen = false;
            return Happening::Told(Input::Frozen(false));
        }
        match rng.between(0, 11) {
            0..=3 => {
                self.offline = !self.offline;
                Happening::Told(Input::Online(!self.offline))
            }
            4..=7 => {
                self.hidden = !self.hidden;
                Happening::Told(Input::Hidden(self.hidden))
            }
            8 => {
                self.frozen = true;
                Happening::Told(Input::Frozen(true))
            }
            9 => {
                self.left = true;
                Happening::Told(Input::PageHide)
            }
            10 => Happening::Sleep(rng.span(1_000, 10_000_000), rng.chance(50)),
            _ => Happening::ClockSet(rng.between(0, 7_200_000) as i64 - 3_600_000),
        }
    }

    /// What brings it back from wherever it is, in order.
    pub(crate) fn comes_back(&mut self) -> Vec<Input<'static>> {
        let page = std::mem::take(self);
        let mut inputs = Vec::new();
        if page.frozen {
            inputs.push(Input::Frozen(false));
        }
        if page.left {
            inputs.push(Input::PageShow);
        }
        if page.hidden {
            inputs.push(Input::Hidden(false));
        }
        inputs.push(Input::Online(true));
        inputs
    }
}
