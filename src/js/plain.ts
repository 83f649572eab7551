// The stand-in where WebAssembly is refused: the platform's own EventSource,
// with its own reconnecting, behind the same boundary as the Rust `Source`. No
// backoff, no watchdogs, no latch.
import type { Host, Source } from "./boundary.ts";
import { ABORT, CLEAR, CLOSE, RECONNECT, RESET, START } from "./inputs.ts";
import { reasons, states } from "./names.ts";
import { mark } from "./registry.ts";
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
  readonly #url: string;
  readonly #withCredentials: boolean;
  readonly #types = new Set(["message"]);
  #source: EventSource | undefined;
  #attempt = 1;
  #state: State = "connecting";
  #reason: Reason = "start";

  constructor(host: Host, url: string, withCredentials: boolean) {
    this.#host = host;
    this.#url = url;
    this.#withCredentials = withCredentials;
  }

  input(number: number): number {
    if (number === START) this.#start();
    else if (number === CLOSE) this.#end("closed", "close");
    else if (number === ABORT) this.#end("closed", "aborted");
    else if (number === CLEAR) this.#end("closed", "clear");
    else if (number === RESET || (number === RECONNECT && !/^c/.test(this.#state))) {
      this.#end("connecting", number === RESET ? "reset" : "reconnect");
      if (this.#state === "connecting") this.#start();
    }
    return states.indexOf(this.#state);
  }

  listen(type: string): void {
    if (!this.#types.has(type)) this.#forward(type);
    this.#types.add(type);
  }

  snapshot(): number[] {
    return [
      states.indexOf(this.#state),
      reasons.indexOf(this.#reason),
      this.#attempt,
      0,
      NaN,
      NaN,
      1,
      NaN,
      0,
      0,
    ];
  }

  stats(): number[] {
    return [this.#attempt, 0, 0, 0, 0, NaN];
  }

  #start(): void {
    const Platform = platformSource() as typeof EventSource;
    const source = new Platform(this.#url, { withCredentials: this.#withCredentials });
    this.#source = source;
    source.onopen = () => {
      this.#go("open", "opened");
      this.#host.open(undefined);
    };
    source.onerror = (event) => {
      // A server's own event of that name.
      if ("data" in event) return;
      const fatal = source.readyState === 2;
      const reason = fatal ? "refused" : "network";
      this.#go(fatal ? "failed" : "waiting", reason);
      this.#host.error(reasons.indexOf(reason), undefined, this.#attempt++, NaN, fatal);
    };
    for (const type of this.#types) this.#forward(type);
  }

  #forward(type: string): void {
    this.#source?.addEventListener(type, (event) => {
      if ("data" in event) this.#host.message(event);
    });
  }

  #end(state: State, reason: Reason): void {
    this.#source?.close();
    this.#go(state, reason);
  }

  #go(state: State, reason: Reason): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.#reason = reason;
    this.#host.statechange(
      states.indexOf(state),
      states.indexOf(previous),
      reasons.indexOf(reason),
      this.#attempt,
      NaN,
    );
  }
}
