//! Within which bounds every delay lies.

use resilient_eventsource::core::{Config, Jitter, Millis, Now, RetryAfter, RetryPolicy};

use super::{Broken, hold};

#[derive(Debug)]
pub(super) struct Delays {
    policy: RetryPolicy,
    reset_after: Millis,
    longest_line: u64,
    /// Failures since the last stable connection or cycle.
    n: i32,
    retry_field: Option<Millis>,
    retry_after: Option<Millis>,
    opened_at: Option<Millis>,
    first_byte_at: Option<Millis>,
    line: Vec<u8>,
}

impl Delays {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            policy: config.retry.clone(),
            reset_after: config.reset_after,
            longest_line: config.max_event_size,
            n: 0,
            retry_field: None,
            retry_after: None,
            opened_at: None,
            first_byte_at: None,
            line: Vec::new(),
        }
    }

    pub(super) fn begins(&mut self) {
        self.retry_after = None;
    }

    pub(super) fn answered(&mut self, retry_after: Option<RetryAfter>, now: Now) {
        self.retry_after = retry_after.map(|wish| {
            self.clamp(match wish {
                RetryAfter::Seconds(seconds) => u64::from(seconds) * 1_000,
                RetryAfter::Date(at) => at.saturating_sub(now.wall),
            })
        });
    }

    pub(super) fn opened(&mut self, now: Millis) {
        self.opened_at = Some(now);
        self.first_byte_at = None;
        self.line.clear();
    }

    pub(super) fn received(&mut self, bytes: &[u8], now: Millis) {
        self.first_byte_at.get_or_insert(now);
        for &byte in bytes {
            if self.line.len() as u64 > self.longest_line {
                return;
            }
            if byte != b'\n' && byte != b'\r' {
                self.line.push(byte);
                continue;
            }
            let line = String::from_utf8_lossy(&self.line);
            let wish = line.strip_prefix("retry: ").map(str::parse);
            if let Some(Ok(wish)) = wish {
                self.retry_field = Some(self.clamp(wish));
            }
            self.line.clear();
        }
    }

    /// The stream is over; whether it was stable.
    pub(super) fn ended(&mut self, now: Millis) -> bool {
        let Some(opened_at) = self.opened_at.take() else {
            return false;
        };
        let silent = self.first_byte_at.unwrap_or(now) - opened_at;
        let stable = silent >= 60_000
            || (self.first_byte_at.is_some() && now - opened_at >= self.reset_after);
        if stable {
            self.n = 0;
        }
        stable
    }

    pub(super) fn fresh_start(&mut self) {
        self.n = 0;
    }

    pub(super) fn failed(&mut self) {
        self.n += 1;
    }

    pub(super) fn check_cycle(&mut self, delay: Millis) -> Result<(), Broken> {
        self.n = 0;
        let low = self.retry_field.unwrap_or(3_000);
        let high = low + self.policy.initial.min(low / 10);
        hold!(
            (low..=high).contains(&delay),
            "a cycle waits {delay}, not in {low}..={high}"
        );
        Ok(())
    }

    /// A failure waits; whether `Retry-After` decided how long.
    pub(super) fn check_failure(&mut self, delay: Millis) -> Result<bool, Broken> {
        self.failed();
        let RetryPolicy { floor, jitter, .. } = self.policy;
        let (base, top) = self.base();
        let order = self.retry_after.max(self.retry_field);
        let least = order.unwrap_or(0);
        let high = (least + top).max(floor);
        let low = match jitter {
            Jitter::Full => least,
            Jitter::Equal => least + base / 2,
            Jitter::None => least + base,
        };
        let low = low.max(floor);
        hold!(
            (low..=high).contains(&delay),
            "retry {} waits {delay}, not in {low}..={high}",
            self.n
        );
        Ok(self.retry_after.is_some() && self.retry_after >= self.retry_field)
    }

    /// The base of the draw, rounded down and up.
    fn base(&self) -> (Millis, Millis) {
        let RetryPolicy {
            initial,
            factor,
            max,
            ..
        } = self.policy;
        let base = initial as f64 * factor.powi(self.n - 1);
        ((base as Millis).min(max), (base.ceil() as Millis).min(max))
    }

    fn clamp(&self, wish: Millis) -> Millis {
        wish.clamp(500, self.policy.server_max.max(500))
    }
}
