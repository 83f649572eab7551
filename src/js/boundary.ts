// The boundary between the class and the Rust `Source`, which decides for it. Types only.
//
// States, reasons, outcomes and transports cross as numbers, named in names.ts;
// NaN stands for null. A name at the boundary costs more than the list.

/** What the class is told. No method throws. */
export interface Host {
  /** An option, by its place in options.ts. */
  number(index: number): number;
  /** An option that is a text, in UTF-8. */
  text(index: number): Uint8Array;
  contentType(response: Response): Uint8Array;
  /** Seconds, a date as negative epoch milliseconds, or NaN (RFC 9110 §10.2.3). */
  retryAfter(response: Response): number;
  /**
   * Makes a request. Resolves with 1 where `headers` failed, 2 where `params` did.
   *
   * @param again whether this is a second request of the same attempt
   * @param resume how the last event id travels: 0 not at all, 1 as the header, 2 as a parameter
   */
  request(attempt: number, reason: number, again: boolean, resume: number): Promise<Response | 1 | 2>;
  /** Gives the request up. */
  abort(): void;
  /** Listens to the page and the machine, or no longer. */
  listen(on: boolean): void;
  /** Bit 0: the machine is online; bit 1: the page is hidden. */
  page(): number;
  /** Both are views of wasm memory: copy them before anything else runs. */
  batch(text: Uint8Array, table: Uint32Array): void;
  /** Follows `batch`: dispatch what it copied. */
  dispatch(): void;
  /** Rows not yet dispatched never will be. */
  dropBatch(): void;
  statechange(state: number, previous: number, reason: number, attempt: number, retryIn: number): void;
  open(response: Response | undefined): void;
  error(
    reason: number,
    response: Response | undefined,
    attempt: number,
    retryIn: number,
    fatal: boolean,
  ): void;
  /** @param terminal whether the event of the last call of `terminal` completed it */
  complete(outcome: number, terminal: boolean, latched: boolean): void;
  stall(stalled: boolean): void;
  classify(token: number, reason: number, response: Response | undefined, attempt: number): void;
  /** The registry's entry for the key: 0 none, 1 completed, 2 failed. */
  latched(): number;
  /** Sets the entry; 0 forgets it. */
  latch(outcome: number): void;
}

/** What decides. Every call is allowed in every state; one that means nothing there is a no-op. */
export interface Source {
  /** Something happened: one of the numbers of inputs.ts, with what belongs to it. */
  input(number: number, a?: number, b?: number, c?: number): void;
  /** The fields of a snapshot; undefined while none changed. */
  snapshot(): number[] | undefined;
  stats(): number[];
}

/** Its constructor asks the host for the options, and for nothing else. */
export type SourceClass = new (host: Host) => Source;
