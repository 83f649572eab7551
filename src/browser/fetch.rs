//! The fetch transport: one request at a time, its body read chunk by chunk.

use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, Response, Url, UrlSearchParams,
};

use super::driver::Driver;
use super::js::{Bindable, Thenable, function, get, global, set};
use crate::core::{Fault, Head, Input, Request, Resume, RetryAfter, Token};

/// What the settling of the promise under way means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Headers,
    Params,
    Response,
    Body,
}

/// The request under way, and what is kept between two of them.
pub(crate) struct Exchange {
    init: JsValue,
    /// `(token, value)`: a promise was fulfilled. Bound to the token, one
    /// function serves every promise of a request.
    fulfilled: Function,
    /// `(token, error)`: a promise was rejected.
    rejected: Function,
    stage: Stage,
    request: Option<Request>,
    on_fulfilled: Function,
    on_rejected: Function,
    controller: Option<AbortController>,
    /// What `headers` and `params` gave for the present attempt.
    headers: JsValue,
    params: JsValue,
    response: Option<Response>,
    reader: Option<ReadableStreamDefaultReader>,
    buffer: Vec<u8>,
}

impl Exchange {
    pub(crate) fn new(init: JsValue, driver: Weak<Driver>) -> Self {
        let settled = |fulfilled: bool| -> Function {
            let driver = driver.clone();
            Closure::<dyn FnMut(u32, JsValue)>::new(move |token, value| {
                if let Some(driver) = driver.upgrade() {
                    Exchange::settled(&driver, token, value, fulfilled);
                }
            })
            .into_js_value()
            .unchecked_into()
        };
        let (fulfilled, rejected) = (settled(true), settled(false));
        Self {
            init,
            stage: Stage::Headers,
            request: None,
            on_fulfilled: fulfilled.clone(),
            on_rejected: rejected.clone(),
            fulfilled,
            rejected,
            controller: None,
            headers: JsValue::UNDEFINED,
            params: JsValue::UNDEFINED,
            response: None,
            reader: None,
            buffer: Vec::new(),
        }
    }

    /// The last response's headers and the response; `undefined` where there is none.
    pub(crate) fn answer(&self) -> (JsValue, JsValue) {
        match &self.response {
            Some(response) => (response.headers().into(), response.into()),
            None => (JsValue::UNDEFINED, JsValue::UNDEFINED),
        }
    }

    /// The origin of the final URL, after redirects.
    pub(crate) fn origin(&self) -> JsValue {
        let url = self.response.as_ref().map(Response::url);
        // A response that a script made has no URL; then what was asked counts.
        url.and_then(|url| Url::new(&url).ok())
            .or_else(|| Url::new(&get(&self.init, "url").as_string()?).ok())
            .map_or(JsValue::UNDEFINED, |url| url.origin().into())
    }

    pub(crate) fn open(driver: &Rc<Driver>, request: Request) {
        let again = request.again;
        {
            let mut exchange = driver.exchange.borrow_mut();
            exchange.on_fulfilled = bind(&exchange.fulfilled, request.token);
            exchange.on_rejected = bind(&exchange.rejected, request.token);
            exchange.request = Some(request);
            exchange.controller = AbortController::new().ok();
            exchange.response = None;
            exchange.reader = None;
        }
        if again {
            Exchange::send(driver);
        } else {
            Exchange::ask(driver, Stage::Headers);
        }
    }

    pub(crate) fn abort(driver: &Rc<Driver>) {
        let (controller, reader, ignore) = {
            let mut exchange = driver.exchange.borrow_mut();
            exchange.request = None;
            (
                exchange.controller.take(),
                exchange.reader.take(),
                exchange.on_rejected.clone(),
            )
        };
        if let Some(controller) = controller {
            controller.abort();
        }
        if let Some(reader) = reader {
            // The body of a custom `fetch` need not hear of the signal. The
            // promise rejects where the signal came first; its token is stale.
            Exchange::follow(&reader.cancel(), &ignore, &ignore);
        }
    }

    pub(crate) fn read(driver: &Rc<Driver>, token: Token) {
        let (reader, response, fulfilled, rejected) = {
            let mut exchange = driver.exchange.borrow_mut();
            exchange.stage = Stage::Body;
            (
                exchange.reader.clone(),
                exchange.response.clone(),
                exchange.on_fulfilled.clone(),
                exchange.on_rejected.clone(),
            )
        };
        let reader = reader.or_else(|| {
            let body = response?.body()?;
            let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
            driver.exchange.borrow_mut().reader = Some(reader.clone());
            Some(reader)
        });
        match reader {
            Some(reader) => Exchange::follow(&reader.read(), &fulfilled, &rejected),
            // "If body is null, … end of body": an empty stream.
            None => driver.input(Input::Ended(token)),
        }
    }

    /// Asks `headers` or `params`, at once where they are no functions, so
    /// that the first request leaves inside the constructor.
    fn ask(driver: &Rc<Driver>, stage: Stage) {
        let (given, argument, token) = {
            let mut exchange = driver.exchange.borrow_mut();
            exchange.stage = stage;
            let Some(request) = &exchange.request else {
                return;
            };
            let name = match stage {
                Stage::Headers => "headers",
                _ => "params",
            };
            let argument = Object::new();
            set(&argument, "attempt", &request.attempt.into());
            set(&argument, "reason", &request.reason.as_str().into());
            if let Some(controller) = &exchange.controller {
                set(&argument, "signal", &controller.signal());
            }
            (get(&exchange.init, name), argument, request.token)
        };
        let value = match given.dyn_ref::<Function>() {
            Some(ask) => ask.call1(&JsValue::UNDEFINED, &argument),
            None => Ok(given),
        };
        let promise = match value {
            Ok(value) if function(&value, "then").is_none() => {
                return Exchange::asked(driver, token, value);
            }
            Ok(value) => Promise::resolve(&value),
            // A page must not hear of a failure before its constructor returns.
            Err(error) => Promise::reject(&error),
        };
        Exchange::follow_present(driver, token, &promise);
    }

    /// `headers` or `params` gave a value.
    fn asked(driver: &Rc<Driver>, token: Token, value: JsValue) {
        let stage = {
            let mut exchange = driver.exchange.borrow_mut();
            if !exchange.is_present(token) {
                return;
            }
            let stage = exchange.stage;
            match stage {
                Stage::Headers => exchange.headers = value,
                _ => exchange.params = value,
            }
            stage
        };
        if stage == Stage::Headers {
            Exchange::ask(driver, Stage::Params);
        } else {
            Exchange::send(driver);
        }
    }

    fn send(driver: &Rc<Driver>) {
        let (token, prepared, fetch) = {
            let mut exchange = driver.exchange.borrow_mut();
            exchange.stage = Stage::Response;
            let Some(request) = &exchange.request else {
                return;
            };
            let fetch = match get(&exchange.init, "fetch") {
                fetch if fetch.is_function() => fetch,
                _ => global("fetch"),
            };
            (request.token, exchange.prepare(request), fetch)
        };
        let sent = prepared.and_then(|(url, init)| {
            let fetch: Function = fetch.dyn_into()?;
            fetch.call2(&JsValue::UNDEFINED, &url, &init)
        });
        let promise = match sent {
            Ok(promise) => Promise::resolve(&promise),
            Err(error) => Promise::reject(&error),
        };
        Exchange::follow_present(driver, token, &promise);
    }

    /// The arguments of `fetch`.
    fn prepare(&self, request: &Request) -> Result<(JsValue, JsValue), JsValue> {
        let headers = match self.headers.is_undefined() || self.headers.is_null() {
            true => Headers::new()?,
            false => Headers::new_with_str_sequence_sequence(&self.headers)?,
        };
        // "Set (`Accept`, `text/event-stream`) in request's header list."
        if !headers.has("accept")? {
            headers.set("accept", "text/event-stream")?;
        }
        let mut query = String::new();
        if !self.params.is_undefined() && !self.params.is_null() {
            let params = UrlSearchParams::new_with_str_sequence_sequence(&self.params)?;
            query = params.to_string().into();
        }
        match &request.resume {
            // "`Last-Event-ID` … UTF-8 encoded": a header value is bytes, and
            // JavaScript spells bytes as the first 256 characters.
            Some(Resume { id, query: None }) => {
                headers.set(
                    "last-event-id",
                    &id.bytes().map(char::from).collect::<String>(),
                )?;
            }
            Some(Resume {
                id,
                query: Some(name),
            }) => {
                let params = UrlSearchParams::new_with_str(&query)?;
                params.append(name, id);
                query = params.to_string().into();
            }
            None => {}
        }
        let text = get(&self.init, "url");
        let url = if query.is_empty() {
            text
        } else {
            let url = Url::new(&text.as_string().unwrap_or_default())?;
            let search = url.search();
            let mark = if search.len() > 1 { "&" } else { "?" };
            url.set_search(&[&search, mark, &query].concat());
            url.href().into()
        };
        let init = Object::new();
        set(&init, "headers", &headers);
        for name in ["method", "body", "credentials"] {
            let value = get(&self.init, name);
            if !value.is_undefined() {
                set(&init, name, &value);
            }
        }
        // "Set request's cache mode to \"no-store\"."
        set(&init, "cache", &"no-store".into());
        if let Some(controller) = &self.controller {
            set(&init, "signal", &controller.signal());
        }
        Ok((url, init.into()))
    }

    /// A promise of the request named `token` settled.
    fn settled(driver: &Rc<Driver>, token: Token, value: JsValue, fulfilled: bool) {
        let stage = {
            let exchange = driver.exchange.borrow();
            if !exchange.is_present(token) {
                return;
            }
            exchange.stage
        };
        if !fulfilled {
            return driver.input(Input::Failed(
                token,
                match stage {
                    Stage::Headers => Fault::Headers,
                    Stage::Params => Fault::Params,
                    Stage::Response | Stage::Body => Fault::Network,
                },
            ));
        }
        match stage {
            Stage::Headers | Stage::Params => Exchange::asked(driver, token, value),
            Stage::Response => Exchange::responded(driver, token, value.unchecked_into()),
            Stage::Body => Exchange::received(driver, token, &value),
        }
    }

    fn responded(driver: &Rc<Driver>, token: Token, response: Response) {
        let headers = response.headers();
        let status = response.status();
        let header = |name| headers.get(name).ok().flatten();
        let content_type = header("content-type").unwrap_or_default();
        let head = Head {
            status,
            content_type: &content_type,
            retry_after: header("retry-after").as_deref().and_then(retry_after),
        };
        driver.exchange.borrow_mut().response = Some(response);
        driver.input(Input::Response(token, head));
    }

    fn received(driver: &Rc<Driver>, token: Token, result: &JsValue) {
        if get(result, "done").is_truthy() {
            return driver.input(Input::Ended(token));
        }
        let Ok(chunk) = get(result, "value").dyn_into::<Uint8Array>() else {
            // Fetch promises bytes; a custom `fetch` that gives anything else
            // has failed as a network can.
            return driver.input(Input::Failed(token, Fault::Network));
        };
        let mut buffer = std::mem::take(&mut driver.exchange.borrow_mut().buffer);
        buffer.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut buffer);
        driver.input(Input::Chunk(token, &buffer));
        driver.exchange.borrow_mut().buffer = buffer;
    }

    fn is_present(&self, token: Token) -> bool {
        self.request
            .as_ref()
            .is_some_and(|request| request.token == token)
    }

    fn follow_present(driver: &Rc<Driver>, token: Token, promise: &Promise) {
        let exchange = driver.exchange.borrow();
        // Whoever was asked may have closed the source; then nobody follows,
        // but a rejection must not go unhandled.
        let (fulfilled, rejected) = if exchange.is_present(token) {
            (&exchange.on_fulfilled, &exchange.on_rejected)
        } else {
            (&exchange.rejected, &exchange.rejected)
        };
        Exchange::follow(promise, fulfilled, rejected);
    }

    fn follow(promise: &Promise, fulfilled: &Function, rejected: &Function) {
        promise
            .unchecked_ref::<Thenable>()
            .then(fulfilled, rejected);
    }
}

fn bind(function: &Function, token: Token) -> Function {
    function
        .unchecked_ref::<Bindable>()
        .bind(&JsValue::UNDEFINED, token)
}

/// `Retry-After`: digits are seconds, anything else a date (RFC 9110 §10.2.3).
fn retry_after(value: &str) -> Option<RetryAfter> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(RetryAfter::Seconds(value.parse().unwrap_or(u64::MAX)));
    }
    let date = js_sys::Date::parse(value);
    (date >= 0.0).then_some(RetryAfter::Date(date as u64))
}
