// The inputs, by their numbers at the boundary, and what the page tells.
import { where } from "./messages.ts";

export const START = 0;
export const CLOSE = 1;
export const ABORT = 2;
export const CLEAR = 3;
export const RECONNECT = 4;
export const RESET = 5;
/** The loop over the batch is over. */
export const DRAINED = 6;

/** Rows of the present batch before `a` have been dispatched; before any other input. */
export const COMMIT = 15;
/** Row `a` is about to be dispatched and is terminal; `b` is 1 for completed, 2 for failed. */
export const TERMINAL = 16;
/** Answers token `a` of `classify`; `b` is 0 undefined, 1 retry, 2 fatal, 3 complete, 4 after `c` ms. */
export const CLASSIFIED = 17;
/** A response to request `a`: status `b` (bit 16: from another origin than the page's), and `c` its `Retry-After`: seconds, a date as negative epoch milliseconds, or NaN. */
export const RESPONSE = 18;
/** The body of request `a` ended. */
export const ENDED = 19;
/**
 * Request `a` or its body failed; `b` is 0 in the network, 1 in `headers`, 2 in `params`; or the platform's own
 * source closed itself (3), is about to reconnect by itself (4), or was and has been closed (5).
 */
export const FAILED = 20;
/** The timer rang. */
export const RANG = 21;

/** Events of the page, in the order of their inputs, which are 7 to 14. */
const pageEvents =
  "online offline visibilitychange pagehide pageshow freeze resume securitypolicyviolation".split(" ");

/** Bit 0: online, as far as the platform knows; bit 1: hidden. */
export const pageBits = (): number =>
  +(globalThis.navigator?.onLine !== false) | (+!!globalThis.document?.hidden << 1);

/**
 * Makes a switch for listening to the page. All is heard at the window, where
 * what is told to the document passes by, or at the worker's scope. `unload` and `beforeunload` are never
 * listened to: a page with such a listener is kept out of the back/forward cache.
 */
export function pageListener(url: string, input: (number: number) => void): (on: number) => void {
  const heard = (event: Event) => {
    const { type, target, disposition, blockedURI } = event as SecurityPolicyViolationEvent;
    const number = 7 + pageEvents.indexOf(type);
    if (
      number === 14
        ? // CSP 3 §5: without the fragment, or only the origin where that was crossed. `params` and ids are in the query.
          disposition === "enforce" && blockedURI && url.startsWith(where(blockedURI))
        : // An element may have events of these names.
          (target as Node).nodeType !== 1
    )
      input(number);
  };
  return (on) => {
    for (const type of pageEvents)
      globalThis[on ? "addEventListener" : "removeEventListener"]?.(type, heard, true);
  };
}
