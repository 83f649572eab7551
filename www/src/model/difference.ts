// The page's source beside the browser's own: what is to be compared, and the
// difference of the moment in a sentence.
import type { Reason, State } from "resilient-eventsource";
import { formatSeconds, formatTime, plural } from "./format.ts";
import type { Tally } from "./tally.ts";
import { silenceMs, stayOf, type TwinState } from "./twin.ts";
import { stateTitles } from "./words.ts";

/** What is known of the page's source. Times are epoch milliseconds. */
export interface Ours {
  state: State;
  reason: Reason;
  tally: Tally;
  connections: number;
  errors: number;
  heardAt: number | null;
  /** When the next attempt comes. */
  retryAt: number | null;
}

/** A side of the comparison, as it is shown. */
export interface Side {
  state: State;
  title: string;
  events: number;
  duplicates: number;
  missing: number;
  connections: number;
  errors: number;
  /** Milliseconds without a sign of life; null where none is due. */
  silentMs: number | null;
}

/** The browser's own may lag this much behind ours and only be a moment later. */
const lateMs = 2000;

const ended: ReadonlySet<State> = new Set(["completed", "failed", "closed", "gaveup"]);

export const oursAsSide = (ours: Ours, twin: TwinState, now: number): Side => ({
  state: ours.state,
  title: stateTitles[ours.state],
  events: ours.tally.fresh + ours.tally.repeated,
  duplicates: ours.tally.repeated,
  missing: missingOf(
    ours.tally,
    twin.tally,
    ended.has(ours.state) || (ours.state === "open" && isSilent(ours.heardAt, now)),
  ),
  connections: ours.connections,
  errors: ours.errors,
  silentMs: ended.has(ours.state) || ours.heardAt === null ? null : sinceOf(ours.heardAt, now),
});

export const twinAsSide = (twin: TwinState, ours: Ours, now: number): Side => {
  const { phase, from } = stayOf(twin);
  return {
    state: phase,
    title: { connecting: "Connecting", open: "Open", closed: "Closed" }[phase],
    events: twin.tally.fresh + twin.tally.repeated,
    duplicates: twin.tally.repeated,
    missing: missingOf(
      twin.tally,
      ours.tally,
      phase === "closed" || (phase === "open" && isSilent(twin.heardAt, now)),
    ),
    connections: twin.connections,
    errors: twin.errors,
    silentMs: sinceOf(twin.heardAt ?? from, now),
  };
};

/** What happened after the last look at the clock happened just now. */
const sinceOf = (at: number, now: number) => Math.max(0, now - at);

const isSilent = (heardAt: number | null, now: number) => heardAt !== null && now - heardAt > lateMs;

/** What one side lacks of what the other has, where it is not about to be asked for. */
const missingOf = (own: Tally, other: Tally, deaf: boolean) =>
  Math.max(own.missed, deaf ? other.fresh - own.fresh : 0);

/** What the two differ in now, and whether the browser's own is the worse for it. */
export interface Difference {
  text: string;
  worse: boolean;
}

/** @param keyed - whether the server asks for a key, which the browser's own cannot send */
export function differenceOf(ours: Ours, twin: TwinState, now: number, keyed = false): Difference {
  const { phase, from } = stayOf(twin);
  const own = "The browser’s own source";
  if (phase === "closed") {
    const since = `has been closed for good since ${formatTime(from).slice(0, 8)}`;
    if (keyed) return worse(`${own} ${since}: it cannot send headers, so the server never sees the key.`);
    return worse(`${own} ${since}: it met an answer that it never retries. ${oursNow(ours, now)}`);
  }
  if (twin.endedAt !== null && ours.state === "completed") return afterEnd(own, twin);
  const silentMs = now - Math.max(twin.heardAt ?? 0, from);
  if (phase === "open" && silentMs > silenceMs) {
    const silent = `${own} has been open and silent for ${formatSeconds(silentMs)} and will not notice a dead connection.`;
    // As alive as ours, on a stream that brought no more events.
    const comments =
      ours.state === "open" && !isSilent(ours.heardAt, now) && ours.tally.fresh <= twin.tally.fresh;
    if (comments) return worse(`${silent} Ours hears comments, so it knows that its connection lives.`);
    if (ours.state !== "open" || (ours.heardAt ?? 0) > (twin.heardAt ?? 0) + lateMs) {
      return worse(`${silent} ${oursNow(ours, now)}`);
    }
    return same(
      `Both have been open and silent for ${formatSeconds(silentMs)}. Ours will replace a dead connection.`,
    );
  }
  if (phase === "connecting" && twin.connections > 0) {
    const trying = `${own} has been reconnecting since ${formatTime(from).slice(0, 8)} and says neither why nor when.`;
    return { text: `${trying} ${oursNow(ours, now)}`, worse: ours.state === "open" };
  }
  if (phase === "open" && (ours.state === "waiting" || ours.state === "connecting") && ours.connections > 0) {
    return same(
      `${own} is open. ${oursNow(ours, now)} Its waits are drawn at random, so that a crowd does not come back at once.`,
    );
  }
  if (ended.has(ours.state)) return same(`Ours has ended (${ours.reason}); ${lower(own)} goes on.`);
  const duplicates = twin.tally.repeated - ours.tally.repeated;
  if (duplicates > 0) return worse(`${own} was sent ${plural(duplicates, "event")} twice; ours was not.`);
  const missing = twin.tally.missed - ours.tally.missed;
  if (missing > 0) return worse(`${own} lacks ${plural(missing, "event")} that ours has.`);
  return same(
    twin.errors > 0 || ours.connections > 1
      ? "Both go on where they were. Ours says what happened, and why it waited as long as it did."
      : "No difference so far. Break the connection, or wait for the end of the run.",
  );
}

const worse = (text: string): Difference => ({ text, worse: true });
const same = (text: string): Difference => ({ text, worse: false });
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function afterEnd(own: string, { after }: TwinState): Difference {
  const { connections, repeated, errors } = after;
  if (connections > 0) {
    const got =
      repeated > 0
        ? `was sent ${plural(repeated, "event")} again`
        : `found nothing, with ${plural(errors, "error")}`;
    return worse(
      `The run is over and ours stopped. ${own} does not know: it connected ${plural(connections, "time")} since and ${got}.`,
    );
  }
  if (errors > 0) {
    return worse(
      `The run is over and ours stopped. ${own} fired an error at the end and is about to reconnect.`,
    );
  }
  return same(`The run is over and ours stopped. ${own} does not know that yet.`);
}

function oursNow({ state, reason, retryAt, connections }: Ours, now: number): string {
  switch (state) {
    case "open":
      return connections > 1
        ? `Ours is open again, on its ${ordinal(connections)} connection.`
        : "Ours is open.";
    case "waiting":
      return retryAt === null
        ? `Ours waits (${reason}).`
        : `Ours waits (${reason}) and tries again ${retryAt > now ? `in ${formatSeconds(retryAt - now + 999)}` : "now"}.`;
    case "completed":
      return "Ours has the whole run and stopped.";
    case "failed":
      return `Ours has failed (${reason}).`;
    case "gaveup":
      return `Ours has given up (${reason}).`;
    case "closed":
      return `Ours was closed (${reason}).`;
    default:
      return `Ours is ${stateTitles[state].toLowerCase()} (${reason}).`;
  }
}

function ordinal(n: number): string {
  const suffix = { one: "st", two: "nd", few: "rd" } as Record<string, string>;
  return `${n}${suffix[ordinals.select(n)] ?? "th"}`;
}
const ordinals = new Intl.PluralRules("en-US", { type: "ordinal" });
