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

const times: FaultField = { name: "times", label: "Times", unit: "×", initial: 1, min: 1, max: 50 };

/** @param idleMs - the idle timeout of the page's source */
export const faultKinds = (idleMs: number): readonly FaultKind[] => [
  {
    id: "cut",
    title: "Cut",
    expect:
      "The connection breaks in mid-chunk. It waits 3 to 4 s (the server asked for 3), resumes, and no event is missing. Cut again and again, the waits grow.",
    fields: [times],
    ofRun: true,
    requests: (run_id, { times = 1 }) => [{ kind: "cut", run_id, times }],
  },
  {
    id: "end",
    title: "Clean end",
    expect:
      "The server ends the answer as it should. After news that is a cycle, not a failure: failures stay 0, the next attempt comes after 3 to 3.5 s.",
    fields: [times],
    ofRun: true,
    requests: (run_id, { times = 1 }) => [{ kind: "cut", run_id, times, clean: true }],
  },
  {
    id: "503",
    title: "503",
    expect:
      "The connection is cut, and the next attempts get 503 with Retry-After. Each wait is at least that long.",
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
    expect: `The stream stays open and says nothing. After ${idleMs / 1000} s without a byte it counts as dead and is replaced; a shorter hang is sat out.`,
    fields: [{ name: "for", label: "For", unit: "s", initial: 40, min: 1, max: 600 }],
    ofRun: true,
    requests: (run_id, { for: s = 40 }) => [{ kind: "hang", run_id, times: 1, for_ms: s * 1000 }],
  },
  {
    id: "restart",
    title: "Restart server",
    expect:
      "The process goes and comes back. Attempts fail meanwhile; then the stream resumes and the run goes on from the server's store.",
    fields: [{ name: "for", label: "Down for", unit: "s", initial: 2, min: 0, max: 60 }],
    ofRun: false,
    requests: (_run, { for: s = 2 }) => [{ kind: "restart", for_ms: s * 1000 }],
  },
];
