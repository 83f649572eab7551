// The list of runs: fetched when something happened that may have changed it,
// and now and then while a run that is not looked at goes on.
import { useCallback, useEffect, useState } from "react";
import { listRuns, type Run } from "./api.ts";

const everyMs = 5000;

export interface Runs {
  /** Newest first; null until the first answer. */
  runs: readonly Run[] | null;
  /** Why the last request failed. */
  error: string | null;
  refresh: () => void;
  /** Lists a run before the server does: it becomes visible only after its persistence delay. */
  add: (runId: string) => void;
}

export function useRuns(selected: string | null): Runs {
  const [runs, setRuns] = useState<readonly Run[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [asked, ask] = useState(0);
  const refresh = useCallback(() => ask((n) => n + 1), []);
  const add = useCallback((runId: string) => setRuns((runs) => [started(runId), ...(runs ?? [])]), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each request for a refresh is a new number
  useEffect(() => {
    const controller = new AbortController();
    listRuns(controller.signal).then(
      (listed) => {
        setRuns((runs) => [...(runs ?? []).filter((run) => isMissing(run, listed)), ...listed]);
        setError(null);
      },
      (reason: Error) => {
        if (!controller.signal.aborted) setError(reason.message);
      },
    );
    return () => controller.abort();
  }, [asked]);

  const others = runs?.some(({ run_id, status }) => status === "running" && run_id !== selected) ?? false;
  useEffect(() => {
    if (!others) return;
    const timer = setInterval(() => document.visibilityState === "visible" && refresh(), everyMs);
    return () => clearInterval(timer);
  }, [others, refresh]);

  return { runs, error, refresh, add };
}

const started = (run_id: string): Run => ({
  run_id,
  status: "running",
  created_at: new Date().toISOString(),
  finished_at: null,
  last_event_id: 0,
  events: null,
  delay_ms: null,
  persist_ms: 0,
  fail: null,
});

/** Whether a run that was started here a moment ago is not listed yet. */
const isMissing = (run: Run, listed: readonly Run[]) =>
  run.last_event_id === 0 &&
  Date.now() - Date.parse(run.created_at) < 30_000 &&
  !listed.some(({ run_id }) => run_id === run.run_id);
