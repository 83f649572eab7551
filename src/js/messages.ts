// The texts of errors: what happened, where, and what comes next or what to do.
// They decide nothing.
import type { SourceErrorEvent } from "./events.ts";
import type { Reason, State } from "./types.ts";

/** What a reason's name does not say. */
const hints: { readonly [R in Reason]?: string } = {
  network: "cut off or out of reach; or CORS, DNS, TLS",
  blocked: "check scheme, mixed content and CSP",
  unsupported: "needs fetch with streamed bodies",
  ended: "the server closed it without news",
  cycle: "the server closed it after news",
  idle: "silent for idleTimeout",
  "content-type": "is not text/event-stream",
  "too-large": "see maxEventSize",
  csp: "these options need script-src 'wasm-unsafe-eval'",
  internal: "a fault in this library",
};

/** A URL fit for messages: without what may be secret, query, fragment and user. */
export const where = (url: string): string => url.replace(/[?#].*/s, "").replace(/\/\/[^/]*@/, "//");

/** Whether only the caller or a change of the network helps. */
export const isStuck = (state: State): boolean => state === "failed" || state === "gaveup";

export function explain(
  url: string,
  state: State,
  {
    reason,
    status,
    retryIn,
  }: Pick<SourceErrorEvent, "reason"> & Partial<Pick<SourceErrorEvent, "status" | "retryIn">>,
): string {
  const then =
    retryIn != null
      ? `next attempt in ${Math.round(retryIn)} ms`
      : isStuck(state) && `${state}, try reconnect()`;
  const parts = [reason, status ? `HTTP ${status}` : hints[reason], then];
  return `${where(url)}: ${parts.filter(Boolean).join("; ")}`;
}
