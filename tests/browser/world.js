// @ts-check
// What stands around a Rust `Source` in these tests: the class's side of the
// boundary (src/js/boundary.ts), which notes what it is told, and a `fetch`
// whose answers the test gives. Everything that knows the boundary is here.

const COLUMNS = 5;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The options that cross as numbers, the flags after them, and the texts: see src/browser/options.rs. */
const numbers = [
  ...["initial", "max", "floor", "serverMax", "maxRetries", "giveUpAfter", "resetAfter", "stallAfter"],
  ...["notFoundGrace", "notFoundDelay", "maxEventSize", "connectTimeout", "idleTimeout", "factor"],
];
const flags = [
  ...["latch", "classify", "pauseWhenHidden", "pauseWhenOffline", "repeatable", "freshCredentials"],
  ...["crossOrigin", "fetchable", "mixed", "supported", "resumeHeader", "resumeQuery", "heartbeats"],
];
const texts = ["heartbeatEvents", "lastEventId"];

/** Which events the class calls terminal: names, by outcome. */
const terminals = ["completedBy", "failedBy"];

/** Inputs by their numbers: see src/bindings.rs. */
const inputs = [
  ...["start", "close", "abort", "clear", "reconnect", "reset", "drained", "online", "offline"],
  ...[
    "visibility",
    "pagehide",
    "pageshow",
    "freeze",
    "resume",
    "refused",
    "commit",
    "terminal",
    "classified",
  ],
];

/**
 * What a source asks its host for. No jitter and a first delay of 20 ms, unless the options say otherwise.
 * @param {Record<string, unknown>} options
 */
function pack(options) {
  /** @type {Record<string, any>} */
  const given = {
    ...{ jitter: 2, initial: 20, floor: 0 },
    ...{ pauseWhenOffline: true, repeatable: true, fetchable: true, supported: true },
    heartbeats: !!options.heartbeatEvents,
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

/** A request that the source made. */
class Exchange {
  aborted = false;
  cancelled = false;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** @param {number} status @param {HeadersInit} headers @param {boolean} withBody */
  respond(status, headers, withBody) {
    /** @type {ReadableStream | null} */
    let body = null;
    if (withBody) {
      body = new ReadableStream({
        start: (controller) => {
          this.body = controller;
        },
        cancel: () => {
          this.cancelled = true;
        },
      });
    }
    this.resolve?.(new Response(body, { status, headers }));
  }
}

export class World {
  /** What the host was told, in words, oldest first. @type {string[]} */
  log = [];
  /** @type {Exchange[]} */
  exchanges = [];
  /** Functions that run when the host is told of something, by the first word. @type {Record<string, () => void>} */
  on = {};
  /** The registry's entry. */
  latchEntry = 0;
  /** Bit 0: the machine is online; bit 1: the page is hidden. */
  page = 1;
  /** Whether a batch is dispatched as soon as it comes. */
  dispatching = true;
  /** Dispatches the last batch. */
  dispatchNow = () => {};
  /** @type {{ input(number: number, a: number, b: number, c: number): void; snapshot(): number[] | undefined; stats(): unknown } | undefined} */
  source;

  /** @param {Record<string, unknown>} options @param {string[]} states @param {string[]} reasons by number */
  constructor(options, states, reasons) {
    this.options = pack(options);
    this.states = states;
    this.reasons = reasons;
  }

  /** @param {string} word @param {unknown[]} rest */
  #note(word, ...rest) {
    this.log.push([word, ...rest].map(String).join(" "));
    this.on[word]?.();
  }

  /** The class's side. */
  host() {
    const { states, reasons } = this;
    /** @param {number} value */
    const orNull = (value) => (Number.isNaN(value) ? null : value);
    const outcomes = ["completed", "failed"];
    /** @param {Response | undefined} response */
    const status = (response) => response?.status;
    /** @type {Uint8Array} */
    let text = new Uint8Array();
    /** @type {Uint32Array} */
    let table = new Uint32Array();
    let live = {};
    const encoder = new TextEncoder();
    return {
      /** @param {number} index */
      number: (index) => this.options.numbers[index],
      /** @param {number} index */
      text: (index) => encoder.encode(this.options.texts[index]),
      /** @param {Response} response */
      contentType: (response) => encoder.encode(response.headers.get("content-type") ?? ""),
      /** @param {Response} response */
      retryAfter(response) {
        const value = response.headers.get("retry-after") ?? "";
        return /^\d+$/.test(value) ? Number(value) : -Date.parse(value);
      },
      /** @param {number} attempt @param {number} reason @param {boolean} again @param {number} resume */
      request: (attempt, reason, again, resume) => {
        const exchange = new Exchange();
        this.exchanges.push(exchange);
        this.#note("request", attempt, reasons[reason], again, ["nothing", "header", "query"][resume]);
        return exchange.promise;
      },
      abort: () => {
        const exchange = this.exchanges.at(-1);
        if (exchange) exchange.aborted = true;
      },
      /** @param {boolean} on */
      listen: (on) => this.#note("listen", on),
      page: () => this.page,
      /** @param {Uint8Array} bytes @param {Uint32Array} rows */
      batch: (bytes, rows) => {
        [text, table, live] = [bytes.slice(), rows.slice(), {}];
      },
      dispatch: () => {
        const mine = live;
        const [bytes, rows] = [text, table];
        this.dispatchNow = () => this.#dispatch(bytes, rows, () => live === mine);
        if (this.dispatching) this.dispatchNow();
      },
      dropBatch: () => {
        live = {};
        this.#note("dropBatch");
      },
      /** @param {number} state @param {number} previous @param {number} reason @param {number} attempt @param {number} retryIn */
      statechange: (state, previous, reason, attempt, retryIn) =>
        this.#note("statechange", states[previous], states[state], reasons[reason], attempt, orNull(retryIn)),
      /** @param {Response | undefined} response */
      open: (response) => this.#note("open", status(response), response?.headers.get("content-type")),
      /** @param {number} reason @param {Response | undefined} response @param {number} attempt @param {number} retryIn @param {boolean} fatal */
      error: (reason, response, attempt, retryIn, fatal) =>
        this.#note("error", reasons[reason], status(response), attempt, orNull(retryIn), fatal),
      /** @param {number} outcome @param {boolean} terminal @param {boolean} latched */
      complete: (outcome, terminal, latched) => this.#note("complete", outcomes[outcome], terminal, latched),
      /** @param {boolean} stalled */
      stall: (stalled) => this.#note("stall", stalled),
      /** @param {number} token @param {number} reason @param {Response | undefined} response @param {number} attempt */
      classify: (token, reason, response, attempt) => {
        this.token = token;
        this.#note("classify", reasons[reason], status(response), attempt);
      },
      latched: () => {
        this.#note("latched");
        return this.latchEntry;
      },
      /** @param {number} outcome */
      latch: (outcome) => {
        this.latchEntry = outcome;
        this.#note("latch", outcome);
      },
    };
  }

  /** @param {Uint8Array} text @param {Uint32Array} table @param {() => boolean} live */
  #dispatch(text, table, live) {
    let at = 0;
    /** @param {number | undefined} length in bytes */
    const take = (length = 0) => {
      const part = text.subarray(at, at + length);
      at += length + 1;
      return decoder.decode(part);
    };
    for (let row = 0; row < table.length / COLUMNS; row++) {
      const [flags = 0, typeLength, dataLength, idLength] = table.subarray(row * COLUMNS);
      const [type, data, id] = [take(typeLength), take(dataLength), take(idLength)];
      const outcome = 1 + this.options.terminals.findIndex((names) => names.includes(type));
      if (outcome) {
        this.input("commit", row);
        this.input("terminal", row, outcome);
      }
      this.#note("event", flags, JSON.stringify([type, data, flags & 1 ? id : null]));
      // A handler may have closed the source.
      if (!live()) return;
      this.input("commit", row + 1);
      if (outcome) break;
    }
    this.input("drained");
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

  /** @param {string} name @param {number} a @param {number} b @param {number} c */
  input(name, a = 0, b = 0, c = 0) {
    const number = inputs.indexOf(name);
    if (number < 0) throw new Error(`no input: ${name}`);
    /** @type {any} */ (this.source).input(number, a, b, c);
  }

  /** The fields of a snapshot, those of the last one while none has changed. @type {number[]} */
  #fields = [];

  state() {
    this.#fields = this.source?.snapshot() ?? this.#fields;
    return this.states[this.#fields[0] ?? -1] ?? "";
  }

  /** @param {number} verdict @param {number} retryIn */
  classified(verdict, retryIn) {
    this.input("classified", this.token, verdict, retryIn);
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

  /** Whatever the fetch is to give instead of a response. @param {number} n @param {unknown} value */
  fulfil(n, value) {
    this.request(n).resolve?.(value);
  }

  /** The fetch, or the body where there is one, fails. @param {number} n */
  fail(n) {
    const { body, reject } = this.request(n);
    const error = new TypeError("the network is gone");
    if (body) body.error(error);
    else reject?.(error);
  }

  /** @param {number} n @param {unknown} bytes */
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

/** Watches timers and unhandled rejections until `stop()`. */
export class Watch {
  /** Delays of the timers that were set. @type {number[]} */
  delays = [];
  #timers = new Set();
  /** Rejections that nobody handled. */
  unhandled = 0;
  #restore;

  constructor() {
    const { setTimeout, clearTimeout } = globalThis;
    Object.assign(globalThis, {
      /** @param {() => void} run @param {number} delay */
      setTimeout: (run, delay) => {
        this.delays.push(delay);
        const id = setTimeout(() => {
          this.#timers.delete(id);
          run();
        }, delay);
        this.#timers.add(id);
        return id;
      },
      /** @param {number} id */
      clearTimeout: (id) => {
        this.#timers.delete(id);
        clearTimeout(id);
      },
    });
    const count = (/** @type {Event} */ event) => {
      this.unhandled++;
      event.preventDefault();
    };
    globalThis.addEventListener("unhandledrejection", count);
    this.#restore = () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      globalThis.removeEventListener("unhandledrejection", count);
    };
  }

  /** Timers that were set and neither rang nor were cleared. */
  get pendingTimers() {
    return this.#timers.size;
  }

  stop() {
    this.#restore();
  }
}
