// The texts of errors: what happened, where, and what comes next or what to do.
// They decide nothing.
import type { Reason, State } from "./types.ts";

/** What a reason's name does not say. */
const hints: { readonly [R in Reason]?: string } = {
  network: "network, DNS or CORS",
  blocked: "check scheme, mixed content and CSP",
  unsupported: "needs fetch with streamed bodies",
  "content-type": "is not text/event-stream",
  "too-large": "see maxEventSize",
  csp: "these options need script-src 'wasm-unsafe-eval'",
  internal: "a fault in this library",
};

const next: { readonly [S in State]?: string } = {
  gaveup: "gave up, try reconnect()",
  failed: "not retried, try reconnect()",
};

/** A URL fit for messages: without what may be secret, query, fragment and user. */
export const where = (url: string): string => url.replace(/[?#].*/s, "").replace(/\/\/[^/]*@/, "//");

/** @param status null or 0 where there is none; @param retryIn null where no attempt is planned */
export function explain(
  url: string,
  reason: Reason,
  state: State,
  status?: number | null,
  retryIn?: number | null,
): string {
  const details = status ? `HTTP ${status}` : hints[reason];
  const then = retryIn == null ? next[state] : `next attempt in ${Math.round(retryIn)} ms`;
  return `${where(url)}: ${reason}${details ? ` (${details})` : ""}${then ? `; ${then}` : ""}`;
}
