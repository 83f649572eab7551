// One line of the feed of all runs. Log lines are left out: a run has up to
// 100,000 of them, and the feed is for what a run is about.
import type { RunEvent } from "./events.ts";
import { formatDuration } from "./format.ts";

export interface FeedLine {
  /** The global stream's id of it. */
  id: number;
  at: number;
  runId: string;
  text: string;
  tone: "plain" | "completed" | "failed";
}

export function lineOf(event: RunEvent, id: number): FeedLine | null {
  const said = textOf(event);
  if (said === null) return null;
  const tone =
    event.type === "run_completed" ? "completed" : event.type === "run_failed" ? "failed" : "plain";
  return { id, at: Date.parse(event.timestamp), runId: event.run_id, text: said, tone };
}

function textOf(event: RunEvent): string | null {
  switch (event.type) {
    case "run_started":
      return `started, ${event.data.stages.length} stages`;
    case "stage_started":
      return `${event.data.title}…`;
    case "routing_decision":
      return `took the route ${event.data.route}`;
    case "artifact_created":
      return `made ${event.data.name}`;
    case "run_completed":
      return `completed in ${formatDuration(event.data.duration_ms)}`;
    case "run_failed":
      return event.data.message;
    default:
      return null;
  }
}
