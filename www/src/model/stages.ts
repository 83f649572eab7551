// The stages of a run as a person sees them: the plan, with what is known of each.
import type { PlannedStage } from "../api.ts";
import type { RunState } from "./run.ts";

export type StageStatus = "pending" | "running" | "completed" | "failed" | "skipped";

export interface Stage {
  name: string;
  title: string;
  status: StageStatus;
  startedAt: number | null;
  endedAt: number | null;
}

/**
 * @param plan - null until it is known; then the stages seen so far are all there is
 * @param run - what the events said
 */
export function stagesOf(plan: readonly PlannedStage[] | null, run: RunState): Stage[] {
  const planned = plan ?? [...run.stages].map(([name, { title }]) => ({ name, title }));
  const lastSeen = planned.findLastIndex(({ name }) => run.stages.has(name));
  return planned.map(({ name, title }, index) => {
    const mark = run.stages.get(name);
    return {
      name,
      title,
      status: statusOf(run, name, index < lastSeen),
      startedAt: mark?.startedAt ?? null,
      endedAt: mark?.endedAt ?? null,
    };
  });
}

function statusOf(run: RunState, name: string, before: boolean): StageStatus {
  const mark = run.stages.get(name);
  if (mark?.failed) return "failed";
  // Stages run one after the other: what a gap hid is over when a later one was seen.
  if (mark?.endedAt || before) return "completed";
  if (run.ending) return run.ending.outcome === "completed" ? "completed" : mark ? "failed" : "skipped";
  return mark ? "running" : "pending";
}
