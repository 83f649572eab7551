// The machine that runs all sources of this copy of the package: made at the
// first need, anew after a trap, and none where WebAssembly is refused.
import { instantiate, type Machine } from "./loader.ts";
import { warn } from "./registry.ts";
import { guarded } from "./tasks.ts";

/** Undefined before the first source and after a trap, false where WebAssembly is refused. */
let current: Machine | false | undefined;

/**
 * The machine for a new source.
 *
 * @param died called once when it has died, with its sources still bound to it
 * @returns false where WebAssembly is refused, of which it warns once a page
 */
export const machineFor = (died: (dead: Machine) => void): Machine | false => {
  // A dead one that could not say so must not get a source.
  if (current) current.tell();
  try {
    current ??= load(died);
  } catch (error) {
    warn(
      "WebAssembly is refused; it needs script-src 'wasm-unsafe-eval'. A plain EventSource stands in: no backoff, idle detection or latch.",
      error,
    );
    current = false;
  }
  return current;
};

const load = (died: (dead: Machine) => void): Machine => {
  const machine: Machine = instantiate((error) => {
    const before = current;
    if (current === machine) current = undefined;
    try {
      died(machine);
    } catch (exhausted) {
      // To be told again, by a later call or the next source.
      current = before;
      throw exhausted;
    }
    guarded(() =>
      console.error(
        "ResilientEventSource: a fault in this library, its sources failed; please report it.",
        error,
      ),
    );
  });
  return machine;
};
