//! What the JavaScript class offers to Rust. Numbers cross, and the class names
//! them. Its methods never throw, and may call back: Rust holds no borrow while
//! it calls them, but for `batch`, which only copies.

use wasm_bindgen::prelude::*;

use crate::core::{Millis, Outcome, Request};

#[wasm_bindgen]
extern "C" {
    /// The class's side of the boundary.
    pub type Host;

    /// A text, in UTF-8: 0 the heartbeat events, a line each; 1 the last event
    /// id; 2 the header `Content-Type` of the response that came last.
    /// Strings would bring 0.7 KB of glue.
    #[wasm_bindgen(method)]
    pub(crate) fn text(this: &Host, index: u32) -> Vec<u8>;

    /// Copies the events of a chunk. Both slices are views of wasm memory and
    /// mean nothing after the call. No user code may run in it.
    #[wasm_bindgen(method)]
    pub(crate) fn batch(this: &Host, text: &[u8], table: &[u32]);

    /// Everything else: one of [`Call`], with what belongs to it. An import for
    /// each would bring as much glue again as all of them do.
    #[wasm_bindgen(method)]
    fn call(this: &Host, what: u32, a: u32, b: u32, c: u32, d: u32, e: f64) -> f64;
}

/// What is asked of the class, in the order of `calls` in `src/js/boundary.ts`.
#[derive(Clone, Copy)]
enum Call {
    /// Gives option number `a`, by its place in `options.rs`.
    Number,
    /// Gives bit 0: the machine is online; bit 1: the page is hidden.
    Page,
    /// Listens to the page and the machine (`a` = 1), or no longer.
    Listen,
    /// Gives the registry's entry: 0 none, 1 completed, 2 failed.
    Latched,
    /// Sets it to `a`.
    Latch,
    /// Makes request `a`: attempt `b`, for reason `c`. Bits 0 and 1 of `d`: the
    /// last event id is not sent, as the header or as the query parameter; bit 2: a
    /// second request of the same attempt.
    Request,
    /// Gives the request up.
    Abort,
    /// Reads the next chunk of request `a`.
    Read,
    /// Dispatches what `batch` copied.
    Dispatch,
    DropBatch,
    /// Asks the caller about the end of request `a`: reason `b`, attempt `c`, and
    /// whether a response decided, `d`.
    Classify,
    /// Tells of state `a`, which was `b`: reason `c`, attempt `d`, delay `e`.
    StateChange,
    Open,
    /// Tells of a failure: reason `a`, attempt `b`, whether a response decided, `c`,
    /// whether it is fatal, `d`; delay `e`.
    Error,
    /// Tells of outcome `a`; whether the event at hand is terminal, `b`; whether
    /// the latch did it, `c`.
    Complete,
    /// Tells whether the stream is stalled, `a`.
    Stall,
    /// Sets the one timer of the source (`a` = 1) in place of what was set, to ring in
    /// `b` ms, or clears it (`a` = 0).
    Alarm,
}

impl Host {
    pub(crate) fn number(&self, index: u32) -> f64 {
        self.call(Call::Number as u32, index, 0, 0, 0, 0.0)
    }

    pub(crate) fn page(&self) -> u32 {
        self.call(Call::Page as u32, 0, 0, 0, 0, 0.0) as u32
    }

    pub(crate) fn listen(&self, on: bool) {
        self.call(Call::Listen as u32, on.into(), 0, 0, 0, 0.0);
    }

    pub(crate) fn latched(&self) -> Option<Outcome> {
        match self.call(Call::Latched as u32, 0, 0, 0, 0, 0.0) as u32 {
            0 => None,
            1 => Some(Outcome::Completed),
            _ => Some(Outcome::Failed),
        }
    }

    pub(crate) fn latch(&self, outcome: Option<Outcome>) {
        let entry = outcome.map_or(0, |outcome| outcome as u32 + 1);
        self.call(Call::Latch as u32, entry, 0, 0, 0, 0.0);
    }

    pub(crate) fn request(&self, request: &Request) {
        self.call(
            Call::Request as u32,
            request.token,
            request.attempt,
            request.reason as u32,
            request.resume as u32 | u32::from(request.again) << 2,
            0.0,
        );
    }

    pub(crate) fn abort(&self) {
        self.call(Call::Abort as u32, 0, 0, 0, 0, 0.0);
    }

    pub(crate) fn read(&self, token: u32) {
        self.call(Call::Read as u32, token, 0, 0, 0, 0.0);
    }

    pub(crate) fn dispatch(&self) {
        self.call(Call::Dispatch as u32, 0, 0, 0, 0, 0.0);
    }

    pub(crate) fn drop_batch(&self) {
        self.call(Call::DropBatch as u32, 0, 0, 0, 0, 0.0);
    }

    pub(crate) fn classify(&self, token: u32, reason: u32, attempt: u32, decided: bool) {
        self.call(
            Call::Classify as u32,
            token,
            reason,
            attempt,
            decided.into(),
            0.0,
        );
    }

    pub(crate) fn statechange(
        &self,
        state: u32,
        previous: u32,
        reason: u32,
        attempt: u32,
        retry_in: Option<Millis>,
    ) {
        let delay = or_nan(retry_in);
        self.call(
            Call::StateChange as u32,
            state,
            previous,
            reason,
            attempt,
            delay,
        );
    }

    pub(crate) fn open(&self) {
        self.call(Call::Open as u32, 0, 0, 0, 0, 0.0);
    }

    pub(crate) fn error(
        &self,
        reason: u32,
        attempt: u32,
        decided: bool,
        fatal: bool,
        retry_in: Option<Millis>,
    ) {
        let delay = or_nan(retry_in);
        self.call(
            Call::Error as u32,
            reason,
            attempt,
            decided.into(),
            fatal.into(),
            delay,
        );
    }

    pub(crate) fn complete(&self, outcome: u32, terminal: bool, latched: bool) {
        self.call(
            Call::Complete as u32,
            outcome,
            terminal.into(),
            latched.into(),
            0,
            0.0,
        );
    }

    pub(crate) fn stall(&self, stalled: bool) {
        self.call(Call::Stall as u32, stalled.into(), 0, 0, 0, 0.0);
    }

    pub(crate) fn alarm(&self, delay: Option<Millis>) {
        let on = u32::from(delay.is_some());
        let delay = delay.unwrap_or(0) as u32;
        self.call(Call::Alarm as u32, on, delay, 0, 0, 0.0);
    }
}

/// `null` crosses as NaN.
fn or_nan(millis: Option<Millis>) -> f64 {
    millis.map_or(f64::NAN, |millis| millis as f64)
}
