//! The surface that JavaScript sees. It translates and decides nothing.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::browser::{Driver, Host};
use crate::core::{Input, Judgement, Millis, Outcome, Snapshot};

/// The machine behind one source. Every method may be called from within any
/// call that it makes to its host.
#[wasm_bindgen]
pub struct Source {
    driver: Rc<Driver>,
    /// The last snapshot handed out: the same object until a field changes.
    snapshot: RefCell<Option<(Snapshot, JsValue)>>,
}

#[wasm_bindgen]
impl Source {
    /// A source that has not begun. `init` is what the class made of the options.
    #[wasm_bindgen(constructor)]
    pub fn new(host: Host, init: JsValue) -> Source {
        Source {
            driver: Driver::new(host, init),
            snapshot: RefCell::new(None),
        }
    }

    /// Begins; the first request is made before this returns.
    pub fn start(&self) {
        self.driver.start();
    }

    /// `close()`.
    pub fn close(&self) {
        self.driver.input(Input::Close);
    }

    /// The option `signal` was aborted.
    pub fn abort(&self) {
        self.driver.input(Input::Abort);
    }

    /// `ResilientEventSource.clear()`.
    pub fn clear(&self) {
        self.driver.input(Input::Clear);
    }

    /// `reconnect()`.
    pub fn reconnect(&self) {
        self.driver.input(Input::Reconnect);
    }

    /// `reset()`.
    pub fn reset(&self) {
        self.driver.input(Input::Reset);
    }

    /// Rows of the batch before this one have been dispatched.
    pub fn commit(&self, rows: usize) {
        self.driver.input(Input::Commit(rows));
    }

    /// A terminal event is about to be dispatched.
    pub fn terminal(&self, row: usize, outcome: u32, kind: &str) {
        let outcome = if outcome == 2 {
            Outcome::Failed
        } else {
            Outcome::Completed
        };
        self.driver.input(Input::Terminal(row, outcome, kind));
    }

    /// The loop over the batch is over.
    pub fn drained(&self) {
        self.driver.input(Input::Drained);
    }

    /// What the option `classify` answered: 1 retry, 2 fatal, 3 complete,
    /// 4 retry after `retry_in` ms, anything else nothing.
    pub fn classified(&self, token: u32, verdict: u32, retry_in: f64) {
        let judgement = match verdict {
            1 => Some(Judgement::Retry),
            2 => Some(Judgement::Fatal),
            3 => Some(Judgement::Complete),
            4 => Some(Judgement::RetryIn(retry_in as Millis)),
            _ => None,
        };
        self.driver.input(Input::Classified(token, judgement));
    }

    /// The state, as an index into the list of states.
    pub fn state(&self) -> u32 {
        self.driver.connection.borrow().state() as u32
    }

    /// The snapshot: the same object until a field of it changes.
    pub fn snapshot(&self) -> JsValue {
        let snapshot = self.driver.snapshot();
        let mut last = self.snapshot.borrow_mut();
        match &*last {
            Some((seen, value)) if *seen == snapshot => value.clone(),
            _ => {
                let value = to_js(&snapshot);
                *last = Some((snapshot, value.clone()));
                value
            }
        }
    }

    /// The counters and the timeline, made anew on each call.
    pub fn stats(&self) -> JsValue {
        to_js(self.driver.connection.borrow().stats())
    }
}

fn to_js(value: &impl Serialize) -> JsValue {
    // Numbers, strings, arrays and plain objects: none of it can fail.
    value
        .serialize(&Serializer::new().serialize_missing_as_null(true))
        .unwrap_or(JsValue::UNDEFINED)
}
