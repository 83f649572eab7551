//! Time as the core sees it: given with every input, never asked for.

/// A span of time, or a point on one of the two clocks, in milliseconds.
pub type Millis = u64;

/// The longest timer that an engine keeps: `setTimeout` casts to a signed
/// 32-bit integer and fires at once on overflow (HTML standard, "timer
/// initialization steps"). Longer waits are chained by whoever sets the timer.
pub const MAX_TIMER: Millis = i32::MAX as Millis;

/// The two clocks at the moment of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Milliseconds on a clock that never goes back. It may stand still while
    /// the machine sleeps.
    pub mono: Millis,
    /// Milliseconds since the Unix epoch, as the machine's clock has it.
    pub wall: Millis,
}
