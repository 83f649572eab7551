// The boundary between the class and the Rust `Source`, which decides for it. Types only.
//
// States, reasons, outcomes and transports cross as numbers, named in names.ts;
// NaN stands for null. A name at the boundary costs more than the list.

/**
 * What the class is asked for and told, by number, in the order of `Call` in
 * `src/browser/host.rs`. None throws.
 */
export type Calls = readonly [
  /** An option, by its place in options.ts. */
  number: (index: number) => number,
  /** Bit 0: the machine is online; bit 1: the page is hidden. */
  page: () => number,
  /** Listens to the page and the machine (1), or no longer. */
  listen: (on: number) => void,
  /** The registry's entry for the key: 0 none, 1 completed, 2 failed. */
  latched: () => number,
  /** Sets the entry; 0 forgets it. */
  latch: (outcome: number) => void,
  /**
   * Makes a request. Bits 0 and 1 of `how`: the last event id does not travel (0), or as the header (1) or a
   * parameter (2). Bit 2: a second request of the same attempt.
   */
  request: (token: number, attempt: number, reason: number, how: number) => void,
  /** Gives the request up. */
  abort: () => void,
  /** Reads the next chunk. */
  read: (token: number) => void,
  /** Follows `batch`: dispatch what it copied. */
  dispatch: () => void,
  /** Rows not yet dispatched never will be. */
  dropBatch: () => void,
  /** `decided`: by a response. */
  classify: (token: number, reason: number, attempt: number, decided: number) => void,
  statechange: (state: number, previous: number, reason: number, attempt: number, retryIn: number) => void,
  open: () => void,
  error: (reason: number, attempt: number, decided: number, fatal: number, retryIn: number) => void,
  /** `terminal`: whether the event that is being dispatched completed it. */
  complete: (outcome: number, terminal: number, latched: number) => void,
  stall: (stalled: number) => void,
  /** Sets the one timer (1), in place of what was set, to ring in `delay` ms; or clears it (0). */
  alarm: (on: number, delay: number) => void,
];

/** What the machine is given. */
export interface Host {
  /** A text, in UTF-8: the heartbeat events, the last event id, the response's content type. */
  text(index: number): Uint8Array;
  /** Both are views of wasm memory: copy them before anything else runs. */
  batch(text: Uint8Array, table: Uint32Array): void;
  /** One of {@link Calls}. */
  call(what: number, a: number, b: number, c: number, d: number, e: number): number;
}

/** What decides. Every call is allowed in every state; one that means nothing there is a no-op. */
export interface Source {
  /** Something happened: one of the numbers of inputs.ts, with what belongs to it. */
  input(number: number, a?: number, b?: number, c?: number): void;
  /** Bytes of a request's body came. */
  chunk(token: number, bytes: Uint8Array): void;
  /** The fields of a snapshot; undefined while none changed. */
  snapshot(): number[] | undefined;
  stats(): number[];
}

/** Its constructor asks the host for the options, and for nothing else. */
export type SourceClass = new (host: Host) => Source;
