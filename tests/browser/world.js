// @ts-check
// What stands around a Rust `Source` in these tests: the class's side of the
// boundary (src/js/boundary.ts), which notes what it is told, and requests
// whose answers the test gives. Everything that knows the boundary is here.
//
// `cargo test` has none of src/js, so what makes requests and reads bodies is a
// stand-in too. The real one, src/js/exchange.ts, has tests/js/exchange.test.ts
// and tests/e2e.

const COLUMNS = 3;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The options that cross as numbers, the flags after them, and the texts: see src/browser/options.rs. */
const numbers = [
  ...["initial", "max", "floor", "serverMax", "maxRetries", "giveUpAfter", "resetAfter", "stallAfter"],
  ...["notFoundGrace", "notFoundDelay", "maxEventSize", "connectTimeout", "idleTimeout", "factor"],
];
const flags = [
  ...["latch", "classify", "pauseWhenHidden", "pauseWhenOffline", "repeatable", "freshCredentials"],
  ...["crossOrigin", "fetchable", "mixed", "supported", "resumeHeader", "resumeQuery", "native"],
];
const texts = ["heartbeatEvents", "lastEventId"];

/** Which events the class calls terminal: names, by outcome. */
const terminals = ["completedBy", "failedBy"];

/** Inputs by their numbers: see src/bindings.rs. */
const inputs = [
  ...["start", "close", "abort", "clear", "reconnect", "reset", "drained", "online", "offline"],
  ...["visibility", "pagehide", "pageshow", "freeze", "resume", "refused"],
  ...["commit", "terminal", "classified", "response", "ended", "failed", "rang"],
];

/** Names for what the host is called for, by number: see `Call` in src/browser/host.rs. */
const words = [
  ...["number", "page", "listen", "latched", "latch", "request", "abort", "read", "dispatch", "dropBatch"],
  ...["classify", "statechange", "open", "error", "complete", "stall", "alarm"],
];

/**
 * What a source asks its host for. No jitter and a first delay of 20 ms, unless the options say otherwise.
 * @param {Record<string, unknown>} options
 */
function pack(options) {
  /** @type {Record<string, any>} */
  const given = {
    ...{ jitter: 2, initial: 20, floor: 0, heartbeatEvents: ["heartbeat", "ping", "keepalive", "connected"] },
    ...{ pauseWhenOffline: true, repeatable: true, fetchable: true, supported: true },
    ...options,
  };
  const unknown = Object.keys(given).filter(
    (name) => ![...numbers, ...flags, ...texts, ...terminals, "jitter"].includes(name),
  );
  if (unknown.length > 0) throw new Error(`no options: ${unknown}`);
  return {
    numbers: [
      ...numbers.map((name) => given[name] ?? NaN),
      flags.reduce(
        (sum, name, index) => sum | (Number(given[name] ?? false) << (index + 2)),
        given.jitter ?? 0,
      ),
    ],
    texts: texts.map((name) => [given[name] ?? []].flat().join("\n")),
    terminals: terminals.map((name) => [given[name] ?? []].flat()),
  };
}

/** A request that the source made, until the test answers it. */
class Exchange {
  aborted = false;
  cancelled = false;
  /** @type {ReadableStreamDefaultController | undefined} */
  body;

  /** @param {number} token */
  constructor(token) {
    this.token = token;
    /** @type {Promise<Response>} */
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** @param {number} status @param {HeadersInit} headers @param {boolean} withBody */
  respond(status, headers, withBody) {
    const body = new ReadableStream({
      start: (controller) => {
        if (withBody) this.body = controller;
      },
      cancel: () => {
        this.cancelled = true;
      },
    });
    this.resolve?.(new Response(withBody ? body : null, { status, headers }));
  }
}

export class World {
  /** What the host was told, in words, oldest first. @type {string[]} */
  log = [];
  /** Every call of the host, those too that the log leaves out. @type {string[]} */
  calls = [];
  /** @type {Exchange[]} */
  exchanges = [];
  /** Functions that run in a call of the host, or in an event, by its word. @type {Record<string, () => void>} */
  on = {};
  /** The registry's entry. */
  latchEntry = 0;
  /** Bit 0: the machine is online; bit 1: the page is hidden. */
  page = 1;
  /** Whether a batch is dispatched as soon as it comes. */
  dispatching = true;
  /** Dispatches the last batch. */
  dispatchNow = () => {};
  /** @type {import("../../src/js/boundary.ts").Source | undefined} */
  source;
  /** The timer that was set last. @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The response that came last. @type {Response | undefined} */
  #response;
  /** @type {ReadableStreamDefaultReader | undefined} */
  #reader;
  /** Which batch is being dispatched; none while there is none. @type {object | undefined} */
  #live;
  /** How many rows of it were. */
  #rows = 0;

  /** @param {Record<string, unknown>} options @param {string[]} states @param {string[]} reasons by number */
  constructor(options, states, reasons) {
    this.options = pack(options);
    this.states = states;
    this.reasons = reasons;
  }

  /** @param {string} word @param {unknown[]} rest */
  #note(word, ...rest) {
    this.log.push([word, ...rest].map(String).join(" "));
  }

  /** The class's side. @returns {import("../../src/js/boundary.ts").Host} */
  host() {
    const { states, reasons } = this;
    /** @param {number} value */
    const orNull = (value) => (Number.isNaN(value) ? null : value);
    const outcomes = ["completed", "failed"];
    /** @param {number} decided */
    const status = (decided) => (decided ? this.#response?.status : undefined);
    const contentType = () => this.#response?.headers.get("content-type");
    /** @type {Uint8Array} */
    let text = new Uint8Array();
    /** @type {Uint32Array} */
    let table = new Uint32Array();
    const encoder = new TextEncoder();
    /** @type {import("../../src/js/boundary.ts").Calls} */
    const calls = [
      (index) => this.options.numbers[index],
      () => this.page,
      (on) => this.#note("listen", !!on),
      () => {
        this.#note("latched");
        return this.latchEntry;
      },
      (outcome) => {
        this.latchEntry = outcome;
        this.#note("latch", outcome);
      },
      (token, attempt, reason, how) => {
        this.#note("request", attempt, reasons[reason], how > 3, ["nothing", "header", "query"][how & 3]);
        this.#request(token);
      },
      () => this.#abort(),
      (token) => void this.#read(token),
      () => {
        const mine = this.#live;
        const [bytes, rows] = [text, table];
        this.dispatchNow = () => this.#dispatch(bytes, rows, () => this.#live === mine);
        if (this.dispatching) this.dispatchNow();
      },
      () => {
        this.#live = undefined;
        this.#note("dropBatch");
      },
      (token, reason, attempt, decided) => {
        this.token = token;
        this.#note("classify", reasons[reason], status(decided), attempt);
      },
      (state, previous, reason, attempt, retryIn) =>
        this.#note("statechange", states[previous], states[state], reasons[reason], attempt, orNull(retryIn)),
      () => this.#note("open", status(1), contentType()),
      (reason, attempt, decided, fatal, retryIn) =>
        this.#note("error", reasons[reason], status(decided), attempt, orNull(retryIn), !!fatal),
      (outcome, terminal, latched) => this.#note("complete", outcomes[outcome], !!terminal, !!latched),
      (stalled) => this.#note("stall", !!stalled),
      (on, delay) => {
        clearTimeout(this.#timer);
        pending.delete(this.#timer);
        if (!on) return;
        watching?.delays.push(delay);
        const timer = setTimeout(() => {
          pending.delete(timer);
          this.tell("rang");
        }, delay);
        this.#timer = timer;
        pending.add(timer);
      },
    ];
    return {
      text: (index) => encoder.encode([...this.options.texts, contentType() ?? ""][index]),
      batch: (bytes, rows) => {
        [text, table] = [bytes.slice(), rows.slice()];
        this.#live = {};
        this.#rows = 0;
      },
      call: (what, ...args) => {
        const word = words[what] ?? "";
        this.calls.push(word);
        const answer = /** @type {(...args: number[]) => number} */ (calls[what])(...args);
        this.on[word]?.();
        return answer;
      },
    };
  }

  /** @param {number} token */
  async #request(token) {
    const exchange = new Exchange(token);
    this.exchanges.push(exchange);
    this.#response = this.#reader = undefined;
    const response = await exchange.answer.catch(() => undefined);
    if (response && !exchange.aborted) {
      this.#answered(token, response);
    } else {
      // Of one that did not hear of the signal.
      response?.body?.cancel().catch(() => {});
      this.tell("failed", token);
    }
  }

  /** @param {number} token @param {Response} response @param {number} retryAfter as a number, which src/js/exchange.ts makes of it */
  #answered(token, response, retryAfter = NaN) {
    this.#response = response;
    this.tell("response", token, response.status, retryAfter);
  }

  /** @param {number} token */
  async #read(token) {
    /** @type {{ done: boolean, value?: Uint8Array } | undefined} */
    let chunk;
    try {
      this.#reader ??= this.#response?.body?.getReader();
      chunk = (await this.#reader?.read()) ?? { done: true };
    } catch {}
    if (chunk?.value) this.source?.chunk(token, chunk.value);
    else this.tell(chunk ? "ended" : "failed", token);
  }

  #abort() {
    const exchange = this.exchanges.at(-1);
    if (exchange) exchange.aborted = true;
    const body = this.#reader ?? this.#response?.body;
    this.#reader = undefined;
    body?.cancel().catch(() => {});
  }

  /** @param {Uint8Array} text @param {Uint32Array} table @param {() => boolean} live */
  #dispatch(text, table, live) {
    const lines = decoder.decode(text).split("\n");
    const take = (feeds = 0) => lines.splice(0, feeds + 1).join("\n");
    for (let row = 0; row < table.length / COLUMNS; row++) {
      const [flags = 0, feeds] = table.subarray(row * COLUMNS);
      const [type, data, id] = [take(), take(feeds), take()];
      const outcome = 1 + this.options.terminals.findIndex((names) => names.includes(type));
      if (outcome) {
        this.#commit();
        this.tell("terminal", row, outcome);
        if (!live()) return;
      }
      this.#rows = row + 1;
      this.#note("event", flags, JSON.stringify([type, data, flags & 1 ? id : null]));
      this.on.event?.();
      // A handler may have closed the source.
      if (!live()) return;
      if (outcome) break;
    }
    this.#commit();
    this.#live = undefined;
    this.tell("drained");
  }

  /**
   * Makes what the host does when it next hears a word take so many milliseconds, as a slow handler's.
   * @param {string} word @param {number} ms
   */
  block(word, ms) {
    this.on[word] = () => {
      delete this.on[word];
      const until = performance.now() + ms;
      while (performance.now() < until);
    };
  }

  /**
   * Makes what the host does when it next hears a word.
   * @param {string} word @param {string} input
   */
  when(word, input) {
    this.on[word] = () => {
      delete this.on[word];
      this.input(input);
    };
  }

  /** As the class tells of what its caller and the page do: after how far the batch got. @param {string} name */
  input(name) {
    this.#commit();
    this.tell(name);
  }

  #commit() {
    if (this.#live) this.tell("commit", this.#rows);
  }

  /** Only this. @param {string} name @param {number} a @param {number} b @param {number} c */
  tell(name, a = 0, b = 0, c = 0) {
    const number = inputs.indexOf(name);
    if (number < 0) throw new Error(`no input: ${name}`);
    this.source?.input(number, a, b, c);
  }

  /** The fields of a snapshot, those of the last one while none has changed. @type {number[]} */
  #fields = [];

  state() {
    this.#fields = this.source?.snapshot() ?? this.#fields;
    return this.states[this.#fields[0] ?? -1] ?? "";
  }

  /** @param {number} verdict @param {number} retryIn */
  classified(verdict, retryIn) {
    this.tell("classified", this.token, verdict, retryIn);
  }

  /** @param {number} n */
  request(n) {
    const exchange = this.exchanges[n];
    if (!exchange) throw new Error(`there is no request ${n}, of ${this.exchanges.length}`);
    return exchange;
  }

  /** @param {number} n @param {number} status @param {HeadersInit} headers @param {boolean} withBody */
  respond(n, status, headers, withBody) {
    this.request(n).respond(status, headers, withBody);
  }

  /**
   * Tells of an answer straight away, whatever became of the request.
   * @param {number} n @param {number} status @param {string} contentType @param {number} retryAfter
   */
  answer(n, status, contentType, retryAfter) {
    const headers = { "content-type": contentType };
    this.#answered(this.request(n).token, new Response(null, { status, headers }), retryAfter);
  }

  /** Tells of a chunk so. @param {number} n @param {Uint8Array} bytes */
  bytes(n, bytes) {
    this.source?.chunk(this.request(n).token, bytes);
  }

  /** Tells of an end so. @param {number} n @param {string} name "ended" or "failed" @param {number} fault */
  over(n, name, fault) {
    this.tell(name, this.request(n).token, fault);
  }

  /** The fetch, or the body where there is one, fails. @param {number} n */
  fail(n) {
    const { body, reject } = this.request(n);
    const error = new TypeError("the network is gone");
    if (body) body.error(error);
    else reject?.(error);
  }

  /** @param {number} n @param {Uint8Array} bytes */
  chunk(n, bytes) {
    const { body, cancelled } = this.request(n);
    if (!cancelled) body?.enqueue(bytes);
  }

  /** @param {number} n */
  end(n) {
    this.request(n).body?.close();
  }
}

const { setTimeout: realSetTimeout } = globalThis;

/** That long, and a turn of the event loop at least. @param {number} ms @returns {Promise<void>} */
export const turn = (ms) => new Promise((resolve) => void realSetTimeout(resolve, ms));

/** Timers of sources that were set and neither rang nor were cleared. */
const pending = new Set();
/** @type {Watch | undefined} */
let watching;

/** Watches the sources' timers and unhandled rejections until `stop()`. */
export class Watch {
  /** Delays of the timers that were set. @type {number[]} */
  delays = [];
  /** Rejections that nobody handled. */
  unhandled = 0;
  /** Those of an earlier test's sources. */
  #before = new Set(pending);
  /** @param {Event} event */
  #count = (event) => {
    this.unhandled++;
    event.preventDefault();
  };

  constructor() {
    watching = this;
    globalThis.addEventListener("unhandledrejection", this.#count);
  }

  /** Timers that were set meanwhile and neither rang nor were cleared. */
  get pendingTimers() {
    return [...pending].filter((timer) => !this.#before.has(timer)).length;
  }

  stop() {
    watching = undefined;
    globalThis.removeEventListener("unhandledrejection", this.#count);
  }
}
