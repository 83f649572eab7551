//! The jitter's randomness: a seed goes in, the same numbers come out.

/// A SplitMix64 generator. Jitter needs an even spread over many clients, not
/// secrecy, and this one is a handful of instructions without state tables.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number drawn evenly from `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low);
        if span == 0 {
            return low;
        }
        // Scaling a 32-bit draw keeps this free of a division. Spans above 49
        // days lose their upper end, which no timer reaches anyway.
        let span = span.min(u64::from(u32::MAX) - 1);
        low + (((span + 1) * (self.next() >> 32)) >> 32)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
