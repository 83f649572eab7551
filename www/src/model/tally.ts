// What arrived of a run, counted: the same for the page's source and for the
// browser's own, so that the two can be compared.
import type { RunEvent } from "./events.ts";

/** A fold in place: a run may have 100,000 events. */
export interface Tally {
  /** The id of the last event that was news; 0 before the first. */
  lastId: number;
  /** Events that were news. */
  fresh: number;
  /** Events that had been taken in before. */
  repeated: number;
  /** Events that never came, by their ids, which rise by one from 1. */
  missed: number;
  /** What was taken in, log lines aside. */
  readonly seen: Set<string>;
  /** The last line of the log. */
  line: number;
}

export const emptyTally = (): Tally => ({
  lastId: 0,
  fresh: 0,
  repeated: 0,
  missed: 0,
  seen: new Set(),
  line: 0,
});

/** Events that belong to a connection, not to the run. They carry no id of their own. */
const ofConnection = new Set<string>(["connected", "heartbeat", "stream_end"] satisfies RunEvent["type"][]);

/**
 * Counts one event. Whether it is news goes by what it tells, not by its id: a server
 * whose ids are wrong must not make a page lose what it says.
 *
 * @param id - the last event id when it came
 * @returns whether it was news
 */
export function countEvent(tally: Tally, event: RunEvent, id: number): boolean {
  const name = ofConnection.has(event.type) ? null : nameOf(event);
  if (name === null) return false;
  const known = typeof name === "number" ? name <= tally.line : tally.seen.has(name);
  if (known) {
    tally.repeated++;
    return false;
  }
  if (typeof name === "number") tally.line = name;
  else tally.seen.add(name);
  tally.fresh++;
  tally.lastId = id;
  tally.missed = Math.max(0, id - tally.fresh);
  return true;
}

/** A log line's number, any other event's place in the run; null for what is no part of one. */
function nameOf(event: RunEvent): number | string | null {
  const { type, data } = event;
  if (type === "log") return typeof data.line === "number" ? data.line : null;
  const {
    stage = "",
    name = "",
    policy = "",
    route = "",
  } = data as Partial<Record<"stage" | "name" | "policy" | "route", string>>;
  return [type, stage, name, policy, route].join("/");
}
