//! The fetch transport: one request at a time, its body read chunk by chunk.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStreamDefaultReader, Response};

use super::host::{Host, Thenable};
use crate::core::{Fault, Head, Input, Request, RetryAfter, Token};

#[wasm_bindgen]
extern "C" {
    type Bindable;

    #[wasm_bindgen(method)]
    fn bind(this: &Bindable, receiver: &JsValue, token: Token, fulfilled: bool) -> Function;

    /// What a reader's promise gives: `{ done, value }`.
    type ReadResult;

    #[wasm_bindgen(method, getter, structural)]
    fn value(this: &ReadResult) -> JsValue;
}

/// Where requests are made and what comes of them is told.
pub(crate) struct Exchange {
    host: Host,
    deliver: Box<dyn Fn(Input<'_>)>,
    /// `(token, fulfilled, value)`: a promise settled. Bound to the first two,
    /// one function serves every promise of every request.
    settled: Function,
    request: RefCell<Option<Live>>,
    response: RefCell<Option<Response>>,
    buffer: RefCell<Vec<u8>>,
}

/// A request that was not given up.
struct Live {
    token: Token,
    reader: Option<ReadableStreamDefaultReader>,
}

impl Exchange {
    /// `deliver` is called with no borrow held, and never before a request was
    /// opened.
    pub(crate) fn new(host: Host, deliver: Box<dyn Fn(Input<'_>)>) -> Rc<Self> {
        Rc::new_cyclic(|exchange: &Weak<Self>| {
            let exchange = exchange.clone();
            let settled =
                Closure::<dyn FnMut(Token, bool, JsValue)>::new(move |token, fulfilled, value| {
                    if let Some(exchange) = exchange.upgrade() {
                        exchange.handle_settled(token, fulfilled, value);
                    }
                });
            Self {
                host,
                deliver,
                settled: settled.into_js_value().unchecked_into(),
                request: RefCell::new(None),
                response: RefCell::new(None),
                buffer: RefCell::new(Vec::new()),
            }
        })
    }

    /// The last response. It outlives its request in the events that tell of
    /// its end.
    pub(crate) fn response(&self) -> Option<Response> {
        self.response.borrow().clone()
    }

    pub(crate) fn open(&self, request: &Request) {
        let token = request.token;
        self.response.replace(None);
        self.request.replace(Some(Live {
            token,
            reader: None,
        }));
        // The caller's functions run in here and may close the source; then
        // the token is stale when the promise settles.
        let promise = self.host.request(
            request.attempt,
            request.reason as u32,
            request.again,
            request.resume as u32,
        );
        self.follow(token, &promise);
    }

    pub(crate) fn abort(&self) {
        let request = self.request.replace(None);
        self.host.abort();
        if let Some(Live {
            token,
            reader: Some(reader),
        }) = request
        {
            // The body of a custom `fetch` need not hear of the signal. The
            // promise rejects where the signal came first; its token is stale.
            self.follow(token, &reader.cancel());
        }
    }

    pub(crate) fn read(&self, token: Token) {
        let reader = match &mut *self.request.borrow_mut() {
            Some(Live { reader, .. }) => {
                if reader.is_none() {
                    let body = self.response().and_then(|response| response.body());
                    *reader = body.map(|body| body.get_reader().unchecked_into());
                }
                reader.clone()
            }
            None => return,
        };
        match reader {
            Some(reader) => self.follow(token, &reader.read()),
            // A null body is an empty one (Fetch standard, "fully read").
            None => (self.deliver)(Input::Ended(token)),
        }
    }

    fn follow(&self, token: Token, promise: &JsValue) {
        let settled: &Bindable = self.settled.unchecked_ref();
        let promise: &Thenable = promise.unchecked_ref();
        promise.then(
            &settled.bind(&JsValue::UNDEFINED, token, true),
            &settled.bind(&JsValue::UNDEFINED, token, false),
        );
    }

    /// A promise of the request named `token` settled.
    fn handle_settled(&self, token: Token, fulfilled: bool, value: JsValue) {
        let streaming = match &*self.request.borrow() {
            Some(request) if request.token == token => request.reader.is_some(),
            _ => return,
        };
        if !fulfilled {
            (self.deliver)(Input::Failed(token, Fault::Network));
        } else if streaming {
            self.handle_read(token, &value.unchecked_into());
        } else {
            match value.as_f64() {
                None => self.handle_response(token, value.unchecked_into()),
                Some(1.0) => (self.deliver)(Input::Failed(token, Fault::Headers)),
                Some(_) => (self.deliver)(Input::Failed(token, Fault::Params)),
            }
        }
    }

    fn handle_response(&self, token: Token, response: Response) {
        let content_type = self.host.content_type(&response);
        let retry_after = self.host.retry_after(&response);
        let head = Head {
            status: response.status(),
            content_type: &content_type,
            retry_after: if retry_after.is_nan() {
                None
            } else if retry_after < 0.0 {
                Some(RetryAfter::Date(-retry_after as u64))
            } else {
                Some(RetryAfter::Seconds(retry_after as u32))
            },
        };
        self.response.replace(Some(response));
        (self.deliver)(Input::Response(token, head));
    }

    fn handle_read(&self, token: Token, result: &ReadResult) {
        // `value` is absent exactly when `done` is set. The body of a custom
        // `fetch` may hold what is no bytes, and has failed then.
        let chunk: Uint8Array = match result.value().dyn_into() {
            Ok(chunk) => chunk,
            Err(value) if value.is_undefined() => return (self.deliver)(Input::Ended(token)),
            Err(_) => return (self.deliver)(Input::Failed(token, Fault::Network)),
        };
        let mut buffer = self.buffer.take();
        buffer.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut buffer);
        (self.deliver)(Input::Chunk(token, &buffer));
        self.buffer.replace(buffer);
    }
}
