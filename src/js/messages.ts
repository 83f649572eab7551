// The texts of errors: what happened, where, and what comes next or what to do.
// They decide nothing.
import type { Reason, State } from "./types.ts";

const happened: { readonly [R in Reason]?: string } = {
  network: "the connection failed (network, DNS or CORS)",
  blocked: "this page may not request it: check the scheme, mixed content and the CSP",
  unsupported: "nothing here can stream it: fetch with streamed bodies is missing",
  refused: "the platform's EventSource refused it",
  "http-status": "the server answered with an error",
  "no-content": "the server says that there is nothing more",
  gone: "it is gone for good",
  "content-type": "the answer is not text/event-stream: check the URL and proxies",
  ended: "the server ended the stream",
  cycle: "the server ended the stream after its news",
  idle: "no byte for idleTimeout",
  "connect-timeout": "no answer within connectTimeout",
  "too-large": "an event is larger than maxEventSize",
  headers: "the headers function failed",
  params: "the params function failed",
  csp: "WebAssembly is refused here, and these options need it: allow 'wasm-unsafe-eval'",
  internal: "a fault in resilient-eventsource itself; please report it",
};

const next: { readonly [S in State]?: string } = {
  gaveup: "gave up, reconnect() tries again",
  failed: "not retried, reconnect() tries again",
  paused: "paused",
};

/** A URL fit for messages: without what may be secret, query, fragment and user. */
export const where = (url: string): string => url.replace(/[?#].*/s, "").replace(/\/\/[^/]*@/, "//");

/** @param status 0 where there is none; @param retryIn NaN where no attempt is planned */
export const explain = (url: string, reason: Reason, state: State, status = 0, retryIn = NaN): string =>
  `${where(url)}: ${happened[reason] ?? reason}${status ? ` (HTTP ${status})` : ""}${
    retryIn >= 0 ? `; next attempt in ${Math.round(retryIn)} ms` : next[state] ? `; ${next[state]}` : ""
  }`;
