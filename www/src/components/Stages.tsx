// The stages of a run, drawn before the first event from the plan.
import { useEffect, useState } from "react";
import { type PlannedStage, planOf } from "../api.ts";
import { formatDuration } from "../model/format.ts";
import { type Stage, type StageStatus, stagesOf } from "../model/stages.ts";
import { useNow } from "../stream/hooks.ts";
import type { RunView } from "../stream/run-stream.ts";

const marks: Record<StageStatus, string> = {
  pending: "",
  running: "",
  completed: "✓",
  failed: "✕",
  skipped: "–",
};

export function Stages({ runId, view }: { runId: string; view: RunView }) {
  const { plan, error } = usePlan(runId);
  const stages = stagesOf(plan, view.run);
  const now = useNow(
    500,
    stages.some(({ status }) => status === "running"),
  );
  if (stages.length === 0) {
    return <p className="muted stages-empty">{error ?? "Waiting for the plan…"}</p>;
  }
  return (
    <ol className="stages" aria-label="Stages">
      {stages.map((stage) => (
        <li
          key={stage.name}
          className={`stage stage-${stage.status}`}
          data-testid="stage"
          data-status={stage.status}
        >
          <span className="stage-mark" aria-hidden="true">
            {marks[stage.status]}
          </span>
          <span className="stage-title">{stage.title}</span>
          <span className="stage-time">
            <span className="visually-hidden">{stage.status} </span>
            {timeOf(stage, now)}
          </span>
        </li>
      ))}
    </ol>
  );
}

function timeOf({ status, startedAt, endedAt }: Stage, now: number): string {
  if (startedAt === null) return status === "skipped" ? "not reached" : "";
  if (endedAt !== null) return formatDuration(endedAt - startedAt);
  return status === "running" ? formatDuration(now - startedAt) : "";
}

function usePlan(runId: string): { plan: readonly PlannedStage[] | null; error: string | null } {
  const [plan, setPlan] = useState<readonly PlannedStage[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    planOf(runId, controller.signal).then(setPlan, (reason: Error) => {
      if (!controller.signal.aborted) setError(reason.message);
    });
    return () => controller.abort();
  }, [runId]);
  return { plan, error };
}
