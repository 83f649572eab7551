// The names of what crosses the boundary as numbers, in the order of the Rust
// enums (a test compares them), and the objects that are made of such numbers.
import type { Outcome, Reason, Snapshot, State, Stats } from "./types.ts";

const words = <T extends string>(text: string) => text.split(" ") as readonly string[] as readonly T[];

export const states = words<State>("connecting open waiting paused polling gaveup completed failed closed");

/** Those that Rust gives; `csp` and `internal` are the class's own. */
export const reasons = words<Reason>(
  "start retry opened network blocked unsupported http-status refused no-content gone content-type ended cycle idle connect-timeout too-large headers params aborted terminal latched offline hidden frozen pagehide online visible pageshow resume close reconnect reset clear",
);

export const outcomes = words<Outcome>("completed failed");

const flags = [false, true];

/** What a number stands for, in the fields where it is not itself. */
const meanings: Readonly<Record<string, readonly unknown[]>> = {
  state: states,
  previous: states,
  reason: reasons,
  outcome: outcomes,
  transport: ["fetch", "native"],
  latched: flags,
  stalled: flags,
  fatal: flags,
};

/** An object of these fields, from what crossed the boundary in their order. NaN and what is missing are null. */
export const record = <T>(fields: string, crossed: readonly unknown[]): T =>
  Object.fromEntries(
    words(fields).map((field, index) => {
      const value = crossed[index] as number;
      const meaning = meanings[field];
      return [field, (meaning ? meaning[value] : value >= 0 ? value : null) ?? null];
    }),
  ) as T;

export const snapshotFrom = (fields: readonly number[]): Snapshot =>
  Object.freeze(
    record<Snapshot>(
      "state reason attempt failures retryAt openedAt transport outcome latched stalled leader",
      fields,
    ),
  );

/** From six counters, then six numbers a transition. */
export const statsFrom = (numbers: readonly number[]): Stats => {
  const timeline: Stats["timeline"][number][] = [];
  for (let at = 6; at < numbers.length; at += 6)
    timeline.push(record("at state reason attempt retryIn transport", numbers.slice(at)));
  return { ...record<Stats>("attempts events duplicates gaps bytes lastActivityAt", numbers), timeline };
};
