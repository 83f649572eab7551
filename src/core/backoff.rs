//! When the next attempt comes.

use super::config::{Jitter, RetryPolicy};
use super::rng::Rng;
use super::time::Millis;

/// The least that a server can order, in ms.
const SERVER_MIN: Millis = 500;

/// The reconnection time after a cycle where the server named none: what the
/// browsers' own class takes. "This must initially be an implementation-defined
/// value, probably in the region of a few seconds" (HTML standard §9.2.2).
const DEFAULT_RECONNECTION_TIME: Millis = 3_000;

impl RetryPolicy {
    /// The delay before retry `n`, the first being 1, where `order` is the
    /// server's wish, 0 for none: the draw is added to it, so that clients that a server
    /// cut in one stroke do not come back in step.
    pub(crate) fn delay(&self, n: u32, order: Millis, rng: &mut Rng) -> Millis {
        let base = self.base(n);
        let low = match (self.jitter, order) {
            (Jitter::Full, 0) => self.floor.min(base),
            (Jitter::Full, _) => 0,
            (Jitter::Equal, _) => base / 2,
            (Jitter::None, _) => base,
        };
        (order + rng.between(low, base)).max(self.floor)
    }

    /// The delay after a cycle; `order` is the server's `retry:`, 0 for none. The draw stays
    /// below a tenth of it: pages, and web-platform-tests, expect the reconnection time give or take a quarter, with
    /// the request in it and a timer that is late (measured in Firefox 140: 415 ms after 3.3 s, at worst of 40).
    pub(crate) fn cycle_delay(&self, order: Millis, rng: &mut Rng) -> Millis {
        let low = match order {
            0 => DEFAULT_RECONNECTION_TIME,
            order => order,
        };
        rng.between(low, low + self.initial.min(low / 10))
    }

    /// A server's wish, kept within bounds; never 0.
    pub(crate) fn clamp_order(&self, wish: Millis) -> Millis {
        wish.clamp(SERVER_MIN, self.server_max.max(SERVER_MIN))
    }

    fn base(&self, n: u32) -> Millis {
        // 2^1023 is the last finite power of two, and every larger factor
        // reaches infinity sooner; the cast and `min` make both `max`.
        let steps = n.saturating_sub(1).min(1_023);
        let mut base = self.initial as f64;
        for _ in 0..steps {
            if base >= self.max as f64 {
                break;
            }
            base *= self.factor;
        }
        (base as Millis).min(self.max)
    }
}
