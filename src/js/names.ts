// The names of what crosses the boundary as numbers, in the order of the Rust
// enums (a test compares them), and the objects that are made of such numbers.
import type { Outcome, Reason, Snapshot, State, Stats, Transport } from "./types.ts";

export const states = "connecting open waiting paused polling gaveup completed failed closed".split(
  " ",
) as readonly string[] as readonly State[];

export const reasons =
  "start retry opened network blocked unsupported http-status no-content gone content-type ended cycle idle connect-timeout too-large headers params aborted terminal latched offline hidden frozen pagehide online visible pageshow resume close reconnect reset clear".split(
    " ",
  ) as readonly string[] as readonly Reason[];

export const outcomes: readonly Outcome[] = ["completed", "failed"];

const transports: readonly Transport[] = ["fetch", "native"];

/** NaN is null. */
export const orNull = (number: number): number | null => (Number.isNaN(number) ? null : number);

/** The `readyState` of a state: 1 for open; 2 for what is final. */
export const readyStateOf = (state: State): 0 | 1 | 2 =>
  state === "open" ? 1 : states.indexOf(state) > 5 ? 2 : 0;

/** The snapshot of a source that no machine stands behind, changed from an earlier one. */
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

/** The snapshot that these fields are of. */
export const snapshotFrom = (fields: number[]): Snapshot => {
  const [state, reason, attempt, failures, retryAt, openedAt, transport, outcome, latched, stalled] =
    fields as Fields;
  return Object.freeze({
    state: states[state] as State,
    reason: reasons[reason] as Reason,
    attempt,
    failures,
    retryAt: orNull(retryAt),
    openedAt: orNull(openedAt),
    transport: transports[transport] ?? null,
    outcome: outcomes[outcome] ?? null,
    latched: !!latched,
    stalled: !!stalled,
    leader: null,
  });
};

/** The statistics that these numbers are of: six counters, then six numbers a transition. */
export const statsFrom = (numbers: number[]): Stats => {
  const [attempts, events, duplicates, gaps, bytes, lastActivityAt] = numbers as Fields;
  const timeline: Stats["timeline"][number][] = [];
  for (let i = 6; i < numbers.length; i += 6) {
    const [at, state, reason, attempt, retryIn, transport] = numbers.slice(i) as Fields;
    timeline.push({
      at,
      state: states[state] as State,
      reason: reasons[reason] as Reason,
      attempt,
      retryIn: orNull(retryIn),
      transport: transports[transport] ?? null,
    });
  }
  return { attempts, events, duplicates, gaps, bytes, lastActivityAt: orNull(lastActivityAt), timeline };
};

/** The statistics of a source that no machine stands behind. */
export const noStats = (): Stats => statsFrom([0, 0, 0, 0, 0, NaN]);

/** As many numbers as are taken. */
type Fields = [number, number, number, number, number, number, number, number, number, number];
