//! What the page and the machine tell: online, hidden, frozen, gone.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::js::{function, get, global};
use crate::core::Input;

const GLOBAL_EVENTS: [&str; 4] = ["online", "offline", "pagehide", "pageshow"];
const DOCUMENT_EVENTS: [&str; 4] = [
    "visibilitychange",
    "freeze",
    "resume",
    "securitypolicyviolation",
];

/// Whether the machine is online, as far as the platform knows.
pub(crate) fn is_online() -> bool {
    get(&global("navigator"), "onLine") != JsValue::FALSE
}

pub(crate) fn is_hidden() -> bool {
    get(&global("document"), "hidden") == JsValue::TRUE
}

/// Begins or ends listening, on whatever of window, document and worker scope
/// there is. `unload` and `beforeunload` are never listened to: a page with
/// such a listener is kept out of the back/forward cache.
pub(crate) fn listen(handler: &Function, on: bool) {
    let method = if on {
        "addEventListener"
    } else {
        "removeEventListener"
    };
    for (target, events) in [
        (js_sys::global().into(), GLOBAL_EVENTS),
        (global("document"), DOCUMENT_EVENTS),
    ] {
        if let Some(method) = function(&target, method) {
            for event in events {
                // Fails where the scope is being torn down, and then nobody listens.
                let _ = method.call2(&target, &event.into(), handler);
            }
        }
    }
}

/// What an event of the page means to the core; `url` is the source's own.
pub(crate) fn input(event: &JsValue, url: &str) -> Option<Input<'static>> {
    let kind = get(event, "type").as_string()?;
    Some(match kind.as_str() {
        "online" => Input::Online(true),
        "offline" => Input::Online(false),
        "visibilitychange" => Input::Hidden(is_hidden()),
        "freeze" => Input::Frozen(true),
        "resume" => Input::Frozen(false),
        "pagehide" => Input::PageHide,
        "pageshow" => Input::PageShow,
        "securitypolicyviolation" if is_refusal(event, url) => Input::CspViolation,
        _ => return None,
    })
}

/// CSP 3 §5: `blockedURI` is the URL without its fragment, or only its origin
/// where that was crossed.
fn is_refusal(event: &JsValue, url: &str) -> bool {
    get(event, "disposition") == JsValue::from_str("enforce")
        && get(event, "blockedURI")
            .as_string()
            .is_some_and(|blocked| !blocked.is_empty() && url.starts_with(&blocked))
}
