//! The fetch transport: one request at a time, its body read chunk by chunk.

use std::rc::{Rc, Weak};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStreamDefaultReader, Response};

use super::driver::Driver;
use super::host::Thenable;
use crate::core::{Fault, Head, Input, Request, RetryAfter, Token};

#[wasm_bindgen]
extern "C" {
    type Bindable;

    #[wasm_bindgen(method)]
    fn bind(this: &Bindable, receiver: &JsValue, token: Token) -> Function;

    /// What a reader's promise gives: `{ done, value }`.
    type ReadResult;

    #[wasm_bindgen(method, getter, structural)]
    fn value(this: &ReadResult) -> Option<Uint8Array>;
}

/// The request under way, and what is kept between two of them.
pub(crate) struct Exchange {
    /// `(token, value)`: a promise was fulfilled. Bound to the token, one
    /// function serves every promise of a request.
    fulfilled: Function,
    /// `(token, error)`: a promise was rejected.
    rejected: Function,
    request: Option<Live>,
    /// The last response, which outlives its request in the events that tell
    /// of its end.
    pub(crate) response: Option<Response>,
    buffer: Vec<u8>,
}

/// A request that was not given up.
struct Live {
    token: Token,
    fulfilled: Function,
    rejected: Function,
    reader: Option<ReadableStreamDefaultReader>,
}

impl Exchange {
    pub(crate) fn new(driver: &Weak<Driver>) -> Self {
        let settled = |fulfilled: bool| -> Function {
            let driver = driver.clone();
            Closure::<dyn FnMut(Token, JsValue)>::new(move |token, value| {
                if let Some(driver) = driver.upgrade() {
                    settled(&driver, token, value, fulfilled);
                }
            })
            .into_js_value()
            .unchecked_into()
        };
        Self {
            fulfilled: settled(true),
            rejected: settled(false),
            request: None,
            response: None,
            buffer: Vec::new(),
        }
    }
}

pub(crate) fn open(driver: &Driver, request: &Request) {
    let token = request.token;
    let (fulfilled, rejected) = {
        let mut exchange = driver.exchange.borrow_mut();
        let bind = |function: &Function| {
            let function: &Bindable = function.unchecked_ref();
            function.bind(&JsValue::UNDEFINED, token)
        };
        let (fulfilled, rejected) = (bind(&exchange.fulfilled), bind(&exchange.rejected));
        exchange.response = None;
        exchange.request = Some(Live {
            token,
            fulfilled: fulfilled.clone(),
            rejected: rejected.clone(),
            reader: None,
        });
        (fulfilled, rejected)
    };
    // The caller's functions run in here and may close the source; then the
    // token is stale when the promise settles.
    driver
        .host
        .request(
            request.attempt,
            request.reason as u32,
            request.again,
            request.resume as u32,
        )
        .then(&fulfilled, &rejected);
}

pub(crate) fn abort(driver: &Driver) {
    let request = driver.exchange.borrow_mut().request.take();
    driver.host.abort();
    if let Some(request) = request
        && let Some(reader) = request.reader
    {
        // The body of a custom `fetch` need not hear of the signal. The
        // promise rejects where the signal came first; its token is stale.
        follow(&reader.cancel(), &request.rejected, &request.rejected);
    }
}

pub(crate) fn read(driver: &Rc<Driver>, token: Token) {
    let promise = {
        let mut exchange = driver.exchange.borrow_mut();
        let body = exchange.response.as_ref().and_then(Response::body);
        exchange.request.as_mut().and_then(|request| {
            if request.reader.is_none() {
                request.reader = Some(body?.get_reader().unchecked_into());
            }
            let promise = request.reader.as_ref()?.read();
            Some((promise, request.fulfilled.clone(), request.rejected.clone()))
        })
    };
    match promise {
        Some((promise, fulfilled, rejected)) => follow(&promise, &fulfilled, &rejected),
        // A null body is an empty one (Fetch standard, "fully read").
        None => driver.input(Input::Ended(token)),
    }
}

fn follow(promise: &JsValue, fulfilled: &Function, rejected: &Function) {
    promise
        .unchecked_ref::<Thenable>()
        .then(fulfilled, rejected);
}

/// A promise of the request named `token` settled.
fn settled(driver: &Rc<Driver>, token: Token, value: JsValue, fulfilled: bool) {
    let streaming = match &driver.exchange.borrow().request {
        Some(request) if request.token == token => request.reader.is_some(),
        _ => return,
    };
    if !fulfilled {
        driver.input(Input::Failed(token, Fault::Network));
    } else if streaming {
        received(driver, token, value.unchecked_into());
    } else {
        match value.as_f64() {
            None => responded(driver, token, value.unchecked_into()),
            Some(1.0) => driver.input(Input::Failed(token, Fault::Headers)),
            Some(_) => driver.input(Input::Failed(token, Fault::Params)),
        }
    }
}

fn responded(driver: &Rc<Driver>, token: Token, response: Response) {
    let headers = response.headers();
    let header = |name| headers.get(name).ok().flatten();
    let content_type = header("content-type").unwrap_or_default();
    let head = Head {
        status: response.status(),
        content_type: &content_type,
        retry_after: header("retry-after").as_deref().and_then(retry_after),
    };
    driver.exchange.borrow_mut().response = Some(response);
    driver.input(Input::Response(token, head));
}

fn received(driver: &Rc<Driver>, token: Token, result: ReadResult) {
    // `value` is absent exactly when `done` is set.
    let Some(chunk) = result.value() else {
        return driver.input(Input::Ended(token));
    };
    let mut buffer = std::mem::take(&mut driver.exchange.borrow_mut().buffer);
    buffer.resize(chunk.length() as usize, 0);
    chunk.copy_to(&mut buffer);
    driver.input(Input::Chunk(token, &buffer));
    driver.exchange.borrow_mut().buffer = buffer;
}

/// `Retry-After`: digits are seconds, anything else a date (RFC 9110 §10.2.3).
fn retry_after(value: &str) -> Option<RetryAfter> {
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(RetryAfter::Seconds(seconds));
    }
    let date = js_sys::Date::parse(value);
    (date >= 0.0).then_some(RetryAfter::Date(date as u64))
}
