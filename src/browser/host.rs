//! What the JavaScript class offers to Rust. Its methods never throw, and may
//! call back: Rust holds no borrow while it calls them, but for `batch`, which
//! only copies.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The class's side of the boundary.
    pub type Host;

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
        state: &str,
        previous: &str,
        reason: &str,
        attempt: u32,
        retry_in: f64,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn open(this: &Host, status: u16, headers: &JsValue, origin: &JsValue);

    #[wasm_bindgen(method)]
    pub(crate) fn error(
        this: &Host,
        reason: &str,
        status: u16,
        headers: &JsValue,
        attempt: u32,
        retry_in: f64,
        fatal: bool,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn complete(this: &Host, outcome: &str, terminal_type: JsValue, latched: bool);

    #[wasm_bindgen(method)]
    pub(crate) fn stall(this: &Host, stalled: bool);

    #[wasm_bindgen(method)]
    pub(crate) fn classify(
        this: &Host,
        token: u32,
        reason: &str,
        status: u16,
        headers: &JsValue,
        response: &JsValue,
        attempt: u32,
    );

    #[wasm_bindgen(method)]
    pub(crate) fn latched(this: &Host) -> u32;

    #[wasm_bindgen(method)]
    pub(crate) fn latch(this: &Host, outcome: u32);

    #[wasm_bindgen(method)]
    pub(crate) fn unlatch(this: &Host);
}
