// The inputs, by their numbers at the boundary, and what the page tells.

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

/** Events of the page, by the number of their input. */
const pageEvents = [
  "online",
  "offline",
  "visibilitychange",
  "pagehide",
  "pageshow",
  "freeze",
  "resume",
  "securitypolicyviolation",
];
const FIRST = 7;

/** Bit 0: online, as far as the platform knows; bit 1: hidden. */
export const pageBits = (): number =>
  +(globalThis.navigator?.onLine !== false) | (+!!globalThis.document?.hidden << 1);

/**
 * Makes a switch for listening to whatever of window, document and worker scope there
 * is. `unload` and `beforeunload` are never listened to: a page with such a
 * listener is kept out of the back/forward cache.
 */
export function pageListener(url: string, input: (number: number) => void): (on: boolean) => void {
  const heard = (event: Event) => {
    const { type, disposition, blockedURI } = event as SecurityPolicyViolationEvent;
    // CSP 3 §5: without the fragment, or only the origin where that was crossed.
    if (type !== pageEvents[7] || (disposition === "enforce" && blockedURI && url.startsWith(blockedURI)))
      input(FIRST + pageEvents.indexOf(type));
  };
  return (on) => {
    const method = on ? "addEventListener" : "removeEventListener";
    pageEvents.forEach((type, index) => {
      const target = index < 2 || index === 3 || index === 4 ? globalThis : globalThis.document;
      target?.[method]?.(type, heard);
    });
  };
}
