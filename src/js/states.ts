// The states by number, and what a source looks like that nothing is known of.
import type { Reason, Snapshot, State, Stats } from "./types.ts";

/** In the order of their numbers at the boundary. */
export const states: readonly State[] = [
  "connecting",
  "open",
  "waiting",
  "paused",
  "polling",
  "gaveup",
  "completed",
  "failed",
  "closed",
];

/** The `readyState` of a state: 1 for open; 2 for what is final. */
export const readyStateOf = (state: State): 0 | 1 | 2 =>
  state === "open" ? 1 : states.indexOf(state) > 5 ? 2 : 0;

/** The snapshot of a source that no Rust stands behind, changed from an earlier one. */
export const snapshotOf = (state: State, reason: Reason, from?: Partial<Snapshot>): Snapshot =>
  Object.freeze({
    attempt: 0,
    failures: 0,
    transport: null,
    outcome: null,
    latched: false,
    leader: null,
    ...from,
    state,
    reason,
    retryAt: null,
    openedAt: null,
    stalled: false,
  });

/** The statistics of such a source. */
export const noStats = (): Stats => ({
  attempts: 0,
  events: 0,
  duplicates: 0,
  gaps: 0,
  bytes: 0,
  lastActivityAt: null,
  timeline: [],
});
