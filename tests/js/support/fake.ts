// A scripted stand-in for the Rust `Source`, and the class bundled around it:
// what the class makes of the boundary can be tested without Rust. Each call of
// `loadClass` is a copy of the package of its own, as two bundles in a page are.
import { build } from "esbuild";
import { moduleOf, pack } from "../../../scripts/build/pack.mjs";
import type { Host, Source } from "../../../src/js/boundary.ts";
import type { Exchange } from "../../../src/js/exchange.ts";
import * as inputs from "../../../src/js/inputs.ts";
import { outcomes, reasons, snapshotFrom, states } from "../../../src/js/names.ts";
import type { Outcome, Reason, Snapshot, State } from "../../../src/js/types.ts";
import { type NamedHost, named } from "./host.ts";
import { ask, type Handed } from "./options.ts";

export type Package = typeof import("../../../src/js/index.ts");

/**
 * A module that exports `boom`, which counts in the global `n` and traps, and
 * `call`, which calls its import and then traps.
 */
const trapping = [
  "0061736d01000000",
  "010401600000",
  "020701016501660000",
  "0303020000",
  "0606017f0141000b",
  "07130304626f6f6d00010463616c6c0002016e0300",
  "0a12020a00230041016a2400000b05001000000b",
].join("");

interface Exports {
  boom(): void;
  call(): void;
  n: WebAssembly.Global<"i32">;
}

export interface Row {
  type?: string;
  data?: string;
  /** Present: the block had an `id:` of its own. */
  id?: string;
  flags?: number;
}

/** How the class's inputs are recorded; `commit 2` and its like carry what belongs to them. */
const recorded = new Map([
  [inputs.START, "start"],
  [inputs.CLOSE, "close"],
  [inputs.ABORT, "aborted"],
  [inputs.CLEAR, "clear"],
  [inputs.RECONNECT, "reconnect"],
  [inputs.RESET, "reset"],
  [inputs.DRAINED, "drained"],
  [inputs.RANG, "rang"],
  [inputs.COMMIT, "commit"],
  [inputs.TERMINAL, "terminal"],
  [inputs.CLASSIFIED, "classified"],
  [inputs.RESPONSE, "response"],
  [inputs.ENDED, "ended"],
  [inputs.FAILED, "failed"],
]);

const closing: readonly number[] = [inputs.CLOSE, inputs.ABORT, inputs.CLEAR];

/** One machine, as the class sees it, with levers for the test. */
export class FakeSource implements Source {
  readonly host: NamedHost;
  /** The options that the class handed over. */
  readonly init: Handed;
  /** Everything the class called, in order. */
  readonly calls: string[] = [];
  /** Called with the name of each input. */
  on: (call: string) => void = () => {};
  current: Snapshot = snapshotFrom([0, 0, 0, 0]);
  /** Chunks of bodies, as text. */
  readonly chunks: string[] = [];
  readonly #instance: () => Exports;
  /** Weakly, since Rust does not know it at all. */
  readonly #exchange: WeakRef<Exchange>;
  #told: Snapshot | undefined;
  #token = 0;
  /** What `request` answered with, by the token. */
  readonly #requests = new Map<number, PromiseWithResolvers<Response | 1 | 2>>();

  constructor(host: Host, instance: () => Exports, exchange: WeakRef<Exchange>) {
    this.host = named(host);
    this.init = ask(this.host);
    this.#instance = instance;
    this.#exchange = exchange;
  }

  /** Lets the present instance trap, as an input or a timer would. */
  trap() {
    this.#instance().boom();
  }

  /** Calls from wasm into JavaScript that traps, and traps too when that is back. */
  trapTwice() {
    this.#instance().call();
  }

  /** How often the instance began to trap. */
  get traps() {
    return this.#instance().n.value;
  }

  input(number: number, ...rest: number[]): void {
    const call = [recorded.get(number) ?? number, ...rest].join(" ");
    this.calls.push(call);
    const [token = 0, fault] = rest;
    const request = this.#requests.get(token);
    if (number === inputs.RESPONSE) request?.resolve(this.#exchange.deref()?.response as Response);
    if (number === inputs.FAILED && fault) request?.resolve(fault as 1 | 2);
    if (number === inputs.FAILED && !fault) request?.reject(new TypeError("the request failed"));
    // An error holds the frames that made it, and all that these hold.
    if (request) this.#requests.delete(token);
    this.on(call);
    if (closing.includes(number) && this.current.state !== "closed") {
      this.host.dropBatch();
      this.go("closed", call as Reason);
    }
  }

  chunk(_token: number, bytes: Uint8Array): void {
    this.chunks.push(new TextDecoder().decode(bytes));
    this.on("chunk");
  }

  snapshot(): number[] | undefined {
    const { state, reason, attempt, failures, retryAt, openedAt, transport, outcome, latched, stalled } =
      this.current;
    if (this.#told === this.current) return undefined;
    this.#told = this.current;
    return [
      states.indexOf(state),
      reasons.indexOf(reason),
      attempt,
      failures,
      retryAt ?? NaN,
      openedAt ?? NaN,
      transport ? ["fetch", "native"].indexOf(transport) : NaN,
      outcome ? outcomes.indexOf(outcome) : NaN,
      +latched,
      +stalled,
    ];
  }

  /** What `stats()` answers; each number another, so that none can stand for its neighbour. */
  numbers = [1, 2, 3, 4, 5, 6];

  stats(): number[] {
    return this.numbers;
  }

  /** Enters a state and tells the class. */
  go(state: State, reason: Reason, { attempt = 1, retryIn = NaN, ...rest } = {}) {
    const previous = this.current.state;
    this.current = {
      ...snapshotFrom([]),
      state,
      reason,
      attempt,
      failures: 0,
      latched: false,
      stalled: false,
      ...rest,
    };
    this.host.statechange(
      states.indexOf(state),
      states.indexOf(previous),
      reasons.indexOf(reason),
      attempt,
      retryIn,
    );
  }

  #answer(response: Response) {
    const exchange = this.#exchange.deref();
    const origin = new URL(response.url || "https://example.test").origin;
    if (exchange) Object.assign(exchange, { response, head: response, origin });
  }

  /** Opens a stream whose final URL is of this origin. */
  open(origin = "https://example.test") {
    this.go("open", "opened");
    const response = new Response("", { headers: { "content-type": "text/event-stream" } });
    this.#answer(Object.defineProperty(response, "url", { value: `${origin}/moved?there` }));
    this.host.open();
  }

  /** Tells of an attempt's end. */
  error(reason: Reason, { response, attempt = 1, retryIn = NaN, fatal = false }: Partial<Failure> = {}) {
    if (response) this.#answer(response);
    this.host.error(reasons.indexOf(reason), attempt, !!response, fatal, retryIn);
  }

  complete(outcome: Outcome, terminal: boolean, latched: boolean) {
    this.host.complete(outcomes.indexOf(outcome), terminal, latched);
  }

  classify(token: number, reason: Reason, response: Response | undefined, attempt: number) {
    if (response) this.#answer(response);
    this.host.classify(token, reasons.indexOf(reason), attempt, !!response);
  }

  /** Asks for a request: what came of it, 1 where `headers` failed, 2 where `params` did. */
  request(attempt: number, reason: Reason, again = false, resume = 0): Promise<Response | 1 | 2> {
    const token = ++this.#token;
    const { promise, resolve, reject } = withResolvers<Response | 1 | 2>();
    this.#requests.set(token, { promise, resolve, reject });
    this.host.request(token, attempt, reasons.indexOf(reason), resume | (+again << 2));
    return promise;
  }

  /** Has a request answered with this, for a source without a `fetch` of its own. */
  async respond(response: Response) {
    const before = globalThis.fetch;
    globalThis.fetch = async () => response;
    const answer = this.request(1, "start");
    globalThis.fetch = before;
    await answer;
  }

  /** Hands a batch over, from memory that is overwritten as wasm memory is. */
  batch(...rows: Row[]) {
    let text = "";
    const table = new Uint32Array(rows.length * 3);
    for (const [i, { type = "", data = "", id, flags = 2 }] of rows.entries()) {
      text += `${type}\n${data}\n${id ?? ""}\n`;
      const feeds = data.split("\n").length - 1;
      table.set([flags | (id === undefined ? 0 : 1), feeds, Buffer.byteLength(text)], i * 3);
    }
    const bytes = new TextEncoder().encode(text);
    this.host.batch(bytes, table);
    bytes.fill(0);
    table.fill(0);
    this.host.dispatch();
  }

  /** Resolves when an input of this name has come. */
  called(call: string): Promise<void> {
    if (this.calls.includes(call)) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.on;
      this.on = (name) => {
        before(name);
        if (name === call) resolve();
      };
    });
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  const made = {} as PromiseWithResolvers<T>;
  made.promise = new Promise<T>((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

interface Failure {
  response: Response | undefined;
  attempt: number;
  retryIn: number;
  fatal: boolean;
}

export interface Loaded extends Package {
  /** Every machine that was made, oldest first. */
  sources: FakeSource[];
  /** The newest. */
  latest(): FakeSource;
  /** How often the glue was evaluated. */
  instances(): number;
}

interface Backdoor {
  glue(webAssembly: typeof WebAssembly): unknown;
  /** The transport of the source that was made last. */
  exchange: WeakRef<Exchange> | undefined;
}
const backdoors = new Map<string, Backdoor>();
(globalThis as Record<symbol, unknown>)[Symbol.for("test glue")] = backdoors;
let bundle: Promise<string> | undefined;
let copies = 0;

export async function loadClass(hooks: { made?(source: FakeSource): void } = {}): Promise<Loaded> {
  bundle ??= bundleClass();
  const name = `copy ${copies++}`;
  const sources: FakeSource[] = [];
  let instances = 0;
  const backdoor: Backdoor = {
    exchange: undefined,
    glue(webAssembly) {
      instances++;
      let exports: Exports;
      return {
        initSync({ module }: { module: WebAssembly.Module }) {
          ({ exports } = new webAssembly.Instance(module, { e: { f: () => exports.boom() } }) as never);
        },
        Source: class extends FakeSource {
          constructor(host: Host) {
            super(host, () => exports, backdoor.exchange as WeakRef<Exchange>);
            sources.push(this);
            hooks.made?.(this);
          }
        },
      };
    },
  };
  backdoors.set(name, backdoor);
  const code = (await bundle).replaceAll("THIS COPY", name);
  const exports = (await import(
    `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`
  )) as Package;
  return {
    ...exports,
    sources,
    latest: () => sources.at(-1) as FakeSource,
    instances: () => instances,
  };
}

async function bundleClass(): Promise<string> {
  const modules: Record<string, string> = {
    "#glue": `export default (wasm) => globalThis[Symbol.for("test glue")].get("THIS COPY").glue(wasm)`,
    "#wasm-text": moduleOf(await pack(Buffer.from(trapping, "hex"))),
  };
  const { outputFiles } = await build({
    entryPoints: [new URL("../../../src/js/index.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    plugins: [
      {
        name: "fake glue",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^#/ }, ({ path }) => ({ path, namespace: "fake" }));
          // The transport is the real one, but the fake machine has to know it.
          onResolve({ filter: /exchange\.ts$/ }, ({ importer, path, resolveDir }) =>
            importer.endsWith("source.ts")
              ? {
                  path: "exchange",
                  namespace: "fake",
                  pluginData: new URL(path, `file://${resolveDir}/`).pathname,
                }
              : undefined,
          );
          onLoad({ filter: /^exchange$/, namespace: "fake" }, ({ pluginData }) => ({
            contents: `
              import { createExchange as create } from ${JSON.stringify(pluginData)};
              export const createExchange = (...args) =>
              {
                const exchange = create(...args);
                globalThis[Symbol.for("test glue")].get("THIS COPY").exchange = new WeakRef(exchange);
                return exchange;
              };`,
            resolveDir: "/",
          }));
          onLoad({ filter: /^#/, namespace: "fake" }, ({ path }) => ({ contents: modules[path] ?? "" }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? "";
}

/** One turn of the event loop, in which every task that was due has run. */
export const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** Resolves with the next event of a type. */
export const next = <E extends Event = MessageEvent>(target: EventTarget, type: string) =>
  new Promise<E>((resolve) => target.addEventListener(type, (event) => resolve(event as E), { once: true }));

/** Collects what is reported as uncaught while `run` runs, as Node reports a throwing listener. */
export async function reported(run: () => unknown): Promise<unknown[]> {
  const errors: unknown[] = [];
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => errors.push(error));
  try {
    await run();
    await turn();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  }
  return errors;
}

/** Collects a console method's calls while `run` runs. */
export async function logged(method: "warn" | "error" | "debug", run: () => unknown): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  const before = console[method];
  console[method] = (...args: unknown[]) => void calls.push(args);
  try {
    await run();
    await turn();
  } finally {
    console[method] = before;
  }
  return calls;
}
