//! The two clocks of the page.

use wasm_bindgen::prelude::*;

use crate::core::{Millis, Now};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Both clocks now. They are looked up on every call, so that fake timers see
/// the questions.
pub(crate) fn now() -> Now {
    Now {
        mono: performance_now() as Millis,
        wall: js_sys::Date::now() as Millis,
    }
}
