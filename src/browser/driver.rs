//! The loop between the core and the platform: inputs in, outputs done.
//!
//! No borrow is held while JavaScript runs that may call back, so any handler
//! may close, reset or reconnect the source it hears of.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::fetch::Exchange;
use super::host::Host;
use super::timer::Alarm;
use super::{clock, options, page};
use crate::core::{Announcement, Connection, Input, Millis, Outcome, Output, Snapshot};

pub(crate) struct Driver {
    pub(crate) connection: RefCell<Connection>,
    pub(crate) host: Host,
    pub(crate) exchange: RefCell<Exchange>,
    url: String,
    alarm: Alarm,
    /// Called with each event of the page while the source is live.
    on_page: Function,
    listening: Cell<bool>,
    online: Cell<bool>,
}

impl Driver {
    pub(crate) fn new(host: Host, init: JsValue) -> Rc<Self> {
        let config = options::config(&init);
        let seed = js_sys::Math::random().to_bits();
        Rc::new_cyclic(|driver: &Weak<Self>| {
            let handler = driver.clone();
            let on_page = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                if let Some(driver) = handler.upgrade()
                    && let Some(input) = page::input(&event, &driver.url)
                {
                    driver.input(input);
                }
            });
            Self {
                connection: RefCell::new(Connection::new(config, seed)),
                host,
                url: super::js::get(&init, "url").as_string().unwrap_or_default(),
                exchange: RefCell::new(Exchange::new(init, driver.clone())),
                alarm: Alarm::default(),
                on_page: on_page.into_js_value().unchecked_into(),
                listening: Cell::new(false),
                online: Cell::new(true),
            }
        })
    }

    /// Begins: the first request is made before this returns.
    pub(crate) fn start(self: &Rc<Self>) {
        let now = clock::now();
        self.connection
            .borrow_mut()
            .handle_input(Input::Hidden(page::is_hidden()), now);
        self.input(Input::Start);
    }

    /// Feeds the core and does what it asks for.
    pub(crate) fn input(self: &Rc<Self>, input: Input<'_>) {
        let now = clock::now();
        let online = page::is_online();
        {
            let mut connection = self.connection.borrow_mut();
            // Engines change `onLine` before the event of that name, and some
            // without one.
            if self.online.replace(online) != online && !matches!(input, Input::Online(_)) {
                connection.handle_input(Input::Online(online), now);
            }
            connection.handle_input(input, now);
        }
        self.drain(now.mono);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.connection.borrow().snapshot()
    }

    fn drain(self: &Rc<Self>, now: Millis) {
        loop {
            let output = self.connection.borrow_mut().poll_output();
            match output {
                Output::ConsultLatch => {
                    let outcome = match self.host.latched() {
                        0 => None,
                        1 => Some(Outcome::Completed),
                        _ => Some(Outcome::Failed),
                    };
                    self.connection
                        .borrow_mut()
                        .handle_input(Input::Latch(outcome), clock::now());
                }
                Output::SetLatch(outcome) => self.host.latch(match outcome {
                    Outcome::Completed => 1,
                    Outcome::Failed => 2,
                }),
                Output::ClearLatch => self.host.unlatch(),
                Output::Open(request) => Exchange::open(self, request),
                Output::Abort => Exchange::abort(self),
                Output::Read(token) => Exchange::read(self, token),
                Output::Dispatch => {
                    {
                        let connection = self.connection.borrow();
                        let batch = connection.batch();
                        self.host.batch(batch.text(), batch.table());
                    }
                    self.host.dispatch();
                }
                Output::DropBatch => self.host.drop_batch(),
                Output::Classify(token, end) => {
                    let (headers, response) = self.exchange.borrow().answer();
                    self.host.classify(
                        token,
                        end.reason.as_str(),
                        end.status.unwrap_or(0),
                        &headers,
                        &response,
                        self.connection.borrow().attempt(),
                    );
                }
                Output::Announce(announcement) => self.announce(announcement),
                Output::Timeout(at) => {
                    self.listen();
                    return self.set_alarm(at, now);
                }
            }
        }
    }

    fn announce(&self, announcement: Announcement) {
        let host = &self.host;
        match announcement {
            Announcement::StateChange {
                state,
                previous,
                reason,
                attempt,
                retry_in,
            } => host.statechange(
                state.as_str(),
                previous.as_str(),
                reason.as_str(),
                attempt,
                number(retry_in),
            ),
            Announcement::Open(status) => {
                let (headers, _) = self.exchange.borrow().answer();
                let origin = self.exchange.borrow().origin();
                host.open(status, &headers, &origin);
            }
            Announcement::Error {
                end,
                attempt,
                retry_in,
                fatal,
            } => {
                let headers = match end.status {
                    Some(_) => self.exchange.borrow().answer().0,
                    None => JsValue::UNDEFINED,
                };
                host.error(
                    end.reason.as_str(),
                    end.status.unwrap_or(0),
                    &headers,
                    attempt,
                    number(retry_in),
                    fatal,
                );
            }
            Announcement::Complete {
                outcome,
                terminal_type,
                latched,
            } => host.complete(
                outcome.as_str(),
                terminal_type.map_or(JsValue::UNDEFINED, JsValue::from),
                latched,
            ),
            Announcement::Stall(stalled) => host.stall(stalled),
        }
    }

    /// Listens to the page exactly as long as the source is live.
    fn listen(&self) {
        let live = !self.connection.borrow().state().is_final();
        if self.listening.replace(live) != live {
            page::listen(&self.on_page, live);
        }
    }

    fn set_alarm(self: &Rc<Self>, at: Option<Millis>, now: Millis) {
        let driver = Rc::downgrade(self);
        self.alarm.set(at, now, move || {
            if let Some(driver) = driver.upgrade() {
                driver.alarm.rang();
                driver.input(Input::Timeout);
            }
        });
    }
}

/// `null` crosses as NaN.
fn number(millis: Option<Millis>) -> f64 {
    millis.map_or(f64::NAN, |millis| millis as f64)
}
