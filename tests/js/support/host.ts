// The host that the class gives to Rust, by the names of its calls: the one place in the tests that knows their numbers.
import type { Host } from "../../../src/js/boundary.ts";

/** In the order of `Calls` in src/js/boundary.ts; a test compares the two, and Rust's. */
export const callNames = [
  "number",
  "page",
  "listen",
  "latched",
  "latch",
  "request",
  "abort",
  "read",
  "dispatch",
  "dropBatch",
  "classify",
  "statechange",
  "open",
  "error",
  "complete",
  "stall",
  "alarm",
] as const;

type CallName = (typeof callNames)[number];

/** Numbers cross, and what is left out is 0, as Rust does it. */
export type NamedHost = Omit<Host, "call"> & Record<CallName, (...args: (number | boolean)[]) => number>;

/**
 * @param host as the class makes it
 */
export const named = (host: Host): NamedHost =>
  ({
    text: (index: number) => host.text(index),
    batch: (text: Uint8Array, table: Uint32Array) => host.batch(text, table),
    ...Object.fromEntries(
      callNames.map((name, what) => [
        name,
        (...args: (number | boolean)[]) => {
          const [a = 0, b = 0, c = 0, d = 0, e = 0] = args.map(Number);
          return host.call(what, a, b, c, d, e);
        },
      ]),
    ),
  }) as NamedHost;
