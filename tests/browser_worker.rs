//! The browser side in a dedicated worker.
#![cfg(target_arch = "wasm32")]

#[path = "browser/abort.rs"]
mod abort;
#[path = "browser/batch.rs"]
mod batch;
#[path = "browser/callbacks.rs"]
mod callbacks;
#[path = "browser/options.rs"]
mod options;
#[path = "browser/page.rs"]
mod page;
#[path = "browser/request.rs"]
mod request;
#[path = "browser/response.rs"]
mod response;
#[path = "browser/support.rs"]
mod support;
#[path = "browser/timers.rs"]
mod timers;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
