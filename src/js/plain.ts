// The platform's own EventSource, which stands in where WebAssembly is refused.
import { mark } from "./registry.ts";

/** A page may put our class in the platform's place; this one is the platform's. */
const seen = globalThis.EventSource;

/** The platform's class: that of the moment, so that fakes in tests are used, unless it is ours. */
export const platformSource = (): typeof EventSource | undefined => {
  const now = globalThis.EventSource;
  return now && mark in now ? seen : now;
};
