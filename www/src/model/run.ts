// What the events of a run add up to. Knows nothing of connections.
import type { Level, RunEvent } from "./events.ts";

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

/** A decision, a check or an artifact. */
export interface Note {
  id: number;
  kind: "routing" | "policy" | "artifact";
  at: number;
  stage: string;
  title: string;
  detail: string;
  warn: boolean;
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
  /** The id of the last event taken in; 0 before the first. */
  lastId: number;
  /** Events that had been taken in before; a reset makes the server send its tail again. */
  repeated: number;
  /** Events that never came: older than what the server could replay. Its ids rise by one. */
  missed: number;
  stages: Map<string, StageMark>;
  logs: LogLine[];
  notes: Note[];
  startedAt: number | null;
  ending: Ending | null;
}

export const emptyRun = (): RunState => ({
  lastId: 0,
  repeated: 0,
  missed: 0,
  stages: new Map(),
  logs: [],
  notes: [],
  startedAt: null,
  ending: null,
});

/**
 * Takes one event in.
 *
 * @param id - the event's own id; 0 for events without one, which change nothing here
 * @returns whether it was news
 */
export function applyEvent(run: RunState, event: RunEvent, id: number): boolean {
  if (event.type === "connected" || event.type === "heartbeat" || event.type === "stream_end") return false;
  if (id <= run.lastId) {
    run.repeated++;
    return false;
  }
  run.missed += id - run.lastId - 1;
  run.lastId = id;
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
    default:
      run.notes.push({ id, at, stage: event.data.stage, ...noteOf(event) });
  }
  return true;
}

function noteOf(
  event: Extract<RunEvent, { type: "routing_decision" | "policy_check" | "artifact_created" }>,
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
    case "artifact_created": {
      const { name, media_type, bytes } = event.data;
      const detail = `${media_type}, ${(bytes / 1000).toFixed(1)} kB`;
      return { kind: "artifact", title: name, detail, warn: false };
    }
  }
}
