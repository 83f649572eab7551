/// <reference lib="esnext.disposable" preserve="true" />
// The class. It turns what Rust decided into properties and events, and calls
// of its methods into inputs of Rust. No policy lives here: it never decides
// whether, when or how to connect.
import type { Host, Source } from "./boundary.ts";
import { Batch } from "./dispatch.ts";
import {
  SourceErrorEvent,
  SourceOpenEvent,
  StateChangeEvent,
  StreamCompleteEvent,
  StreamStallEvent,
} from "./events.ts";
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
  RECONNECT,
  RESET,
  START,
  TERMINAL,
} from "./inputs.ts";
import { EventQueue } from "./iterator.ts";
import { instantiate, preload, type Runtime } from "./loader.ts";
import { explain, where } from "./messages.ts";
import {
  noStats,
  orNull,
  outcomes,
  readyStateOf,
  reasons,
  snapshotFrom,
  snapshotOf,
  states,
  statsFrom,
} from "./names.ts";
import { normalise, type Options } from "./options.ts";
import { PlainSource, platformSource } from "./plain.ts";
import { mark, peek, registry, setLatch, warn } from "./registry.ts";
import { Requester } from "./request.ts";
import { attributed, type SourceTarget } from "./target.ts";
import { guarded, report, task } from "./tasks.ts";
import type {
  AttemptEnd,
  Outcome,
  Reason,
  ResilientEventSourceInit,
  Snapshot,
  State,
  StateChange,
  Stats,
  Verdict,
} from "./types.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever its events
type Any = ResilientEventSource<any>;

/** Sources that something may still happen to: kept alive as the platform keeps an open EventSource. */
const live = new Set<Any>();
/** All that were not collected, the completed ones too, for `clear()` and traps. */
const all = new Set<WeakRef<Any>>();

const encoder = new TextEncoder();
const verdicts: readonly unknown[] = [undefined, "retry", "fatal", "complete"];

let runtime: Runtime | undefined;

/**
 * An `EventSource` that reconnects with backoff, resumes, notices dead
 * connections and knows when a stream is complete. It has the members of the
 * browser's own class (HTML standard §9.2.2) and can stand in its place.
 *
 * @typeParam Events - event names mapped to what the option `parse` returns for
 * them, for typed listeners. Without `parse`, `data` is a string.
 */
// biome-ignore lint/complexity/noBannedTypes: no event is named
export class ResilientEventSource<Events extends object = {}> extends (EventTarget as unknown as new <
  Events,
>() => SourceTarget<Events>)<Events> {
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSED: 2;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSED: 2;
  /** The same as {@link ResilientEventSource.close}, for `using`. */
  declare [Symbol.dispose]: () => void;

  static {
    const { prototype } = ResilientEventSource;
    const define = (target: object, name: string | symbol, value: unknown) => {
      const constant = typeof value === "number";
      Object.defineProperty(target, name, {
        value,
        enumerable: constant,
        // Others may be spied upon.
        writable: !constant,
        configurable: !constant,
      });
    };
    for (const [value, name] of ["CONNECTING", "OPEN", "CLOSED"].entries()) {
      define(ResilientEventSource, name, value);
      define(prototype, name, value);
    }
    define(ResilientEventSource, mark, true);
    // Engines without `Symbol.dispose` have helpers that look for this one.
    define(prototype, Symbol.dispose ?? Symbol.for("Symbol.dispose"), function (this: Any) {
      this.close();
    });
    // No member of the class, whose listeners are typed by SourceTarget.
    define(prototype, "addEventListener", function (this: Any, ...args: [string, EventListener]) {
      EventTarget.prototype.addEventListener.apply(this, args);
      this.#source?.listen?.(args[0]);
    });
    defineHandlers(prototype, attributed);
  }

  readonly #options: Options;
  readonly #given: ResilientEventSourceInit;
  readonly #ref: WeakRef<Any> = new WeakRef(this);
  readonly #queues = new Set<EventQueue>();
  readonly #abort = () => this.#stop(ABORT, "aborted");
  /** None, or one of a dead instance: then the class speaks for itself. */
  #source: Source | undefined;
  #runtime: Runtime | undefined;
  #host: object | undefined;
  #state: State = "connecting";
  #snapshot = snapshotOf("connecting", "start");
  #lastEventId: string;
  #origin = "";
  #batch: Batch | undefined;
  /** The type of the terminal event that is being dispatched. */
  #terminalType: string | null = null;
  #requester: Requester | undefined;
  #controller: AbortController | undefined;

  /**
   * Makes the first attempt before it returns, but for what `headers` and `params` wait for.
   *
   * @param url - resolved against the page's base URL; absolute where there is no page
   * @param init - see {@link ResilientEventSourceInit}
   * @throws {DOMException} `SyntaxError`: the URL cannot be parsed
   * @throws {TypeError} an option of the wrong type or range; the message names it
   */
  constructor(url: string | URL, init?: ResilientEventSourceInit) {
    super();
    // biome-ignore lint/complexity/noArguments: an undefined URL is the string "undefined", as in Web IDL
    if (!arguments.length) throw new TypeError("ResilientEventSource: a URL is required");
    this.#options = normalise(url, init);
    this.#given = this.#options.given;
    this.#lastEventId = this.#given.lastEventId ?? "";
    registry().clear.add(ResilientEventSource.#clearAll);
    for (const ref of all) if (!ref.deref()) all.delete(ref);
    all.add(this.#ref);
    if (this.#given.signal?.aborted) {
      this.#state = "closed";
      this.#snapshot = snapshotOf("closed", "aborted");
    } else {
      this.#start();
    }
  }

  /** The absolute URL that was asked for, without `params`. */
  get url(): string {
    return this.#options.url;
  }

  /** Whether credentials go to other origins. */
  get withCredentials(): boolean {
    return !!this.#given.withCredentials;
  }

  /** 1 while a stream is open, 2 in `completed`, `failed` and `closed`, else 0. Nothing leaves 2 by itself. */
  get readyState(): 0 | 1 | 2 {
    return readyStateOf(this.#state);
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
    const fields = this.#machine?.snapshot();
    if (fields) this.#snapshot = snapshotFrom(fields);
    return this.#snapshot;
  }

  /** Counters and the last 64 transitions, made when asked for. */
  stats(): Stats {
    this.#commit();
    const numbers = this.#machine?.stats();
    return numbers ? statsFrom(numbers) : noStats();
  }

  /**
   * Closes the source for good, but for `reset()`. `statechange` fires before this returns, and no event after;
   * `completed` stays, though a pending `streamcomplete` is dropped.
   */
  close(): void {
    this.#stop(CLOSE, "close");
  }

  /**
   * Tries now: ends a wait or a pause, reopens a stream, and starts afresh from `gaveup` and `failed`. Does
   * nothing in `connecting`, `completed` and `closed`.
   */
  reconnect(): void {
    if (this.#given.signal?.aborted) return;
    if (this.#machine) this.#input(RECONNECT);
    else if (this.#state === "failed") this.#revive("reconnect");
  }

  /** Clears the latch and starts as newly constructed, from any state; nothing once `signal` was aborted. */
  reset(): void {
    if (this.#given.signal?.aborted) return;
    this.#commit();
    this.#lastEventId = this.#given.lastEventId ?? "";
    if (this.#machine) {
      this.#machine.input(RESET);
    } else {
      registry().latches.delete(this.#options.key);
      this.#revive("reset");
    }
  }

  /**
   * Every server event, named ones too, from this call on. Ends at `completed` and `closed` (what was
   * buffered is dropped by the latter), throws an `Error` at `failed` and `gaveup` whose `cause` is the `error`
   * event, and when 10,000 events were not read in time. `break` ends the iteration, not the source.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent> {
    const queue = new EventQueue(this.#queues);
    if (this.#stuck) queue.end(new Error(explain(this.url, this.snapshot.reason, this.#state)));
    else if (this.readyState === 2) queue.end();
    return queue;
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

  /** What stands behind the source, where it can still answer. */
  get #machine(): Source | undefined {
    return this.#runtime?.dead ? undefined : this.#source;
  }

  /** Whether only the caller or a change of the network helps. */
  get #stuck(): boolean {
    return this.#state === "failed" || this.#state === "gaveup";
  }

  /** Tells Rust how far the batch got: before every other input. */
  #commit(): void {
    if (this.#batch) this.#source?.input(COMMIT, this.#batch.rows);
  }

  #input(number: number): void {
    this.#commit();
    this.#machine?.input(number);
  }

  /** Puts a machine behind the source and lets it begin. */
  #start(): void {
    const runtime = ResilientEventSource.#currentRuntime();
    const { url, demanding } = this.#options;
    const { Source } = runtime;
    this.#runtime = runtime;
    this.#source = undefined;
    this.#host = undefined;
    if (!Source && (demanding || !platformSource())) {
      this.#fail("csp");
    } else {
      const host = this.#makeHost(runtime);
      this.#host = host;
      this.#requester = new Requester(url, this.#given);
      this.#source = Source ? new Source(host) : new PlainSource(host, url, this.withCredentials);
      const begun = this.#source.input(START);
      // A latched source is complete, and nothing announced it.
      if (this.#machine) this.#state = states[begun] as State;
      this.#track();
    }
  }

  /** As `#start`, for a source whose machine died or never was. */
  #revive(reason: Reason): void {
    if (this.#become("connecting", reason)) this.#start();
  }

  /** Everything that ends in `closed`. */
  #stop(how: number, reason: Reason): void {
    this.#input(how);
    if (this.#machine || this.#state === "closed" || (this.#state === "completed" && how !== CLEAR)) return;
    this.#become("closed", reason);
  }

  /** Fails from a task, where no machine can: nobody listens to a source under construction. */
  #fail(reason: Reason): void {
    const host = this.#host;
    const { attempt } = this.#snapshot;
    this.#batch = undefined;
    this.#controller?.abort();
    task(() => {
      if (this.#host === host && this.readyState < 2 && this.#become("failed", reason)) {
        this.#error({ reason, status: null, headers: null, attempt, retryIn: null, fatal: true });
      }
    });
  }

  /** A transition that no machine makes. Returns whether no handler made another. */
  #become(state: State, reason: Reason): boolean {
    const previous = this.#state;
    const snapshot = snapshotOf(state, reason, this.#snapshot);
    this.#state = state;
    this.#snapshot = snapshot;
    this.#announce({ state, previous, reason, attempt: snapshot.attempt, retryIn: null });
    return this.#snapshot === snapshot;
  }

  /** Keeps the source alive, and its ear at the signal, while something may still happen to it. */
  #track(): void {
    const { signal } = this.#given;
    const final = this.readyState === 2;
    live[final ? "delete" : "add"](this);
    signal?.[final ? "removeEventListener" : "addEventListener"]("abort", this.#abort);
  }

  #announce(change: StateChange): void {
    const { debug } = this.#given;
    this.#track();
    if (debug) {
      guarded(() =>
        debug === true ? console.debug("ResilientEventSource", where(this.url), change) : debug(change),
      );
    }
    for (const queue of this.#queues) {
      if (change.state === "completed") queue.end();
      else if (change.state === "closed") queue.return();
    }
    this.dispatchEvent(new StateChangeEvent("statechange", change));
  }

  #error(fields: Pick<SourceErrorEvent, "reason" | "status" | "headers" | "attempt" | "retryIn" | "fatal">) {
    const { reason, status, retryIn } = fields;
    const message = explain(this.url, reason, this.#state, status, retryIn);
    const event = new SourceErrorEvent("error", { ...fields, message });
    if (this.#stuck) for (const queue of this.#queues) queue.end(new Error(message, { cause: event }));
    this.dispatchEvent(event);
  }

  /** A server event: parsed, asked whether it is terminal, dispatched. */
  #event(type: string, text: string, flags: number): void {
    const { parse, terminal } = this.#given;
    const batch = this.#batch;
    const lastEventId = this.#lastEventId;
    const data = parse ? guarded(() => [parse(text, type, lastEventId)]) : [text];
    if (!data) return;
    const event = new MessageEvent(type, { data: data[0], lastEventId, origin: this.#origin });
    let outcome = (flags >> 3) & 3;
    if (typeof terminal === "function") {
      const answer = guarded(() => terminal(event));
      outcome = answer === "failed" ? 2 : +!!answer;
    }
    // Either function may have closed the source.
    if (batch && outcome && this.#batch === batch) {
      batch.over = true;
      this.#source?.input(COMMIT, batch.rows - 1);
      this.#terminalType = type;
      this.#source?.input(TERMINAL, batch.rows - 1, outcome);
    }
    if (this.#batch !== batch) return;
    for (const queue of this.#queues) queue.push(event);
    this.dispatchEvent(event);
  }

  async #classify(token: number, end: AttemptEnd) {
    const source = this.#source;
    let verdict = 0;
    let retryIn = 0;
    try {
      const answer = (await this.#given.classify?.(end)) as Verdict;
      const index = verdicts.indexOf(answer);
      const delay = index < 0 ? (answer as { retryIn: number }).retryIn : 0;
      if (!(delay >= 0 && delay < Infinity)) throw new TypeError("ResilientEventSource: no such verdict");
      verdict = index < 0 ? 4 : index;
      retryIn = delay;
    } catch (error) {
      report(error);
    }
    source?.input(CLASSIFIED, token, verdict, retryIn);
  }

  /**
   * What a machine calls. What Rust holds is never collected, so this holds the source weakly.
   */
  #makeHost(runtime: Runtime): Host {
    const ref = this.#ref;
    const host: Record<string, unknown> = {};
    for (const [name, receive] of Object.entries(ResilientEventSource.#receivers)) {
      host[name] = (...args: unknown[]) => {
        const self = ref.deref();
        if (!self || self.#host !== host || runtime.dead) return;
        return guarded(() => (receive as (...args: unknown[]) => unknown)(self, ...args));
      };
    }
    host.listen = pageListener(this.url, (number) => {
      const self = ref.deref();
      if (self) self.#input(number);
    });
    host.page = pageBits;
    return host as unknown as Host;
  }

  static readonly #receivers: Receivers = {
    number: (self, index) => self.#options.numbers[index] as number,
    text: (self, index) => encoder.encode(self.#options.texts[index] ?? self.#lastEventId),
    contentType: (_, { headers }) => encoder.encode(headers.get("content-type") ?? ""),
    retryAfter(_, { headers }) {
      const value = headers.get("retry-after") ?? "";
      return /^\d+$/.test(value) ? +value : -Date.parse(value);
    },
    request(self, attempt, reason, again, resume) {
      const controller = new AbortController();
      self.#controller = controller;
      const info = { attempt, reason: reasons[reason] as Reason, signal: controller.signal };
      return (self.#requester as Requester).send(info, again, resume, self.#lastEventId);
    },
    abort: (self) => self.#controller?.abort(),
    batch(self, text, table) {
      self.#batch = new Batch(text, table);
    },
    dispatch(self) {
      self.#batch?.run({
        current: (batch) => self.#batch === batch,
        id: (id) => {
          self.#lastEventId = id;
        },
        event: (type, data, flags) => self.#event(type, data, flags),
        commit: () => self.#commit(),
        done() {
          self.#commit();
          self.#batch = undefined;
          self.#source?.input(DRAINED);
        },
      });
    },
    dropBatch(self) {
      self.#batch = undefined;
    },
    statechange(self, state, previous, reason, attempt, retryIn) {
      self.#state = states[state] as State;
      // Read now, since a trap leaves nobody to ask.
      self.snapshot;
      self.#announce({
        state: self.#state,
        previous: states[previous] as State,
        reason: reasons[reason] as Reason,
        attempt,
        retryIn: orNull(retryIn),
      });
    },
    open(self, response) {
      // A response that a script made has no URL; then what was asked for counts.
      self.#origin = new URL(response?.url || self.url).origin;
      self.dispatchEvent(
        new SourceOpenEvent("open", { status: response?.status ?? null, headers: response?.headers ?? null }),
      );
    },
    error(self, reason, response, attempt, retryIn, fatal) {
      const { status = null, headers = null } = response ?? {};
      self.#error({
        reason: reasons[reason] as Reason,
        status,
        headers,
        attempt,
        retryIn: orNull(retryIn),
        fatal,
      });
    },
    complete(self, outcome, terminal, latched) {
      const { lastEventId } = self;
      self.dispatchEvent(
        new StreamCompleteEvent("streamcomplete", {
          outcome: outcomes[outcome] as Outcome,
          terminalType: terminal ? self.#terminalType : null,
          lastEventId,
          latched,
        }),
      );
    },
    stall(self, stalled) {
      self.dispatchEvent(new StreamStallEvent("streamstall", { stalled }));
    },
    classify(self, token, reason, response, attempt) {
      const { status = null, headers = null } = response ?? {};
      const end = { reason: reasons[reason] as Reason, status, headers, response: response ?? null, attempt };
      self.#classify(token, end);
    },
    latched: (self) => registry().latches.get(self.#options.key) ?? 0,
    latch(self, outcome) {
      setLatch(self.#options.key, outcome);
    },
    message(self, event) {
      self.#lastEventId = event.lastEventId;
      self.#origin = event.origin;
      self.#event(event.type, event.data, 0);
    },
  };

  static #currentRuntime(): Runtime {
    if (!runtime || runtime.dead) {
      try {
        runtime = instantiate(ResilientEventSource.#trapped);
      } catch (error) {
        warn(
          "WebAssembly is refused (in a Content-Security-Policy, script-src needs 'wasm-unsafe-eval'). Falling back to the plain EventSource: no backoff, idle detection or latch.",
          error,
        );
        runtime = { dead: false };
      }
    }
    return runtime;
  }

  static #trapped(dead: Runtime, error: unknown): void {
    console.error("ResilientEventSource: internal fault, its sources failed; please report it.", error);
    ResilientEventSource.#each((self) => {
      if (self.#runtime === dead) self.#fail("internal");
    });
  }

  static #clearAll(): void {
    ResilientEventSource.#each((self) => self.#stop(CLEAR, "clear"));
  }

  static #each(visit: (self: Any) => void): void {
    for (const ref of all) {
      const self = ref.deref();
      if (self) visit(self);
      else all.delete(ref);
    }
  }
}

/** The host's methods with the source in front. */
type Receivers = {
  readonly [K in Exclude<keyof Host, "listen" | "page">]: (
    self: Any,
    ...args: Parameters<Host[K]>
  ) => ReturnType<Host[K]> | undefined;
};
