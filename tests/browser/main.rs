//! The browser side in a window.
#![cfg(target_arch = "wasm32")]

mod abort;
mod batch;
mod callbacks;
mod options;
mod page;
mod request;
mod response;
mod support;
mod timers;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
