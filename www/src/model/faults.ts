// The faults that the page offers: what each asks of the server, and what
// should be seen then.
import type { FaultRequest } from "../api.ts";

export interface FaultField {
  name: string;
  label: string;
  unit: string;
  initial: number;
  min: number;
  max: number;
}

export interface FaultKind {
  id: "cut" | "end" | "503" | "hang" | "restart";
  title: string;
  /** What should happen. */
  expect: string;
  fields: readonly FaultField[];
  /** Whether it strikes the selected run alone. */
  ofRun: boolean;
  /** In the order in which they are sent. */
  requests: (runId: string, values: Readonly<Record<string, number>>) => FaultRequest[];
}

const times: FaultField = { name: "times", label: "Times", unit: "", initial: 1, min: 1, max: 50 };

/** @param idleMs - the idle timeout of the page's source */
export const faultKinds = (idleMs: number): readonly FaultKind[] => [
  {
    id: "cut",
    title: "Cut",
    expect: "Breaks in mid-chunk. Waits 3 to 4 s, longer when repeated; then resumes and misses nothing.",
    fields: [times],
    ofRun: true,
    requests: (run_id, { times = 1 }) => [{ kind: "cut", run_id, times }],
  },
  {
    id: "end",
    title: "Clean end",
    expect:
      "Ends as it should. After news that is a cycle and no failure: the next attempt comes after 3 to 4 s.",
    fields: [times],
    ofRun: true,
    requests: (run_id, { times = 1 }) => [{ kind: "cut", run_id, times, clean: true }],
  },
  {
    id: "503",
    title: "503",
    expect: "Cut, then answered 503 with Retry-After: each wait lasts at least that long.",
    fields: [times, { name: "after", label: "Retry-After", unit: "s", initial: 5, min: 1, max: 120 }],
    ofRun: true,
    // The answer is laid out first: the cut sends the source to it.
    requests: (run_id, { times = 1, after = 5 }) => [
      { kind: "status", run_id, times, status: 503, retry_after: after },
      { kind: "cut", run_id, times: 1 },
    ],
  },
  {
    id: "hang",
    title: "Hang",
    expect: `Open but silent. After ${idleMs / 1000} s the connection counts as dead and is replaced; a shorter hang is sat out.`,
    fields: [{ name: "for", label: "For", unit: "s", initial: 40, min: 1, max: 600 }],
    ofRun: true,
    requests: (run_id, { for: s = 40 }) => [{ kind: "hang", run_id, times: 1, for_ms: s * 1000 }],
  },
  {
    id: "restart",
    title: "Restart server",
    expect:
      "Attempts fail until it is back; then the run goes on and the stream resumes, from the server's store.",
    fields: [{ name: "for", label: "Down for", unit: "s", initial: 2, min: 0, max: 60 }],
    ofRun: false,
    requests: (_run, { for: s = 2 }) => [{ kind: "restart", for_ms: s * 1000 }],
  },
];
