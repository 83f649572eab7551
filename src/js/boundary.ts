// The boundary between the class and what decides for it: the Rust `Source`,
// or the plain one that stands in where WebAssembly is refused. Types only.
import type { Outcome, Reason, Snapshot, State, Stats } from "./types.ts";

/** Crosses as NaN or undefined where it is null. */
type Nullable<T> = T | undefined;

/** What the class is told. No method throws. */
export interface Host {
  /** Both are views of wasm memory, which Rust has borrowed: copy them and run nothing else. */
  batch(text: Uint8Array, table: Uint32Array): void;
  /** Begins to dispatch what was copied. */
  dispatch(): void;
  /** Rows not yet dispatched never will be. */
  dropBatch(): void;
  statechange(
    state: State,
    previous: State,
    reason: Reason,
    attempt: number,
    retryIn: Nullable<number>,
  ): void;
  /** `status` 0 means null, here and below. */
  open(status: number, headers: Nullable<Headers>, origin: Nullable<string>): void;
  error(
    reason: Reason,
    status: number,
    headers: Nullable<Headers>,
    attempt: number,
    retryIn: Nullable<number>,
    fatal: boolean,
  ): void;
  complete(outcome: Outcome, terminalType: Nullable<string>, latched: boolean): void;
  stall(stalled: boolean): void;
  classify(
    token: number,
    reason: Reason,
    status: number,
    headers: Nullable<Headers>,
    response: Nullable<Response>,
    attempt: number,
  ): void;
  /** The registry's entry for the key: 0 none, 1 completed, 2 failed. */
  latched(): number;
  latch(outcome: number): void;
  unlatch(): void;
  report(error: unknown): void;
  /** From the plain source only: an event of the platform's own class. */
  message(event: MessageEvent): void;
}

/** Options, validated; an absent one is the core's default. */
export interface SourceInit {
  url: string;
  crossOrigin: boolean;
  fetchable: boolean;
  /** The page is https, the URL http and not loopback. */
  mixed: boolean;
  supported: boolean;
  withCredentials: boolean;
  credentials: RequestCredentials;
  method: string;
  body?: unknown;
  fetch?: unknown;
  headers?: unknown;
  params?: unknown;
  initial?: number;
  factor?: number;
  max?: number;
  floor?: number;
  serverMax?: number;
  /** 1 equal, 2 none; anything else is full. */
  jitter: number;
  maxRetries?: number;
  giveUpAfter?: number;
  resetAfter?: number;
  /** Anything but a number is auto. */
  connectTimeout?: number | string;
  idleTimeout?: number | string;
  stallAfter?: number;
  notFoundGrace?: number;
  notFoundDelay?: number;
  maxEventSize?: number;
  heartbeatEvents?: string[];
  terminalNames: string[];
  terminalFailed: string[];
  latch: boolean;
  lastEventId?: string;
  resumeHeader: boolean;
  resumeQuery?: string | undefined;
  classify: boolean;
  pauseWhenHidden?: boolean;
  pauseWhenOffline?: boolean;
}

/** What decides. Every call is allowed in every state; one that means nothing there is a no-op. */
export interface Source {
  start(): void;
  close(): void;
  abort(): void;
  clear(): void;
  reconnect(): void;
  reset(): void;
  /** Rows before this one of the present batch have been dispatched; before any other input. */
  commit(rows: number): void;
  /** This row is about to be dispatched and is terminal; outcome 1 completed, 2 failed. */
  terminal(row: number, outcome: number, type: string): void;
  drained(): void;
  /** Verdict 0 undefined, 1 retry, 2 fatal, 3 complete, 4 after `retryIn`. */
  classified(token: number, verdict: number, retryIn: number): void;
  /** An index into `states`. */
  state(): number;
  snapshot(): Snapshot;
  stats(): Stats;
  /** The plain source only: somebody listens to this type. */
  listen?(type: string): void;
}

/** Its constructor makes no request and calls nothing on the host. */
export type SourceClass = new (host: Host, init: SourceInit) => Source;
