//! Small readings of untyped JavaScript values.

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    pub(crate) type Bindable;
    pub(crate) type Thenable;

    /// `function.bind(receiver, argument)`.
    #[wasm_bindgen(method)]
    pub(crate) fn bind(this: &Bindable, receiver: &JsValue, argument: u32) -> Function;

    /// `promise.then(fulfilled, rejected)`, for functions that outlive the promise.
    #[wasm_bindgen(method)]
    pub(crate) fn then(this: &Thenable, fulfilled: &Function, rejected: &Function);
}

/// A property, or `undefined` where there is none, or no object.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    // Fails on a frozen object only, and every object here is our own.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

pub(crate) fn function(object: &JsValue, name: &str) -> Option<Function> {
    get(object, name).dyn_into().ok()
}

/// A property of the global object, looked up at the moment of use: tests put
/// fakes there.
pub(crate) fn global(name: &str) -> JsValue {
    get(&js_sys::global(), name)
}
