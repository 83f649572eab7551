//! Reads what the class made of the caller's options. It has checked types
//! and ranges; what is absent keeps the core's default.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};

use super::js::get;
use crate::core::{Config, FOREVER, Jitter, Millis, Outcome, ResumeMode, TerminalEvent};

pub(crate) fn config(init: &JsValue) -> Config {
    let mut config = Config::default();
    let retry = &mut config.retry;
    for (name, field) in [
        ("initial", &mut retry.initial),
        ("max", &mut retry.max),
        ("floor", &mut retry.floor),
        ("serverMax", &mut retry.server_max),
        ("maxRetries", &mut config.max_retries),
        ("giveUpAfter", &mut config.give_up_after),
        ("resetAfter", &mut config.reset_after),
        ("stallAfter", &mut config.stall_after),
        ("notFoundGrace", &mut config.not_found_grace),
        ("notFoundDelay", &mut config.not_found_delay),
    ] {
        if let Some(value) = millis(init, name) {
            *field = value;
        }
    }
    if let Some(factor) = get(init, "factor").as_f64() {
        retry.factor = factor;
    }
    match get(init, "jitter").as_f64() {
        Some(1.0) => retry.jitter = Jitter::Equal,
        Some(2.0) => retry.jitter = Jitter::None,
        _ => {}
    }
    config.connect_timeout = millis(init, "connectTimeout");
    config.idle_timeout = millis(init, "idleTimeout");
    if let Some(size) = get(init, "maxEventSize").as_f64() {
        config.max_event_size = size as usize;
    }
    if let Some(names) = strings(init, "heartbeatEvents") {
        config.heartbeat_events = names;
    }
    let failed = strings(init, "terminalFailed").unwrap_or_default();
    config.terminal = strings(init, "terminalNames")
        .unwrap_or_default()
        .into_iter()
        .map(|name| TerminalEvent {
            outcome: if failed.contains(&name) {
                Outcome::Failed
            } else {
                Outcome::Completed
            },
            name,
        })
        .collect();
    if let Some(id) = get(init, "lastEventId").as_string() {
        config.last_event_id = id;
    }
    if is_true(init, "resumeHeader") {
        config.resume = ResumeMode::Header;
    } else if let Some(name) = get(init, "resumeQuery").as_string() {
        config.resume = ResumeMode::Query(name);
    }
    config.latch = is_true(init, "latch");
    config.classify = is_true(init, "classify");
    config.pause_when_hidden = is_true(init, "pauseWhenHidden");
    config.pause_when_offline = get(init, "pauseWhenOffline") != JsValue::FALSE;
    config.repeatable = get(init, "method")
        .as_string()
        .is_none_or(|method| method == "GET");
    config.fresh_credentials =
        get(init, "headers").is_function() || get(init, "params").is_function();
    config.cross_origin = is_true(init, "crossOrigin");
    config.fetchable = is_true(init, "fetchable");
    config.mixed_content = is_true(init, "mixed");
    config.supported = is_true(init, "supported");
    config
}

fn is_true(init: &JsValue, name: &str) -> bool {
    get(init, name) == JsValue::TRUE
}

fn millis(init: &JsValue, name: &str) -> Option<Millis> {
    let value = get(init, name).as_f64()?;
    // The cast saturates, but `FOREVER` says what is meant.
    Some(if value.is_finite() {
        value as Millis
    } else {
        FOREVER
    })
}

fn strings(init: &JsValue, name: &str) -> Option<Vec<String>> {
    let array: Array = get(init, name).dyn_into().ok()?;
    Some(array.iter().filter_map(|name| name.as_string()).collect())
}
