// The stand-in where WebAssembly is refused: the platform's own EventSource,
// with its own reconnecting, behind the same boundary as the Rust `Source`. No
// backoff, no watchdogs, no latch.
import type { Host, Source, SourceInit } from "./boundary.ts";
import { mark } from "./registry.ts";
import { noStats, snapshotOf, states } from "./states.ts";
import type { Reason, State } from "./types.ts";

/** A page may put our class in the platform's place; this one is the platform's. */
const seen = globalThis.EventSource;

/** The platform's class: that of the moment, so that fakes in tests are used, unless it is ours. */
export const platformSource = (): typeof EventSource | undefined => {
  const now = globalThis.EventSource;
  return now && mark in now ? seen : now;
};

export class PlainSource implements Source {
  readonly #host: Host;
  readonly #init: SourceInit;
  readonly #types = new Set(["message"]);
  #source: EventSource | undefined;
  #attempt = 1;
  #snapshot = snapshotOf("connecting", "start");

  constructor(host: Host, init: SourceInit) {
    this.#host = host;
    this.#init = init;
  }

  start(): void {
    const { url, withCredentials } = this.#init;
    const Platform = platformSource() as typeof EventSource;
    const source = new Platform(url, { withCredentials });
    this.#source = source;
    source.onopen = () => {
      this.#go("open", "opened");
      this.#host.open(0, undefined, "");
    };
    source.onerror = (event) => {
      // A server's own event of that name.
      if ("data" in event) return;
      const fatal = source.readyState === 2;
      const reason = fatal ? "refused" : "network";
      this.#go(fatal ? "failed" : "waiting", reason);
      this.#host.error(reason, 0, undefined, this.#attempt++, NaN, fatal);
    };
    for (const type of this.#types) this.#forward(type);
  }

  listen(type: string): void {
    if (!this.#types.has(type)) this.#forward(type);
    this.#types.add(type);
  }

  close(): void {
    this.#end("closed", "close");
  }

  abort(): void {
    this.#end("closed", "aborted");
  }

  clear(): void {
    this.#end("closed", "clear");
  }

  reconnect(): void {
    if (!/^(connecting|closed)$/.test(this.#snapshot.state)) this.#restart("reconnect");
  }

  reset(): void {
    this.#restart("reset");
  }

  state(): number {
    return states.indexOf(this.#snapshot.state);
  }

  snapshot() {
    return this.#snapshot;
  }

  stats() {
    return noStats();
  }

  commit(): void {}
  terminal(): void {}
  drained(): void {}
  classified(): void {}

  #forward(type: string): void {
    this.#source?.addEventListener(type, (event) => {
      if ("data" in event) this.#host.message(event);
    });
  }

  #restart(reason: Reason): void {
    this.#end("connecting", reason);
    if (this.#snapshot.state === "connecting") this.start();
  }

  #end(state: State, reason: Reason): void {
    this.#source?.close();
    this.#go(state, reason);
  }

  #go(state: State, reason: Reason): void {
    const previous = this.#snapshot.state;
    if (state === previous) return;
    this.#snapshot = snapshotOf(state, reason, { transport: "native", attempt: this.#attempt });
    this.#host.statechange(state, previous, reason, this.#attempt, NaN);
  }
}
