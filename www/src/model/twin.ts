// The browser's own EventSource, as far as a page can see it: its ready state and
// what it dispatched. Pure: the clock comes in as an argument, epoch milliseconds.
import type { RunEvent } from "./events.ts";
import { countEvent, emptyTally, type Tally } from "./tally.ts";

/** Its ready states in words. It waits in `connecting` too, and does not tell. */
export type Phase = "connecting" | "open" | "closed";

/** One stay in one phase. */
export interface Stay {
  phase: Phase;
  from: number;
  /** Null while it lasts. */
  to: number | null;
}

/** A fold in place, as of a run. */
export interface TwinState {
  readonly tally: Tally;
  /** Oldest first; the last one lasts while it is looked at. */
  readonly stays: Stay[];
  /** Open, and nothing came for long; oldest first. */
  readonly silences: { from: number; to: number }[];
  /** Streams that opened. */
  connections: number;
  /** `error` events, also those that the server sent. */
  errors: number;
  /** When it opened or dispatched an event; null before. */
  heardAt: number | null;
  /** When the run's last event first came. */
  endedAt: number | null;
  /** What came after that: streams that opened, events that it had already, errors. */
  readonly after: { connections: number; repeated: number; errors: number };
}

/** Shorter silences say nothing: events have their pauses. */
export const silenceMs = 5000;

/** A run that is over makes it reconnect for as long as it is looked at. */
const maxStays = 200;
const maxSilences = 50;

export const emptyTwin = (): TwinState => ({
  tally: emptyTally(),
  stays: [],
  silences: [],
  connections: 0,
  errors: 0,
  heardAt: null,
  endedAt: null,
  after: { connections: 0, repeated: 0, errors: 0 },
});

/** The present stay, or the last one. */
export const stayOf = (twin: TwinState): Stay =>
  twin.stays.at(-1) ?? { phase: "connecting", from: 0, to: null };

/** The silence of the moment; null where there is none worth a word. */
export function silenceOf(twin: TwinState, now: number): { from: number; to: number } | null {
  const { phase, to } = stayOf(twin);
  if (phase !== "open" || to !== null || twin.heardAt === null || now - twin.heardAt <= silenceMs)
    return null;
  return { from: twin.heardAt, to: now };
}

/** To be called before anything changes. */
function keepSilence(twin: TwinState, now: number): void {
  const silence = silenceOf(twin, now);
  if (!silence) return;
  twin.silences.push(silence);
  if (twin.silences.length > maxSilences) twin.silences.shift();
}

/** A new platform source for the same run: it knows nothing of what came before, the page does. */
export function twinStarted(twin: TwinState, now: number): void {
  stayOf(twin).to ??= now;
  twin.stays.push({ phase: "connecting", from: now, to: null });
}

/** The page let go of it. */
export function twinStopped(twin: TwinState, now: number): void {
  keepSilence(twin, now);
  stayOf(twin).to ??= now;
}

function enter(twin: TwinState, phase: Phase, now: number): void {
  const last = stayOf(twin);
  if (last.phase === phase) return;
  last.to ??= now;
  twin.stays.push({ phase, from: now, to: null });
  if (twin.stays.length > maxStays) twin.stays.shift();
}

export function twinOpened(twin: TwinState, now: number): void {
  enter(twin, "open", now);
  twin.connections++;
  twin.heardAt = now;
  if (twin.endedAt !== null) twin.after.connections++;
}

/** @param phase - what its ready state is by then */
export function twinErred(twin: TwinState, phase: Phase, now: number): void {
  keepSilence(twin, now);
  enter(twin, phase, now);
  twin.errors++;
  if (twin.endedAt !== null) twin.after.errors++;
}

/** @param event - null for one that says nothing about the run */
export function twinHeard(twin: TwinState, event: RunEvent | null, id: number, now: number): void {
  keepSilence(twin, now);
  twin.heardAt = now;
  if (!event) return;
  const { repeated } = twin.tally;
  countEvent(twin.tally, event, id);
  if (twin.endedAt !== null) twin.after.repeated += twin.tally.repeated - repeated;
  else if (event.type === "run_completed" || event.type === "run_failed") twin.endedAt = now;
}
