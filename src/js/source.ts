/// <reference lib="esnext.disposable" preserve="true" />
// The class. It turns what Rust decided into properties and events, and calls
// of its methods into inputs of Rust. No policy lives here: it never decides
// whether, when or how to connect.
import type { Host, Source, SourceInit } from "./boundary.ts";
import { Batch } from "./dispatch.ts";
import {
  SourceErrorEvent,
  SourceOpenEvent,
  StateChangeEvent,
  StreamCompleteEvent,
  StreamStallEvent,
} from "./events.ts";
import { defineHandlers } from "./handlers.ts";
import { EventQueue } from "./iterator.ts";
import { instantiate, preload, type Runtime } from "./loader.ts";
import { explain, where } from "./messages.ts";
import { normalise, type Options } from "./options.ts";
import { PlainSource, platformSource } from "./plain.ts";
import { mark, peek, registry, setLatch, warn } from "./registry.ts";
import { noStats, readyStateOf, snapshotOf, states } from "./states.ts";
import { attributed, type SourceTarget } from "./target.ts";
import { report, task } from "./tasks.ts";
import type { Outcome, Reason, ResilientEventSourceInit, Snapshot, State, Stats, Verdict } from "./types.ts";

// biome-ignore lint/suspicious/noExplicitAny: whatever its events
type Any = ResilientEventSource<any>;

/** Sources that something may still happen to: kept alive as the platform keeps an open EventSource. */
const live = new Set<Any>();
/** All that were not collected, the completed ones too, for `clear()` and traps. */
const all = new Set<WeakRef<Any>>();
const collected = new FinalizationRegistry<WeakRef<Any>>((ref) => all.delete(ref));

const orNull = (value: number) => (Number.isNaN(value) ? null : value);
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
    const constants: PropertyDescriptorMap = {};
    for (const [value, name] of ["CONNECTING", "OPEN", "CLOSED"].entries())
      constants[name] = { value, enumerable: true };
    Object.defineProperties(ResilientEventSource, { ...constants, [mark]: { value: true } });
    Object.defineProperties(ResilientEventSource.prototype, {
      ...constants,
      // Engines without `Symbol.dispose` have helpers that look for this one.
      [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: {
        value(this: Any) {
          this.close();
        },
      },
      // Not a member of the class, whose listeners are typed by SourceTarget.
      addEventListener: {
        value(this: Any, ...args: [string, EventListener]) {
          EventTarget.prototype.addEventListener.apply(this, args);
          this.#source?.listen?.(`${args[0]}`);
        },
        configurable: true,
        writable: true,
      },
    });
    defineHandlers(ResilientEventSource.prototype, attributed);
  }

  readonly #options: Options;
  readonly #ref: WeakRef<Any> = new WeakRef(this);
  readonly #queues = new Set<EventQueue>();
  readonly #abort = () => this.#stop("abort");
  #runtime: Runtime | undefined;
  #source: Source | undefined;
  #host: Host | undefined;
  #state: State = "connecting";
  #snapshot = snapshotOf("connecting", "start");
  #lastEventId: string;
  #origin = "";
  #batch: Batch | undefined;
  #cancel: (() => void) | undefined;

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
    const { signal, lastEventId = "" } = this.#options.given;
    this.#lastEventId = lastEventId;
    registry().clear.add(ResilientEventSource.#clearAll);
    all.add(this.#ref);
    collected.register(this, this.#ref);
    if (signal?.aborted) {
      this.#state = "closed";
      this.#snapshot = snapshotOf("closed", "aborted");
    } else {
      this.#start();
    }
  }

  /** The absolute URL that was asked for, without `params`. */
  get url(): string {
    return this.#options.init.url;
  }

  /** Whether credentials go to other origins. */
  get withCredentials(): boolean {
    return this.#options.init.withCredentials;
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
    if (this.#alive) this.#snapshot = Object.freeze(this.#source?.snapshot() ?? this.#snapshot);
    return this.#snapshot;
  }

  /** Counters and the last 64 transitions, made when asked for. */
  stats(): Stats {
    this.#commit();
    return (this.#alive && this.#source?.stats()) || noStats();
  }

  /**
   * Closes the source for good, but for `reset()`. `statechange` fires before this returns, and no event after;
   * `completed` stays, though a pending `streamcomplete` is dropped.
   */
  close(): void {
    this.#stop("close");
  }

  /**
   * Tries now: ends a wait or a pause, reopens a stream, and starts afresh from `gaveup` and `failed`. Does
   * nothing in `connecting`, `completed` and `closed`.
   */
  reconnect(): void {
    if (this.#options.given.signal?.aborted) return;
    this.#commit();
    if (this.#alive) this.#source?.reconnect();
    else if (this.#state === "failed") this.#revive("reconnect");
  }

  /** Clears the latch and starts as newly constructed, from any state; nothing once `signal` was aborted. */
  reset(): void {
    const { key, init, given } = this.#options;
    if (given.signal?.aborted) return;
    this.#commit();
    this.#lastEventId = given.lastEventId ?? "";
    if (this.#alive) {
      this.#source?.reset();
    } else {
      if (init.latch && key) registry().latches.delete(key);
      this.#revive("reset");
    }
  }

  /**
   * Every server event, named ones too, from this call on. Ends at `completed` and `closed` (what was
   * buffered is dropped by the latter), throws an `Error` at `failed` and `gaveup` whose `cause` is the `error`
   * event, and when 10,000 events were not read in time. `break` ends the iteration, not the source.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent> {
    const queue = new EventQueue((queue) => this.#queues.delete(queue));
    this.#queues.add(queue);
    if (/^(failed|gaveup)$/.test(this.#state)) {
      queue.end(new Error(explain(this.url, this.snapshot.reason, this.#state)));
    } else if (this.readyState === 2) {
      queue.end();
    }
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

  /** Whether something stands behind the source that can still answer. */
  get #alive(): boolean {
    return !!this.#source && !this.#runtime?.dead;
  }

  /** Tells Rust how far the batch got: before every other input. */
  #commit(): void {
    if (this.#batch) this.#source?.commit(this.#batch.rows);
  }

  /** Puts a machine behind the source and lets it begin. */
  #start(init: SourceInit = this.#options.init): void {
    const runtime = ResilientEventSource.#currentRuntime();
    const { Source } = runtime;
    this.#runtime = runtime;
    this.#source = undefined;
    if (Source === PlainSource && (this.#options.demanding || !platformSource())) {
      this.#fail("csp");
    } else {
      this.#host = this.#makeHost(runtime);
      const source = new Source(this.#host, { ...init, ...this.#functions() });
      this.#source = source;
      source.start();
      if (this.#alive) this.#state = states[source.state()] ?? this.#state;
      this.#track();
    }
  }

  /** As `#start`, for a source whose machine died or never was. */
  #revive(reason: Reason): void {
    const { init } = this.#options;
    const previous = this.#state;
    this.#state = "connecting";
    const snapshot = snapshotOf("connecting", reason);
    this.#snapshot = snapshot;
    this.#announce(previous, reason, 1, NaN);
    // A handler may have changed the state.
    if (this.#snapshot === snapshot) this.#start({ ...init, lastEventId: this.#lastEventId });
  }

  /** Everything that ends in `closed`. */
  #stop(how: "close" | "abort" | "clear"): void {
    this.#commit();
    this.#source?.[how]();
    const previous = this.#state;
    if (this.#alive || previous === "closed" || (previous === "completed" && how !== "clear")) return;
    this.#state = "closed";
    const reason = how === "abort" ? "aborted" : how;
    this.#snapshot = snapshotOf("closed", reason, this.#snapshot);
    this.#announce(previous, reason, this.#snapshot.attempt, NaN);
  }

  /** The source fails without a machine that could say so: set at once, told from a task. */
  #fail(reason: Reason): void {
    const previous = this.#state;
    this.#batch = undefined;
    this.#cancel?.();
    if (this.readyState === 2) return;
    this.#state = "failed";
    const snapshot = snapshotOf("failed", reason, this.#snapshot);
    this.#snapshot = snapshot;
    task(() => {
      if (this.#snapshot === snapshot) this.#announce(previous, reason, snapshot.attempt, NaN);
      if (this.#snapshot === snapshot) this.#error(reason, 0, undefined, snapshot.attempt, NaN, true);
    });
  }

  /** Keeps the source alive, and its ear at the signal, while something may still happen to it. */
  #track(): void {
    const { signal } = this.#options.given;
    if (this.readyState === 2) {
      live.delete(this);
      signal?.removeEventListener("abort", this.#abort);
    } else {
      live.add(this);
      signal?.addEventListener("abort", this.#abort);
    }
  }

  #announce(previous: State, reason: Reason, attempt: number, retryIn: number): void {
    const state = this.#state;
    const { debug } = this.#options.given;
    const change = { state, previous, reason, attempt, retryIn: orNull(retryIn) };
    this.#track();
    if (debug === true) console.debug("ResilientEventSource", where(this.url), change);
    else if (debug) attemptTo(() => debug(change));
    for (const queue of this.#queues) {
      if (state === "completed") queue.end();
      else if (state === "closed") queue.return();
    }
    this.dispatchEvent(new StateChangeEvent("statechange", change));
  }

  #error(
    reason: Reason,
    status: number,
    headers: Headers | undefined,
    attempt: number,
    retryIn: number,
    fatal: boolean,
  ): void {
    const state = this.#state;
    const event = new SourceErrorEvent("error", {
      reason,
      status: status || null,
      headers: headers ?? null,
      attempt,
      retryIn: orNull(retryIn),
      fatal,
      message: explain(this.url, reason, state, status, retryIn),
    });
    if (state === "failed" || state === "gaveup") {
      for (const queue of this.#queues) queue.end(new Error(event.message, { cause: event }));
    }
    this.dispatchEvent(event);
  }

  /** A server event: parsed, asked whether it is terminal, dispatched. */
  #event(type: string, text: string, flags: number): void {
    const { parse, terminal } = this.#options.given;
    const [batch, lastEventId] = [this.#batch, this.#lastEventId];
    let data: unknown = text;
    if (parse && !attemptTo(() => (data = parse(text, type, lastEventId)))) return;
    const event = new MessageEvent(type, { data, lastEventId, origin: this.#origin });
    let outcome = (flags >> 3) & 3;
    if (typeof terminal === "function") {
      attemptTo(() => {
        const answer = terminal(event);
        outcome = answer === "failed" ? 2 : answer ? 1 : 0;
      });
    }
    // Either function may have closed the source.
    if (batch && outcome && this.#batch === batch) {
      batch.over = true;
      this.#source?.commit(batch.rows - 1);
      this.#source?.terminal(batch.rows - 1, outcome, type);
    }
    if (this.#batch !== batch) return;
    for (const queue of this.#queues) queue.push(event);
    this.dispatchEvent(event);
  }

  async #classify(token: number, end: Parameters<NonNullable<ResilientEventSourceInit["classify"]>>[0]) {
    const source = this.#source;
    let verdict = 0;
    let retryIn = 0;
    try {
      const answer = (await this.#options.given.classify?.(end)) as Verdict;
      const index = verdicts.indexOf(answer);
      const delay = index < 0 ? (answer as { retryIn: number }).retryIn : 0;
      if (!(delay >= 0 && delay < Infinity)) throw new TypeError("ResilientEventSource: no such verdict");
      verdict = index < 0 ? 4 : index;
      retryIn = delay;
    } catch (error) {
      report(error);
    }
    source?.classified(token, verdict, retryIn);
  }

  /**
   * The caller's functions as Rust gets them. What Rust holds is never collected, and
   * the caller's functions may name the source; so Rust holds these, which name it weakly.
   */
  #functions(): Pick<SourceInit, "headers" | "params" | "fetch"> {
    const ref = this.#ref;
    const { headers, params } = this.#options.init;
    const weakly = (name: "headers" | "params", value: unknown) =>
      typeof value !== "function"
        ? value
        : (info: unknown) => ((ref.deref() as Any).#options.init[name] as (info: unknown) => unknown)(info);
    return {
      headers: weakly("headers", headers),
      params: weakly("params", params),
      fetch: (input: string, request: RequestInit) => {
        // A dead instance can't abort its request; the class can.
        const self = ref.deref() as Any;
        const call = self.#options.given.fetch ?? fetch;
        const controller = new AbortController();
        const abort = () => controller.abort(request.signal?.reason);
        request.signal?.addEventListener("abort", abort);
        self.#cancel = abort;
        return call(input, { ...request, signal: controller.signal });
      },
    };
  }

  /** What a machine calls. It holds the source weakly, for the same reason. */
  #makeHost(runtime: Runtime): Host {
    const ref = this.#ref;
    const host = {} as Host;
    for (const [name, receive] of Object.entries(ResilientEventSource.#receivers)) {
      (host as never as Record<string, unknown>)[name] = (...args: never[]) => {
        const self = ref.deref();
        let answer: unknown;
        if (self && self.#host === host && !runtime.dead) {
          attemptTo(() => {
            answer = (receive as (...args: unknown[]) => unknown)(self, ...args);
          });
        }
        return answer;
      };
    }
    return host;
  }

  static readonly #receivers: {
    readonly [K in keyof Host]: (self: Any, ...args: Parameters<Host[K]>) => ReturnType<Host[K]>;
  } = {
    batch(self, text, table) {
      self.#batch = new Batch(text, table);
    },
    dispatch(self) {
      self.#batch?.run({
        current: (batch) => self.#batch === batch,
        id: (id) => {
          self.#lastEventId = id;
        },
        event: (_batch, type, data, flags) => self.#event(type, data, flags),
        commit: () => self.#commit(),
        done: () => {
          self.#commit();
          self.#batch = undefined;
          self.#source?.drained();
        },
      });
    },
    dropBatch(self) {
      self.#batch = undefined;
    },
    statechange(self, state, previous, reason, attempt, retryIn) {
      self.#state = state as State;
      // Read now, since a trap leaves nobody to ask.
      self.snapshot;
      self.#announce(previous as State, reason as Reason, attempt, retryIn);
    },
    open(self, status, headers, origin) {
      self.#origin = origin;
      self.dispatchEvent(new SourceOpenEvent("open", { status: status || null, headers: headers ?? null }));
    },
    error: (self, reason, ...rest) => self.#error(reason as Reason, ...rest),
    complete(self, outcome, terminalType, latched) {
      const { lastEventId } = self;
      self.dispatchEvent(
        new StreamCompleteEvent("streamcomplete", {
          outcome: outcome as Outcome,
          terminalType: terminalType ?? null,
          lastEventId,
          latched,
        }),
      );
    },
    stall: (self, stalled) => void self.dispatchEvent(new StreamStallEvent("streamstall", { stalled })),
    classify(self, token, reason, status, headers, response, attempt) {
      self.#classify(token, {
        reason: reason as Reason,
        status: status || null,
        headers: headers ?? null,
        response: response ?? null,
        attempt,
      });
    },
    latched: (self) => registry().latches.get(self.#options.key ?? "") ?? 0,
    latch: (self, outcome) => setLatch(self.#options.key ?? "", outcome),
    unlatch: (self) => void registry().latches.delete(self.#options.key ?? ""),
    report: (_self, error) => report(error),
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
        // It may have died in its start function.
        if (runtime.dead) throw runtime;
      } catch (error) {
        warn(
          "WebAssembly is refused here (a Content-Security-Policy needs 'wasm-unsafe-eval' in script-src). Falling back to the browser's EventSource: no backoff, no detection of dead connections, no latch.",
          error,
        );
        runtime = { dead: false, Source: PlainSource };
      }
    }
    return runtime;
  }

  static #trapped(dead: Runtime, error: unknown): void {
    console.error(
      "ResilientEventSource: an internal fault ended its sources; reconnect() or a new one works. Please report it:",
      error,
    );
    for (const ref of all) {
      const self = ref.deref();
      if (self && self.#runtime === dead) self.#fail("internal");
    }
  }

  static #clearAll(): void {
    for (const ref of all) {
      const self = ref.deref();
      if (self) self.#stop("clear");
    }
  }
}

/** Runs a caller's function; a throw is reported. Returns whether there was none. */
function attemptTo(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    report(error);
    return false;
  }
}
