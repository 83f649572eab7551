// The events of a run's stream, as the server sends them. Types only.

interface Envelope<Type extends string, Data> {
  type: Type;
  run_id: string;
  /** ISO 8601, UTC, the server's clock. */
  timestamp: string;
  data: Data;
}

interface Totals {
  stages: number;
  logs: number;
  artifacts: number;
  duration_ms: number;
}

export type Level = "info" | "warn";

export type RunEvent =
  | Envelope<"connected", { last_event_id: number; buffer: number; heartbeat_ms: number }>
  | Envelope<"heartbeat", { last_event_id: number }>
  | Envelope<"run_started", { stages: string[]; seed: number }>
  | Envelope<"stage_started", { stage: string; index: number; title: string }>
  | Envelope<"stage_completed", { stage: string; index: number }>
  | Envelope<"stage_failed", { stage: string; index: number; code: string; message: string }>
  | Envelope<"log", { stage: string; level: Level; message: string; line: number }>
  | Envelope<
      "routing_decision",
      { stage: string; route: string; candidates: { route: string; score: number }[]; reason: string }
    >
  | Envelope<"policy_check", { stage: string; policy: string; verdict: "pass" | "warn"; detail: string }>
  | Envelope<
      "artifact_created",
      { stage: string; name: string; content_type: string; bytes: number; content?: string }
    >
  | Envelope<"run_completed", Totals>
  | Envelope<"run_failed", Totals & { code: string; stage: string; message: string }>
  | Envelope<"stream_end", { outcome: "completed" | "failed"; last_event_id: number }>;

/** For typed listeners: what `JSON.parse` makes of each event's data. */
export type RunEventMap = { [E in RunEvent as E["type"]]: E };

/** Every name, since a listener needs one. A key that is missing here is a type error. */
export const eventTypes = Object.keys({
  connected: 0,
  heartbeat: 0,
  run_started: 0,
  stage_started: 0,
  stage_completed: 0,
  stage_failed: 0,
  log: 0,
  routing_decision: 0,
  policy_check: 0,
  artifact_created: 0,
  run_completed: 0,
  run_failed: 0,
  stream_end: 0,
} satisfies Record<RunEvent["type"], 0>) as RunEvent["type"][];
