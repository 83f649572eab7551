//! The surface that JavaScript sees. It translates and decides nothing.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::browser::{Driver, Host};
use crate::core::{Fault, Head, Input, Judgement, Millis, Outcome, RetryAfter};

/// The text that is a header of the response at hand.
const CONTENT_TYPE: u32 = 2;

/// The machine behind one source. Every method may be called from within any
/// call that it makes to its host.
#[wasm_bindgen]
pub struct Source {
    driver: Rc<Driver>,
    /// The last snapshot handed out, in bits.
    snapshot: Cell<[u64; 10]>,
}

#[wasm_bindgen]
impl Source {
    /// A source that has not begun. The host is asked for the options, and
    /// for nothing else yet.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host) -> Source {
        Source {
            driver: Driver::new(host),
            snapshot: Cell::new([0; 10]),
        }
    }

    /// An input, by number, with what belongs to it.
    ///
    /// 0 start, 1 `close()`, 2 `signal` aborted, 3 `clear()`, 4 `reconnect()`,
    /// 5 `reset()`, 6 the loop over the batch is over, 7 online, 8 offline,
    /// 9 the page's visibility changed, 10 it goes away, 11 it comes back,
    /// 12 it is frozen, 13 it is no longer, 14 its CSP refused the URL,
    /// 15 rows of the batch before `a` have been dispatched, 16 row `a` is about
    /// to be and is terminal (`b`: 1 completed, 2 failed), 17 `classify`
    /// answered about token `a` (`b`: 1 retry, 2 fatal, 3 complete, 4 retry
    /// after `c` ms), 18 a response came to request `a`, of status `b` (bit 16: from
    /// another origin than the page's) and with a `Retry-After` of `c` (RFC 9110 §10.2.3: seconds as they are, a date as
    /// negative epoch milliseconds, NaN where there is neither), 19 its body
    /// ended, 20 it failed (`b`: 0 in the network, 1 in `headers`, 2 in
    /// `params`, 3 closed by the platform's own source, 4 to be made anew by it,
    /// 5 by it and closed), 21 the timer rang. Any other: nothing, but for what
    /// changed of the page.
    pub fn input(&self, number: u32, a: u32, b: u32, c: f64) {
        self.driver.input(match number {
            0 => Input::Start,
            1 => Input::Close,
            2 => Input::Abort,
            3 => Input::Clear,
            4 => Input::Reconnect,
            5 => Input::Reset,
            6 => Input::Drained,
            7 => Input::Online(true),
            8 => Input::Online(false),
            10 => Input::PageHide,
            11 => Input::PageShow,
            12 => Input::Frozen(true),
            13 => Input::Frozen(false),
            14 => Input::CspViolation,
            15 => Input::Commit(a as usize),
            16 => Input::Terminal(
                a as usize,
                if b == 2 {
                    Outcome::Failed
                } else {
                    Outcome::Completed
                },
            ),
            17 => Input::Classified(
                a,
                match b {
                    1 => Some(Judgement::Retry),
                    2 => Some(Judgement::Fatal),
                    3 => Some(Judgement::Complete),
                    4 => Some(Judgement::RetryIn(c as Millis)),
                    _ => None,
                },
            ),
            18 => {
                let content_type = self.driver.host.text(CONTENT_TYPE);
                let retry_after = match c {
                    date if date < 0.0 => Some(RetryAfter::Date(-date as Millis)),
                    seconds if seconds >= 0.0 => Some(RetryAfter::Seconds(seconds as u32)),
                    _ => None,
                };
                return self.driver.input(Input::Response(
                    a,
                    Head {
                        status: b as u16,
                        content_type: &content_type,
                        retry_after,
                        elsewhere: b >> 16 != 0,
                    },
                ));
            }
            19 => Input::Ended(a),
            20 => Input::Failed(
                a,
                match b {
                    1 => Fault::Headers,
                    2 => Fault::Params,
                    3 => Fault::Refused,
                    4 => Fault::Reconnecting,
                    5 => Fault::Lost,
                    _ => Fault::Network,
                },
            ),
            21 => return self.driver.rang(),
            _ => Input::Timeout,
        });
    }

    /// Bytes of the body of request `token` came.
    pub fn chunk(&self, token: u32, bytes: &[u8]) {
        self.driver.input(Input::Chunk(token, bytes));
    }

    /// The snapshot, or `undefined` while no field has changed since the last
    /// one: `[state, reason, attempt, failures, retryAt, openedAt, transport,
    /// outcome, latched, stalled]`, NaN for `null`.
    pub fn snapshot(&self) -> JsValue {
        let snapshot = self.driver.connection.borrow().snapshot();
        let fields = [
            code(snapshot.state as u32),
            code(snapshot.reason as u32),
            code(snapshot.attempt),
            code(snapshot.failures),
            or_null(snapshot.retry_at),
            or_null(snapshot.opened_at),
            or_null(snapshot.transport.map(|transport| code(transport as u32))),
            or_null(snapshot.outcome.map(|outcome| code(outcome as u32))),
            code(snapshot.latched.into()),
            code(snapshot.stalled.into()),
        ];
        // NaN differs from itself; its bits do not.
        let bits = fields.map(f64::to_bits);
        if self.snapshot.replace(bits) == bits {
            return JsValue::UNDEFINED;
        }
        to_js(&fields)
    }

    /// The counters, and after them the transitions, six numbers each:
    /// `[attempts, events, duplicates, gaps, bytes, lastActivityAt,
    /// (at, state, reason, attempt, retryIn, transport)*]`, NaN for `null`.
    pub fn stats(&self) -> JsValue {
        let connection = self.driver.connection.borrow();
        let stats = connection.stats();
        let mut numbers = vec![
            code(stats.attempts),
            stats.events,
            code(stats.duplicates),
            code(stats.gaps),
            stats.bytes,
            or_null(stats.last_activity_at),
        ];
        for transition in &stats.timeline {
            numbers.extend_from_slice(&[
                transition.at,
                code(transition.state as u32),
                code(transition.reason as u32),
                code(transition.attempt),
                or_null(transition.retry_in),
                or_null(transition.transport.map(|transport| code(transport as u32))),
            ]);
        }
        // What is made in JavaScript may call back.
        drop(connection);
        to_js(&numbers)
    }
}

fn code(number: u32) -> f64 {
    number.into()
}

fn or_null(number: Option<f64>) -> f64 {
    number.unwrap_or(f64::NAN)
}

/// An array of numbers, which the class turns into objects: the names of the
/// fields weigh less there.
fn to_js(numbers: &[f64]) -> JsValue {
    // Nothing in an array of numbers can fail.
    serde_wasm_bindgen::to_value(numbers).unwrap_or(JsValue::UNDEFINED)
}
