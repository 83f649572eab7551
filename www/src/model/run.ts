// What the events of a run add up to. Knows nothing of connections.
import type { Level, RunEvent } from "./events.ts";
import { countEvent, emptyTally, type Tally } from "./tally.ts";

export interface LogLine {
  line: number;
  at: number;
  level: Level;
  stage: string;
  message: string;
}

/** When a stage began and how it ended; times are epoch milliseconds of the server's clock. */
export interface StageMark {
  title: string;
  startedAt: number | null;
  endedAt: number | null;
  failed: boolean;
}

/** A decision or a check. */
export interface Note {
  id: number;
  kind: "routing" | "policy";
  at: number;
  stage: string;
  title: string;
  detail: string;
  warn: boolean;
}

/** Something the run made. */
export interface Artifact {
  id: number;
  at: number;
  stage: string;
  name: string;
  contentType: string;
  bytes: number;
  /** Null where only its name is told. */
  content: string | null;
}

export interface Ending {
  outcome: "completed" | "failed";
  at: number;
  stages: number;
  logs: number;
  artifacts: number;
  durationMs: number;
  /** Why it failed. */
  message: string | null;
}

/** A fold in place: a run may have 100,000 log lines, too many to copy for each event. */
export interface RunState {
  readonly tally: Tally;
  stages: Map<string, StageMark>;
  logs: LogLine[];
  notes: Note[];
  artifacts: Artifact[];
  startedAt: number | null;
  ending: Ending | null;
}

export const emptyRun = (): RunState => ({
  tally: emptyTally(),
  stages: new Map(),
  logs: [],
  notes: [],
  artifacts: [],
  startedAt: null,
  ending: null,
});

/**
 * Takes one event in.
 *
 * @param id - the last event id when it came
 * @returns whether it was news
 */
export function applyEvent(run: RunState, event: RunEvent, id: number): boolean {
  if (!countEvent(run.tally, event, id)) return false;
  const number = run.tally.fresh;
  const at = Date.parse(event.timestamp);
  switch (event.type) {
    case "run_started":
      run.startedAt = at;
      break;
    case "stage_started":
      run.stages.set(event.data.stage, {
        title: event.data.title,
        startedAt: at,
        endedAt: null,
        failed: false,
      });
      break;
    case "stage_completed":
    case "stage_failed": {
      const { stage } = event.data;
      // Its start may be older than what the server can replay.
      const mark = run.stages.get(stage) ?? { title: stage, startedAt: null, endedAt: null, failed: false };
      run.stages.set(stage, { ...mark, endedAt: at, failed: event.type === "stage_failed" });
      break;
    }
    case "log":
      run.logs.push({ ...event.data, at });
      break;
    case "run_completed":
    case "run_failed": {
      const { data } = event;
      run.ending = {
        outcome: event.type === "run_failed" ? "failed" : "completed",
        at,
        stages: data.stages,
        logs: data.logs,
        artifacts: data.artifacts,
        durationMs: data.duration_ms,
        message: "message" in data ? data.message : null,
      };
      break;
    }
    case "artifact_created": {
      const { stage, name, content_type: contentType, bytes, content = null } = event.data;
      run.artifacts.push({ id: number, at, stage, name, contentType, bytes, content });
      break;
    }
    case "routing_decision":
    case "policy_check":
      run.notes.push({ id: number, at, stage: event.data.stage, ...noteOf(event) });
  }
  return true;
}

function noteOf(
  event: Extract<RunEvent, { type: "routing_decision" | "policy_check" }>,
): Pick<Note, "kind" | "title" | "detail" | "warn"> {
  switch (event.type) {
    case "routing_decision": {
      const scores = event.data.candidates.map(({ route, score }) => `${route} ${score.toFixed(2)}`);
      const detail = `${event.data.reason} (${scores.join(", ")})`;
      return { kind: "routing", title: event.data.route, detail, warn: false };
    }
    case "policy_check": {
      const { policy, detail, verdict } = event.data;
      return { kind: "policy", title: policy, detail, warn: verdict === "warn" };
    }
  }
}
