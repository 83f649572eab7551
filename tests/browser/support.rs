//! The world around a source, from the test's side: see `world.js`, which is
//! the one place that knows the boundary.

use js_sys::{Promise, Reflect, Uint8Array};
use resilient_eventsource::bindings::Source;
use resilient_eventsource::browser::Host;
use resilient_eventsource::core::{Reason, State};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/tests/browser/world.js")]
extern "C" {
    /// The host and the network of one source. The methods that `world.js` explains.
    pub(crate) type World;
    #[wasm_bindgen(constructor)]
    fn new_world(options: &JsValue, states: Vec<String>, reasons: Vec<String>) -> World;
    #[wasm_bindgen(method)]
    fn host(this: &World) -> Host;
    #[wasm_bindgen(method, setter)]
    fn set_source(this: &World, source: JsValue);
    #[wasm_bindgen(method, getter)]
    fn source(this: &World) -> JsSource;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn log(this: &World) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn calls(this: &World) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn exchanges(this: &World) -> js_sys::Array;
    #[wasm_bindgen(method, setter, js_name = latchEntry)]
    pub(crate) fn set_latch_entry(this: &World, outcome: u32);
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_page(this: &World, bits: u32);
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_dispatching(this: &World, dispatching: bool);
    #[wasm_bindgen(method, js_name = dispatchNow)]
    pub(crate) fn dispatch_now(this: &World);
    #[wasm_bindgen(method)]
    pub(crate) fn when(this: &World, word: &str, input: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn block(this: &World, word: &str, ms: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn input(this: &World, name: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &World, name: &str, a: u32, b: u32);
    /// Takes the snapshot, so that `snapshot()` gives none until the next change.
    #[wasm_bindgen(method)]
    pub(crate) fn state(this: &World) -> String;
    #[wasm_bindgen(method)]
    pub(crate) fn classified(this: &World, verdict: u32, retry_in: f64);
    #[wasm_bindgen(method)]
    fn request(this: &World, n: u32) -> JsValue;
    #[wasm_bindgen(method, js_name = respond)]
    fn respond_with(this: &World, n: u32, status: u16, headers: &JsValue, body: bool);
    #[wasm_bindgen(method)]
    pub(crate) fn answer(this: &World, n: u32, status: u16, content_type: &str, retry_after: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn bytes(this: &World, n: u32, bytes: &[u8]);
    #[wasm_bindgen(method)]
    pub(crate) fn over(this: &World, n: u32, name: &str, fault: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn fail(this: &World, n: u32);
    #[wasm_bindgen(method, js_name = chunk)]
    fn enqueue(this: &World, n: u32, bytes: Uint8Array);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &World, n: u32);

    /// A Rust `Source` as JavaScript has it.
    type JsSource;
    #[wasm_bindgen(method)]
    fn snapshot(this: &JsSource) -> Option<Vec<f64>>;
    #[wasm_bindgen(method)]
    fn stats(this: &JsSource) -> Vec<f64>;

    /// Counts what is set and never taken back.
    pub(crate) type Watch;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Watch;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn delays(this: &Watch) -> Vec<f64>;
    #[wasm_bindgen(method, getter, js_name = pendingTimers)]
    pub(crate) fn pending_timers(this: &Watch) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn unhandled(this: &Watch) -> u32;
    #[wasm_bindgen(method)]
    pub(crate) fn stop(this: &Watch);

    fn turn(ms: u32) -> Promise;
}

/// The headers of an answer that is an event stream.
pub(crate) const STREAM: &str = "{ 'content-type': 'text/event-stream' }";

/// The value of a JavaScript expression.
pub(crate) fn js(expression: &str) -> JsValue {
    js_sys::eval(&format!("({expression})")).expect("an expression")
}

/// A source that has not begun, with these options over those of `world.js`:
/// no jitter, first delay 20 ms.
pub(crate) fn world(options: &str) -> World {
    let states = State::ALL.iter().map(|state| state.as_str().into());
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str().into());
    let world = World::new_world(&js(options), states.collect(), reasons.collect());
    let source = Source::new(world.host());
    world.set_source(source.into());
    world
}

/// As [`world`], begun.
pub(crate) fn started(options: &str) -> World {
    let world = world(options);
    world.start();
    world
}

/// As [`started`], with an open stream on request 0.
pub(crate) async fn open(options: &str) -> World {
    let world = started(options);
    world.respond(0, 200, STREAM);
    world.until("open").await;
    world
}

/// Some turns of the event loop, more than any chain of promises takes.
pub(crate) async fn settle() {
    for _ in 0..5 {
        let _ = turn(0).await;
    }
}

/// That long, for what must not happen in it.
pub(crate) async fn pause(ms: u32) {
    let _ = turn(ms).await;
}

impl World {
    pub(crate) fn start(&self) {
        self.input("start");
    }

    pub(crate) fn close(&self) {
        self.input("close");
    }

    pub(crate) fn snapshot(&self) -> Option<Vec<f64>> {
        self.source().snapshot()
    }

    pub(crate) fn stats(&self) -> Vec<f64> {
        self.source().stats()
    }

    /// How many events were received, by the statistics.
    pub(crate) fn events(&self) -> f64 {
        self.stats()[1]
    }

    /// Answers a request; the body stays open.
    pub(crate) fn respond(&self, n: u32, status: u16, headers: &str) {
        self.respond_with(n, status, &js(headers), true);
    }

    /// Answers a request without a body, not even an empty one.
    pub(crate) fn respond_bare(&self, n: u32, status: u16, headers: &str) {
        self.respond_with(n, status, &js(headers), false);
    }

    /// Bytes of the body.
    pub(crate) fn chunk(&self, n: u32, bytes: &[u8]) {
        self.enqueue(n, Uint8Array::from(bytes));
    }

    /// How often the host was called so.
    pub(crate) fn times(&self, word: &str) -> usize {
        self.calls().iter().filter(|call| *call == word).count()
    }

    pub(crate) fn requests(&self) -> u32 {
        self.exchanges().length()
    }

    pub(crate) fn is_aborted(&self, n: u32) -> bool {
        get(&self.request(n), "aborted").is_truthy()
    }

    /// Whether the body's reader was told that nobody reads on.
    pub(crate) fn is_cancelled(&self, n: u32) -> bool {
        get(&self.request(n), "cancelled").is_truthy()
    }

    /// Lines of the log that begin with this word.
    pub(crate) fn told(&self, word: &str) -> Vec<String> {
        self.log()
            .into_iter()
            .filter(|line| line.split(' ').next() == Some(word))
            .collect()
    }

    /// The last such line.
    pub(crate) fn last(&self, word: &str) -> String {
        self.told(word).pop().unwrap_or_default()
    }

    /// What the page is told: the log without what the host does for it.
    pub(crate) fn story(&self) -> Vec<String> {
        let own = ["request", "listen", "latched", "latch", "dropBatch"];
        let mut log = self.log();
        log.retain(|line| !own.iter().any(|word| line.starts_with(word)));
        log
    }

    /// Waits until the host is told of this for the first time.
    pub(crate) async fn until(&self, line: &str) {
        self.until_times(line, 1).await;
    }

    /// Waits until that many lines of the log begin so.
    pub(crate) async fn until_times(&self, line: &str, times: usize) {
        for _ in 0..1_000 {
            let seen = self
                .log()
                .iter()
                .filter(|told| told.starts_with(line))
                .count();
            if seen >= times {
                return;
            }
            let _ = turn(2).await;
        }
        panic!("never {times} × {line:?} in {:#?}", self.log());
    }
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The number after this many words of a line.
pub(crate) fn number(line: &str, word: usize) -> f64 {
    let word = line.split(' ').nth(word).unwrap_or_default();
    word.parse()
        .unwrap_or_else(|_| panic!("{word:?} is no number, in {line:?}"))
}
