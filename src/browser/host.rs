//! What the JavaScript class offers to Rust. States, reasons and outcomes cross
//! as numbers, and the class names them. Its methods never throw, and may
//! call back: Rust holds no borrow while it calls them, but for `batch`, which
//! only copies.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::Response;

#[wasm_bindgen]
extern "C" {
    /// The class's side of the boundary.
    #[derive(Clone)]
    pub type Host;

    /// A promise, whose functions outlive it.
    pub(crate) type Thenable;

    #[wasm_bindgen(method)]
    pub(crate) fn then(this: &Thenable, fulfilled: &Function, rejected: &Function);

    /// An option that is a number, by its place in `options.rs`.
    #[wasm_bindgen(method)]
    pub(crate) fn number(this: &Host, index: u32) -> f64;

    /// An option that is a text, in UTF-8, by its place in `options.rs`.
    /// Strings would bring 0.7 KB of glue.
    #[wasm_bindgen(method)]
    pub(crate) fn text(this: &Host, index: u32) -> Vec<u8>;

    /// The header `Content-Type`; empty where there is none.
    #[wasm_bindgen(method, js_name = contentType)]
    pub(crate) fn content_type(this: &Host, response: &Response) -> Vec<u8>;

    /// The header `Retry-After` (RFC 9110 §10.2.3): seconds as they are, a date
    /// as negative epoch milliseconds, NaN where there is neither.
    #[wasm_bindgen(method, js_name = retryAfter)]
    pub(crate) fn retry_after(this: &Host, response: &Response) -> f64;

    /// Makes the request. The promise gives the response, 1 where the
    /// `headers` function failed, 2 where `params` did; it rejects where
    /// `fetch` did. `again` makes a second request of the same attempt; the last
    /// event id, which the class knows, is not sent (0), as the header (1) or
    /// as the query parameter (2).
    #[wasm_bindgen(method)]
    pub(crate) fn request(
        this: &Host,
        attempt: u32,
        reason: u32,
        again: bool,
        resume: u32,
    ) -> Thenable;

    /// Gives the request up: its signal is aborted.
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &Host);

    /// Listens to the page and the machine, or no longer.
    #[wasm_bindgen(method)]
    pub(crate) fn listen(this: &Host, on: bool);

    /// Bit 0: the machine is online; bit 1: the page is hidden.
    #[wasm_bindgen(method)]
    pub(crate) fn page(this: &Host) -> u32;

    /// Copies the events of a chunk. Both slices are views of wasm memory and
    /// mean nothing after the call. No user code may run in it.
    #[wasm_bindgen(method)]
    pub(crate) fn batch(this: &Host, text: &[u8], table: &[u32]);

    /// Dispatches what `batch` copied.
    #[wasm_bindgen(method)]
    pub(crate) fn dispatch(this: &Host);

    #[wasm_bindgen(method, js_name = dropBatch)]
    pub(crate) fn drop_batch(this: &Host);

    #[wasm_bindgen(method)]
    pub(crate) fn statechange(
        this: &Host,
        state: u32,
        previous: u32,
        reason: u32,
        attempt: u32,
        retry_in: f64,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn open(this: &Host, response: Option<&Response>);

    #[wasm_bindgen(method)]
    pub(crate) fn error(
        this: &Host,
        reason: u32,
        response: Option<&Response>,
        attempt: u32,
        retry_in: f64,
        fatal: bool,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn complete(this: &Host, outcome: u32, terminal: bool, latched: bool);

    #[wasm_bindgen(method)]
    pub(crate) fn stall(this: &Host, stalled: bool);

    #[wasm_bindgen(method)]
    pub(crate) fn classify(
        this: &Host,
        token: u32,
        reason: u32,
        response: Option<&Response>,
        attempt: u32,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn latched(this: &Host) -> u32;

    /// 0 forgets, 1 completed, 2 failed.
    #[wasm_bindgen(method)]
    pub(crate) fn latch(this: &Host, outcome: u32);
}
