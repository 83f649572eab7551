// The faults that the page offers: what each asks of the server, and what should
// then be seen on the page's source and on the browser's own.
import type { ActiveFault, FaultRequest } from "../api.ts";
import { formatSeconds, plural } from "./format.ts";

/** A field of a kind; `name` is the server's. Values are as the server takes them. */
export type FaultField =
  | { type: "number"; name: string; label: string; unit: string; initial: number; min: number; max: number }
  | { type: "choice"; name: string; label: string; initial: string; values: readonly string[] }
  | { type: "check"; name: string; label: string; initial: boolean };

export type Values = Readonly<Record<string, number | string | boolean>>;

export interface FaultKind {
  id: string;
  title: string;
  /** What should be seen on ours. */
  ours: string;
  /** What should be seen on the browser's own. */
  twin: string;
  fields: readonly FaultField[];
  /**
   * What it strikes: open streams and later ones; only requests to come, which is why the page cuts
   * the streams so that they meet it; or the process, whatever the scope.
   */
  strikes: "streams" | "requests" | "process";
  /** A stream that is struck stays so: for this many seconds, unless the form says otherwise. */
  lasts?: number;
}

/** Whom and how often. */
export interface Reach {
  /** Null: every stream. */
  runId: string | null;
  mode: "once" | "times" | "while";
  times: number;
  /** For `while`, and for kinds that last. */
  seconds: number;
  /** Whether each client meets it by itself: ours and the browser's own. */
  eachClient: boolean;
}

const number = (
  name: string,
  label: string,
  unit: string,
  initial: number,
  min: number,
  max: number,
): FaultField => ({ type: "number", name, label, unit, initial, min, max });
const choice = (name: string, label: string, ...values: [string, ...string[]]): FaultField => ({
  type: "choice",
  name,
  label,
  initial: values[0],
  values,
});
const check = (name: string, label: string, initial = false): FaultField => ({
  type: "check",
  name,
  label,
  initial,
});

/** @param idleMs - the idle timeout of the page's source */
export const faultKinds = (idleMs: number): readonly FaultKind[] => [
  {
    id: "cut",
    title: "Cut",
    ours: "Waits 3 to 4 s, longer when repeated; then resumes and misses nothing. A clean end after news is a cycle, no failure.",
    twin: "Resumes after 3 s, at the same pace however often it happens; it does not say why.",
    fields: [check("clean", "clean end")],
    strikes: "streams",
  },
  {
    id: "reset",
    title: "Reset",
    ours: "The connection is gone at once; what was on its way with it. Asked for again by the last event ID.",
    twin: "Reconnects after 3 s and resumes.",
    fields: [],
    strikes: "streams",
  },
  {
    id: "hang",
    title: "Hang",
    ours: `Open but silent. After ${idleMs / 1000} s the connection counts as dead and is replaced; a shorter hang is sat out.`,
    twin: "Stays open and silent for as long as the hang lasts.",
    fields: [],
    strikes: "streams",
    lasts: 40,
  },
  {
    id: "status",
    title: "Status",
    ours: "Retried with growing waits, never sooner than Retry-After says.",
    twin: "Closed for good: any status but 200 ends it.",
    fields: [
      number("status", "Status", "", 503, 200, 599),
      number("retry_after", "Retry-After", "s", 5, 0, 120),
    ],
    strikes: "requests",
  },
  {
    id: "content_type",
    title: "Wrong type",
    ours: "Not its first stream, so a failure like any other: retried, as a proxy’s error page should be.",
    twin: "Closed for good.",
    fields: [choice("content_type", "Type", "text/html", "application/json", "text/plain")],
    strikes: "requests",
  },
  {
    id: "delay",
    title: "Delay",
    ours: "Connecting for that long; after 12 s the attempt is given up for another.",
    twin: "Connecting for as long as it takes.",
    fields: [number("delay_ms", "Headers late by", "ms", 4000, 1, 120_000)],
    strikes: "requests",
  },
  {
    id: "slow_bytes",
    title: "Slow bytes",
    ours: "Events come late but whole. Each byte is a sign of life, so nothing is torn down.",
    twin: "The same.",
    fields: [
      number("bytes", "Bytes", "", 16, 1, 65_536),
      number("interval_ms", "Every", "ms", 100, 1, 60_000),
    ],
    strikes: "streams",
    lasts: 10,
  },
  {
    id: "single_bytes",
    title: "Single bytes",
    ours: "No difference: events are put together, characters too.",
    twin: "The same.",
    fields: [],
    strikes: "streams",
    lasts: 10,
  },
  {
    id: "oversized_event",
    title: "Huge event",
    ours: "Above 16 MiB it fails (too-large), whatever the server sends next: memory stays bounded.",
    twin: "Takes it into memory, however large it is.",
    fields: [number("bytes", "Bytes", "", 20_971_520, 1, 268_435_456)],
    strikes: "streams",
  },
  {
    id: "truncated_event",
    title: "Half an event",
    ours: "Half an event is none: dropped, and asked for again.",
    twin: "The same, by the standard.",
    fields: [check("clean", "clean end")],
    strikes: "streams",
  },
  {
    id: "comments_only",
    title: "Comments only",
    ours: "Comments are a sign of life but no news: after 20 s it says stalled. What was withheld comes at the end.",
    twin: "Does not tell comments from silence.",
    fields: [number("interval_ms", "Every", "ms", 1000, 1, 60_000)],
    strikes: "streams",
    lasts: 30,
  },
  {
    id: "wrong_ids",
    title: "Wrong IDs",
    ours: "Resumes from what the server said. IDs that jump look like missing events; the log stays whole.",
    twin: "The same: neither can know better.",
    fields: [choice("mode", "IDs", "shifted", "missing", "constant")],
    strikes: "streams",
  },
  {
    id: "store",
    title: "Store fails",
    ours: "An error event in the stream, listed under Errors. After a retryable one the stream goes on.",
    twin: "The same event, by the name that a lost connection has.",
    fields: [check("retryable", "retryable", true)],
    strikes: "streams",
  },
  {
    id: "restart",
    title: "Restart server",
    ours: "Attempts fail until it is back; then the run goes on and the stream resumes, from the server’s store.",
    twin: "Reconnects every 3 s until it is back.",
    fields: [number("for", "Down for", "s", 2, 0, 60)],
    strikes: "process",
  },
];

/** The cut that goes before a request's fault is for streams that are open now, not for later ones. */
const cutMs = 1000;

/** What to ask of the server, in this order. */
export function requestsOf(kind: FaultKind, values: Values, reach: Reach): FaultRequest[] {
  if (kind.strikes === "process") return [{ kind: kind.id, for_ms: Number(values.for ?? 0) * 1000 }];
  const whom = {
    ...(reach.runId === null ? {} : { run_id: reach.runId }),
    ...(reach.eachClient ? { each_client: true } : {}),
  };
  const often = {
    ...(reach.mode === "while" ? {} : { times: reach.mode === "once" ? 1 : reach.times }),
    ...(reach.mode === "while" || kind.lasts ? { for_ms: reach.seconds * 1000 } : {}),
  };
  const { retry_after, ...own } = values;
  // None is no wait at all, which is not what an empty header says.
  if (retry_after) Object.assign(own, { retry_after });
  const fault: FaultRequest = { kind: kind.id, ...own, ...whom, ...often };
  // The answer is laid out first: the cut sends the sources to it.
  return kind.strikes === "requests" ? [fault, { kind: "cut", ...whom, times: 1, for_ms: cutMs }] : [fault];
}

/** A fault in force, and what is left of it. */
export function describeActive({
  run_id,
  times_left,
  each_client,
  for_ms_left,
  streams,
}: ActiveFault): string {
  const left = [
    times_left === null ? "" : `${plural(times_left, "time")} ${each_client ? "per client" : "more"}`,
    for_ms_left === null ? "" : `${formatSeconds(for_ms_left + 999)} left`,
  ].filter(Boolean);
  return [
    run_id === null ? "all streams" : "one run",
    ...left,
    ...(streams ? [`struck ${plural(streams, "stream")}`] : []),
  ].join(" · ");
}
