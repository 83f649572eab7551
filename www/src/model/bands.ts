// From the transitions of a source to the bands of a picture. Pure: the clock
// comes in as an argument, pixels are the business of the component.
import type { Reason, State, Transition, Transport } from "resilient-eventsource";
import { type Phase, silenceOf, type TwinState } from "./twin.ts";

/** One stay in one state. Times are epoch milliseconds. */
export interface Band {
  /** Its place in the timeline. */
  index: number;
  state: State;
  reason: Reason;
  attempt: number;
  retryIn: number | null;
  /** How the present or last attempt ran; null before the first. */
  transport: Transport | null;
  from: number;
  to: number;
  /** Whether the source is still in it. */
  live: boolean;
}

/** States that a source leaves only when its caller says so. Their time says nothing. */
const final: ReadonlySet<State> = new Set(["completed", "failed", "closed"]);

/** Lanes that are always there; the others come when they are needed, in this order. */
const always: readonly State[] = ["open", "connecting", "waiting"];
const order: readonly State[] = [...always, "polling", "paused", "gaveup", "failed", "completed", "closed"];

/** @param now - the end of a band that still lasts */
export function bandsOf(timeline: readonly Transition[], now: number): Band[] {
  return timeline.map(({ at, state, reason, attempt, retryIn, transport }, index) => {
    const next = timeline[index + 1];
    const live = !next && !final.has(state);
    // A wall clock may be set back; no band has a negative length.
    const to = Math.max(at, next ? next.at : live ? now : at);
    return { index, state, reason, attempt, retryIn, transport, from: at, to, live };
  });
}

/** The lanes of the picture, top to bottom. */
export const lanesOf = (bands: readonly Band[]): State[] =>
  order.filter((state) => always.includes(state) || bands.some((band) => band.state === state));

const seconds = [10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 2700, 3600];

/** How long the picture goes on for the twin once our source has ended: some of its reconnections. */
const afterwardsMs = 15_000;

/** One stay of the browser's own source, or a silence within one, cut to the span. */
export interface TwinBand {
  phase: Phase | "silent";
  from: number;
  to: number;
}

/** Bottom to top: streams lie above the rest, short ones must be seen, and silences above them. */
const depths = { closed: 0, connecting: 1, open: 2, silent: 3 } as const;

/** @param now - the end of the stay that lasts */
export function twinBandsOf(twin: TwinState, span: { from: number; to: number }, now: number): TwinBand[] {
  const present = silenceOf(twin, now);
  const silences = present ? [...twin.silences, present] : twin.silences;
  return [...twin.stays, ...silences.map((silence) => ({ phase: "silent" as const, ...silence }))]
    .map(({ phase, from, to }) => ({
      phase,
      from: Math.max(span.from, from),
      to: Math.min(span.to, to ?? now),
    }))
    .filter(({ from, to }) => to >= from)
    .sort((a, b) => depths[a.phase] - depths[b.phase]);
}

/**
 * The time that the picture shows. While the source lives it grows in steps, so that
 * the bands stand still in between; afterwards it ends a little after the last transition.
 *
 * @param twinUntil - the present, where the browser's own source is looked at too
 */
export function spanOf(
  bands: readonly Band[],
  twinUntil: number | null = null,
): { from: number; to: number } {
  const first = bands[0];
  const last = bands.at(-1);
  if (!first || !last) return { from: 0, to: 10_000 };
  const length = last.to - first.from;
  if (!last.live) {
    const beyond = twinUntil === null ? 0 : Math.min(twinUntil - first.from, length + afterwardsMs);
    return { from: first.from, to: first.from + Math.max(1000, length * 1.06, beyond) };
  }
  const step = seconds.find((s) => s * 1000 >= length) ?? Math.ceil(length / 3_600_000) * 3600;
  return { from: first.from, to: first.from + step * 1000 };
}

const tickSteps = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 86_400];

/** Round times for the axis, in milliseconds since the start: at most `most` of them, and 0. */
export function ticksOf(lengthMs: number, most: number): number[] {
  const step = (tickSteps.find((s) => lengthMs / (s * 1000) <= most) ?? 86_400) * 1000;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, i) => i * step);
}

/** How often and how long each state was there, in the order of the lanes. */
export function totalsOf(bands: readonly Band[]): { state: State; times: number; ms: number }[] {
  return lanesOf(bands).map((state) => {
    const own = bands.filter((band) => band.state === state);
    return { state, times: own.length, ms: own.reduce((sum, { from, to }) => sum + to - from, 0) };
  });
}

/** Width of a slot of {@link Arrivals}, in milliseconds. */
export const slotMs = 50;

/** How many events arrived, by `Math.floor(time / slotMs)`. */
export type Arrivals = Map<number, number>;

/** Arrivals summed into `columns` equal parts of a span. */
export function columnsOf(arrivals: Arrivals, from: number, to: number, columns: number): number[] {
  const sums = new Array<number>(Math.max(1, columns)).fill(0);
  for (const [slot, count] of arrivals) {
    const at = Math.floor((((slot + 0.5) * slotMs - from) / (to - from)) * sums.length);
    const column = slot * slotMs < from && (slot + 1) * slotMs > from ? 0 : at;
    if (column in sums) sums[column] = (sums[column] ?? 0) + count;
  }
  return sums;
}
