/// <reference lib="esnext.disposable" preserve="true" />
// The class. It turns what Rust decided into properties and events, and calls
// of its methods into inputs of Rust. No policy lives here: it never decides
// whether, when or how to connect, but where WebAssembly is refused.
import type { Calls, Host, Source } from "./boundary.ts";
import { ask } from "./classify.ts";
import { pace, type Row, readRows } from "./dispatch.ts";
import {
  SourceErrorEvent,
  SourceOpenEvent,
  StateChangeEvent,
  StreamCompleteEvent,
  StreamStallEvent,
} from "./events.ts";
import { createExchange, type Exchange, type Receiver } from "./exchange.ts";
import { defineHandlers } from "./handlers.ts";
import {
  ABORT,
  CLASSIFIED,
  CLEAR,
  CLOSE,
  COMMIT,
  DRAINED,
  pageBits,
  pageListener,
  RANG,
  RECONNECT,
  RESET,
  START,
  TERMINAL,
} from "./inputs.ts";
import { createQueue, type EventQueue } from "./iterator.ts";
import { type Machine, preload } from "./loader.ts";
import { machineFor } from "./machine.ts";
import { explain, isStuck, where } from "./messages.ts";
import { record, snapshotFrom, statsFrom } from "./names.ts";
import { createNative } from "./native.ts";
import { normalise, type Options } from "./options.ts";
import { createPlatform, type Platform, platformSource } from "./plain.ts";
import { mark, peek, registry, setLatch } from "./registry.ts";
import { requester } from "./request.ts";
import { attributed, type SourceTarget } from "./target.ts";
import { guarded, report, task } from "./tasks.ts";
import { encode } from "./text.ts";
import type {
  AttemptEnd,
  Reason,
  ResilientEventSourceInit,
  Snapshot,
  State,
  StateChange,
  Stats,
} from "./types.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever its events
type Any = ResilientEventSource<any>;

/**
 * Sources that something may still happen to. HTML §9.2.9: "there must be a strong reference from the Window or
 * WorkerGlobalScope object … to the EventSource object itself" while it is CONNECTING or OPEN and has listeners; here
 * whether it has any or not, since the iterator and `statechange` are ways to hear of it too.
 */
const live = new Set<Any>();
/** All that were not collected, the completed ones too, for `clear()` and traps. */
const all = new Set<WeakRef<Any>>();

type Failure = Pick<SourceErrorEvent, "reason" | "attempt" | "retryIn" | "fatal">;

/** What an event tells of the response that decided. */
const head = (of?: Exchange["head"]) => ({ status: of?.status ?? null, headers: of?.headers ?? null });

const each = (visit: (source: Any) => void) => {
  // A copy: handlers make new sources.
  for (const ref of [...all]) {
    const source = ref.deref();
    if (source) visit(source);
    else all.delete(ref);
  }
};

// Declared here: minifiers take a name of the platform's for one that may be missing, and keep a class that needs it.
const { EventTarget: Base } = globalThis;

let clearAll: () => void;
let failAll: (dead: Machine) => void;

/**
 * An `EventSource` that reconnects with backoff, resumes, notices dead
 * connections and knows when a stream is complete. It has the members of the
 * browser's own class (HTML standard §9.2.2) and can stand in its place.
 *
 * @typeParam Events - event names mapped to what the option `parse` returns for
 * them, for typed listeners. Without `parse`, `data` is a string.
 */
// biome-ignore lint/complexity/noBannedTypes: no event is named
export class ResilientEventSource<Events extends object = {}> extends (Base as unknown as new <
  Events,
>() => SourceTarget<Events>)<Events> {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;
  /**
   * Every server event, named ones too, from this call on. Ends at `completed` and `closed` (what was
   * buffered is dropped by the latter), throws an `Error` at `failed` and `gaveup` whose `cause` is the `error`
   * event, and when 10,000 events were not read in time. `break` ends the iteration, not the source.
   */
  declare [Symbol.asyncIterator]: () => AsyncIterableIterator<MessageEvent>;
  /** The same as {@link ResilientEventSource.close}, for `using`. */
  declare [Symbol.dispose]: () => void;

  readonly #options: Options;
  readonly #ref: WeakRef<Any> = new WeakRef(this);
  readonly #queues = new Set<EventQueue>();
  readonly #exchange: Exchange;
  #snapshot = snapshotFrom([0, 0, 0, 0]);
  #lastEventId: string;
  /** The machine, and what it calls; none after a trap: then the class speaks for itself. */
  #source: Source | undefined;
  #by: Machine | undefined;
  #host: Host | undefined;
  /** Events on their way to the page, and how many of them got there; one that ends the stream empties it. */
  #batch: Row[] | undefined;
  #rows = 0;
  /** The type of the terminal event that is being dispatched. */
  #terminalType: string | null = null;
  /** What stands in for a machine where WebAssembly is refused, and what is asked of it. */
  #plain: Platform | undefined;

  /**
   * Makes the first attempt before it returns, but for what `headers` and `params` wait for.
   *
   * @param url - resolved against the page's base URL; absolute where there is no page
   * @param init - see {@link ResilientEventSourceInit}
   * @throws {DOMException} `SyntaxError`: the URL cannot be parsed
   * @throws {TypeError} an option of the wrong type or range; the message names it
   */
  constructor(url: string | URL, init: ResilientEventSourceInit = {}) {
    super();
    // Web IDL §3.7.1: fewer arguments than the constructor requires are a TypeError.
    // biome-ignore lint/complexity/noArguments: an undefined URL is the string "undefined", as in Web IDL
    if (!arguments.length) throw new TypeError("ResilientEventSource: a URL is required");
    this.#options = normalise(url, init);
    const receiver: Receiver = {
      input: (...input) => this.#source?.input(...input),
      chunk: (...chunk) => this.#source?.chunk(...chunk),
    };
    this.#exchange = this.#options.native
      ? createNative(this.#options, receiver)
      : createExchange(requester(this.#options), receiver, this.#options.url);
    this.#lastEventId = this.#options.lastEventId ?? "";
    this.#listen = ResilientEventSource.#listener(this.#options.url, this.#ref);
    registry().clear.add(clearAll);
    // Forgets those that were collected.
    each(() => {});
    all.add(this.#ref);
    if (this.#options.signal?.aborted) this.#change({ state: "closed", reason: "aborted" });
    else this.#start();
  }

  /** The absolute URL that was asked for, without `params`. */
  get url(): string {
    // "The url attribute's getter must return the serialization of this EventSource object's url": before redirects.
    return this.#options.url;
  }

  /** Whether credentials go to other origins. */
  get withCredentials(): boolean {
    // "must return the value to which it was last initialized"
    return !!this.#options.withCredentials;
  }

  /** 1 while a stream is open, 2 in `completed`, `failed` and `closed`, else 0. Nothing leaves 2 by itself. */
  get readyState(): 0 | 1 | 2 {
    // CONNECTING: "The connection has not yet been established, or it was closed and the user agent is reconnecting."
    // CLOSED: "The connection is not open, and the user agent is not trying to reconnect."
    return this.#state === "open" ? 1 : this.#final ? 2 : 0;
  }

  /** What the source is doing. */
  get state(): State {
    return this.#state;
  }

  /** The id of the last block that had one; what the next attempt resumes from. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /** The state with its circumstances: frozen, and the same object until a field of it changes. */
  get snapshot(): Snapshot {
    return this.#read();
  }

  /** Counters and the last 64 transitions, made when asked for. */
  stats(): Stats {
    this.#commit();
    return statsFrom(this.#source?.stats() ?? [this.#plain ? this.#snapshot.attempt : 0, 0, 0, 0, 0]);
  }

  /**
   * Closes the source for good, but for `reset()`. `statechange` fires before this returns, and no event after;
   * `completed` stays, though a pending `streamcomplete` is dropped.
   */
  close(): void {
    // "must abort any instances of the fetch algorithm started for this EventSource object, and must set the
    // readyState attribute to CLOSED"
    this.#stop(CLOSE, "close");
  }

  /**
   * Tries now: ends a wait or a pause, reopens a stream, and starts afresh from `gaveup` and `failed`. Does
   * nothing in `connecting`, `completed` and `closed`.
   */
  reconnect(): void {
    if (this.#options.signal?.aborted) return;
    if (this.#source) this.#input(RECONNECT);
    else if (!/^c/.test(this.#state)) this.#revive("reconnect");
  }

  /** Clears the latch and starts as newly constructed, from any state; nothing once `signal` was aborted. */
  reset(): void {
    const { signal, key, lastEventId = "" } = this.#options;
    if (signal?.aborted) return;
    this.#lastEventId = lastEventId;
    if (this.#source) {
      this.#input(RESET);
    } else {
      setLatch(key, 0);
      this.#revive("reset");
    }
  }

  /**
   * Forgets a latch, so that a new source may connect again.
   *
   * @param key - the option `latch` where it was a string, else the absolute URL
   * @returns whether there was one
   */
  static unlatch(key: string): boolean {
    return peek()?.latches.delete(key) ?? false;
  }

  /** Closes every source of the page, completed ones too, and forgets every latch: a logout. */
  static clear(): void {
    for (const clear of peek()?.clear ?? []) clear();
    peek()?.latches.clear();
  }

  /** Compiles the wasm ahead of time, off the main thread where the engine can. Never rejects. */
  static preload(): Promise<void> {
    return preload();
  }

  // What the class itself asks: a subclass may have members by the public names.

  get #state(): State {
    return this.#snapshot.state;
  }

  get #final(): boolean {
    return /^(completed|failed|closed)$/.test(this.#state);
  }

  #read(): Snapshot {
    const fields = this.#source?.snapshot();
    if (fields) this.#snapshot = snapshotFrom(fields);
    return this.#snapshot;
  }

  #fire(event: Event): void {
    super.dispatchEvent(event);
  }

  /** Tells Rust how far the batch got: before every other input. */
  #commit(): void {
    if (this.#batch) this.#source?.input(COMMIT, this.#rows);
  }

  #input(number: number): void {
    this.#commit();
    this.#source?.input(number);
  }

  /** Puts what makes the attempts behind the source, and lets it begin. */
  #start(): void {
    const { url, demanding } = this.#options;
    const machine = machineFor(failAll);
    if (machine) {
      const host = this.#makeHost();
      this.#host = host;
      this.#by = machine;
      const source = new machine.Source(host);
      // None where that trapped.
      if (this.#host) this.#source = source;
      this.#input(START);
      // A latched source is complete, and nothing announced it.
      if (this.#read().latched) live.add(this);
    } else if (platformSource() && !demanding) {
      this.#plain ??= createPlatform(this.#heard, this.#options);
      this.#plain.open(url);
      this.#change({ attempt: 1, transport: "native" });
    } else {
      this.#fail("csp");
    }
    if (!this.#snapshot.latched) this.#track();
  }

  /** As `#start`, for a source that no machine stands behind. */
  #revive(reason: Reason): void {
    this.#plain?.close();
    if (this.#become("connecting", reason)) this.#start();
  }

  /** Everything that ends in `closed`. */
  #stop(how: number, reason: Reason): void {
    this.#input(how);
    if (this.#source || this.#state === "closed" || (this.#state === "completed" && how !== CLEAR)) return;
    this.#plain?.close();
    this.#become("closed", reason);
  }

  readonly #abort = () => this.#stop(ABORT, "aborted");

  /** The timer that is set for the machine. */
  #alarm: ReturnType<typeof setTimeout> | undefined;

  /** A switch for listening to the page. */
  readonly #listen: (on: number) => void;

  /** What listens holds the source weakly, since the page holds it; static, since a closure holds all that its neighbours do. */
  static #listener(url: string, ref: WeakRef<Any>): (on: number) => void {
    return pageListener(url, (number) => {
      const self = ref.deref();
      if (self) self.#input(number);
    });
  }

  /** Fails from a task, where no machine can: nobody listens to a source under construction. */
  #fail(reason: Reason): void {
    const snapshot = this.#snapshot;
    const host = this.#host;
    this.#host = this.#source = this.#batch = undefined;
    try {
      clearTimeout(this.#alarm);
      this.#listen(0);
      this.#exchange.abort();
      task(() => {
        if (this.#snapshot === snapshot && !this.#final && this.#become("failed", reason))
          this.#error(undefined, { reason, attempt: snapshot.attempt, retryIn: null, fatal: true });
      });
    } catch (error) {
      // The stack is used up: to be failed again.
      this.#host = host;
      throw error;
    }
  }

  #change(fields: Partial<Snapshot>): void {
    this.#snapshot = Object.freeze({ ...this.#snapshot, ...fields });
  }

  /** A transition that no machine makes. Returns whether no handler made another. */
  #become(state: State, reason: Reason): boolean {
    const { state: previous, attempt } = this.#snapshot;
    this.#change({ state, reason, retryAt: null, openedAt: null, stalled: false });
    const snapshot = this.#snapshot;
    if (state !== previous) this.#announce({ state, previous, reason, attempt, retryIn: null });
    return this.#snapshot === snapshot;
  }

  /** Keeps the source alive, and its ear at the signal, while something may still happen to it. */
  #track(): void {
    const { signal } = this.#options;
    const final = this.#final;
    live[final ? "delete" : "add"](this);
    signal?.[final ? "removeEventListener" : "addEventListener"]("abort", this.#abort);
  }

  #announce(change: StateChange): void {
    const { debug } = this.#options;
    this.#track();
    if (debug) {
      guarded(() =>
        debug === true
          ? console.debug("ResilientEventSource", where(this.#options.url), change)
          : debug(change),
      );
    }
    for (const queue of this.#queues) {
      if (change.state === "completed") queue.end();
      if (change.state === "closed") queue.return();
      // No `error` follows while a page leaves.
      if (change.state === "failed" && change.reason === "pagehide")
        queue.end(new Error(explain(this.#options.url, "failed", change)));
    }
    this.#fire(new StateChangeEvent("statechange", change));
  }

  #error(decided: Exchange["head"], failure: Failure): void {
    const fields = { ...head(decided), ...failure };
    const message = explain(this.#options.url, this.#state, fields);
    const event = new SourceErrorEvent("error", { ...fields, message });
    if (isStuck(this.#state)) {
      for (const queue of this.#queues) queue.end(new Error(message, { cause: event }));
    }
    this.#fire(event);
  }

  async #dispatch(batch: Row[]): Promise<void> {
    const isCurrent = () => this.#batch === batch;
    await pace(batch, isCurrent, {
      commit: () => this.#commit(),
      dispatch: ([type, data, id = this.#lastEventId]) => this.#event(type, data, id),
    });
    if (isCurrent()) {
      this.#commit();
      this.#batch = undefined;
      this.#input(DRAINED);
    }
  }

  /**
   * A server event, or without `text` a block that only has an id: parsed, asked whether it is terminal,
   * dispatched. Until then it was not received: `parse` and `terminal` may act on the source.
   */
  #event(type: string, text: string | undefined, lastEventId: string): void {
    const { parse, terminal } = this.#options;
    const batch = this.#batch;
    const data = text !== undefined && (parse ? guarded(() => [parse(text, type, lastEventId)]) : [text]);
    // "Initialize event's type attribute to "message", its data attribute to data, its origin attribute to the
    // serialization of the origin of the event stream's final URL (i.e., the URL after redirects), and its lastEventId
    // attribute to the last event ID string of the event source."
    const event =
      data && new MessageEvent(type, { data: data[0], lastEventId, origin: this.#exchange.origin });
    const answer: unknown = event && terminal && guarded(() => terminal(event));
    if (batch && answer && this.#batch === batch) {
      const outcome = answer === "failed" ? 2 : +(answer === true || answer === "completed");
      if (outcome) {
        batch.length = 0;
        this.#terminalType = type;
        this.#commit();
        this.#source?.input(TERMINAL, this.#rows, outcome);
      } else {
        report(new TypeError("ResilientEventSource: terminal gave no outcome"));
      }
    }
    // "if the readyState attribute is set to a value other than CLOSED, dispatches the newly created event"
    if (this.#batch !== batch) return;
    this.#rows++;
    // "Set the last event ID string of the event source to the value of the last event ID buffer", before:
    // "If the data buffer is an empty string, … return."
    this.#lastEventId = lastEventId;
    if (!event) return;
    for (const queue of this.#queues) queue.push(event);
    this.#fire(event);
  }

  /** An event of the platform's own source. One with data is the server's, whatever its name. */
  readonly #heard = ({ type, data, lastEventId, origin, target }: MessageEvent): void => {
    if (data !== undefined) {
      this.#exchange.origin = origin;
      this.#event(type, data, lastEventId);
      return;
    }
    const opened = type === "open";
    const fatal = (target as EventSource).readyState === 2;
    const [state, reason] = opened
      ? (["open", "opened"] as const)
      : fatal
        ? (["failed", "refused"] as const)
        : (["waiting", "network"] as const);
    if (state !== this.#state && !this.#become(state, reason)) return;
    if (opened) {
      this.#fire(new SourceOpenEvent("open", head()));
    } else {
      const { attempt } = this.#snapshot;
      if (!fatal) this.#change({ attempt: attempt + 1 });
      this.#error(undefined, { reason, attempt, retryIn: null, fatal });
    }
  };

  async #classify(token: number, end: AttemptEnd): Promise<void> {
    const source = this.#source;
    source?.input(CLASSIFIED, token, ...(await ask(this.#options.classify, end)));
  }

  /**
   * What a machine calls. What Rust holds is never collected, so this holds the source weakly.
   */
  #makeHost(): Host {
    const ref = this.#ref;
    /** Runs for the source, but not what a dead machine still calls. */
    const run = <T>(visit: (self: Any) => T): T | undefined => {
      const self = ref.deref();
      return self && self.#host === host ? guarded(() => visit(self)) : undefined;
    };
    const host: Host = {
      text: (index) =>
        run((self) =>
          encode([self.#options.heartbeats, self.#lastEventId, self.#exchange.contentType][index]),
        ) ?? new Uint8Array(),
      batch: (text, table) =>
        run((self) => {
          self.#batch = readRows(text, table);
          self.#rows = 0;
        }),
      call: (what, ...args) =>
        run((self) => (ResilientEventSource.#calls[what] as Call)(self, ...args)) as number,
    };
    return host;
  }

  // Not in a static block: bundlers keep one, and with it a class that nobody uses.
  static readonly #calls: WithSource<Calls> = /* @__PURE__ */ this.#complete([
    (self, index) => self.#options.numbers[index] as number,
    pageBits,
    (self, on) => self.#listen(on),
    (self) => registry().latches.get(self.#options.key) ?? 0,
    (self, outcome) => setLatch(self.#options.key, outcome),
    (self, token, attempt, reason, how) => {
      self.#exchange.request(token, attempt, reason, how, self.#lastEventId);
    },
    (self) => self.#exchange.abort(),
    (self, token) => {
      self.#exchange.read(token);
    },
    (self) => {
      if (self.#batch) self.#dispatch(self.#batch);
    },
    (self) => {
      self.#batch = undefined;
    },
    (self, token, reason, attempt, decided) => {
      const { response, head: heard } = self.#exchange;
      const end = record<AttemptEnd>("reason attempt", [reason, attempt]);
      self.#classify(token, {
        ...end,
        ...head(decided ? heard : undefined),
        response: (decided && response) || null,
      });
    },
    (self, ...change) => {
      // Read now, since a trap leaves nobody to ask.
      self.#read();
      self.#announce(record("state previous reason attempt retryIn", change));
    },
    (self) => {
      self.#fire(new SourceOpenEvent("open", head(self.#exchange.head)));
    },
    (self, reason, attempt, decided, fatal, retryIn) =>
      self.#error(
        decided ? self.#exchange.head : undefined,
        record("reason attempt fatal retryIn", [reason, attempt, fatal, retryIn]),
      ),
    (self, outcome, terminal, latched) => {
      live.delete(self);
      self.#fire(
        new StreamCompleteEvent("streamcomplete", {
          ...record("outcome latched", [outcome, latched]),
          terminalType: terminal ? self.#terminalType : null,
          lastEventId: self.#lastEventId,
        }),
      );
    },
    (self, stalled) => {
      self.#fire(new StreamStallEvent("streamstall", record("stalled", [stalled])));
    },
    (self, on, delay) => {
      clearTimeout(self.#alarm);
      if (on) self.#alarm = setTimeout(() => self.#input(RANG), delay);
    },
  ]);

  /** What goes beyond a class body, done once; returns what it is given. */
  static #complete<T>(calls: T): T {
    const { prototype } = ResilientEventSource;
    const define = (target: object, name: string | symbol, value: unknown) => {
      const constant = typeof value === "number";
      Object.defineProperty(target, name, {
        value,
        enumerable: constant,
        // Functions may be spied upon.
        writable: typeof value === "function",
        configurable: !constant,
      });
    };
    for (const [value, name] of ["CONNECTING", "OPEN", "CLOSED"].entries()) {
      define(ResilientEventSource, name, value);
      define(prototype, name, value);
    }
    define(ResilientEventSource, mark, true);
    // Read in consoles and stacks; without, it is what a minifier made of it.
    define(ResilientEventSource, "name", "ResilientEventSource");
    define(prototype, Symbol.asyncIterator, function (this: Any) {
      const queue = createQueue(this.#queues);
      if (isStuck(this.#state)) queue.end(new Error(explain(this.#options.url, this.#state, this.#snapshot)));
      else if (this.#final) queue.end();
      return queue;
    });
    // Engines without `Symbol.dispose` have helpers that look for this one.
    define(prototype, Symbol.dispose ?? Symbol.for("Symbol.dispose"), function (this: Any) {
      this.close();
    });
    // The platform's own class tells only of events that it is asked for: named ones are heard as the page asks.
    const { addEventListener } = {
      // Its `name` and `length` are those of the platform's.
      addEventListener(this: Any, type: string, _listener: never) {
        // biome-ignore lint/complexity/noArguments: one argument alone is the platform's to refuse
        EventTarget.prototype.addEventListener.apply(this, arguments as never);
        // The platform's is a method of every EventTarget, so this one may be called on any too.
        if (#ref in Object(this)) (this.#plain ?? this.#exchange).hear?.(type);
      },
    };
    define(prototype, "addEventListener", addEventListener);
    defineHandlers(prototype, attributed, (self) => (self as Any).#ref);
    // Web IDL §3.7.5 to §3.7.7: members of an interface are enumerable, those of a JavaScript class are not.
    for (const name of Object.getOwnPropertyNames(prototype))
      if (name !== "constructor") Object.defineProperty(prototype, name, { enumerable: true });
    // Pages keep notes by these names on the platform's sources; as Web IDL's [Replaceable] has it.
    for (const name of ["state", "lastEventId", "snapshot"])
      Object.defineProperty(prototype, name, {
        set(value) {
          Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true });
        },
      });
    // Web IDL §3.7.3: what `Object.prototype.toString` says of a source, as of the class that it stands in for.
    define(prototype, Symbol.toStringTag, "EventSource");
    clearAll = () => each((self) => self.#stop(CLEAR, "clear"));
    failAll = (dead) =>
      each((self) => {
        if (self.#host && self.#by === dead) self.#fail("internal");
      });
    return calls;
  }
}

type Fn = (...args: never[]) => unknown;
/** Functions with the source in front of their arguments. */
type WithSource<T extends readonly Fn[]> = {
  readonly [K in keyof T]: (self: Any, ...args: Parameters<T[K]>) => ReturnType<T[K]>;
};
type Call = (self: Any, ...args: number[]) => unknown;
