// The runs that the server knows, newest first.
import type { Run } from "../api.ts";
import { formatAgo, formatDuration, plural } from "../model/format.ts";
import { useNow } from "../stream/hooks.ts";

interface Props {
  runs: readonly Run[] | null;
  error: string | null;
  selected: string | null;
  onRefresh: () => void;
}

export function RunList({ runs, error, selected, onRefresh }: Props) {
  const now = useNow(5000, runs !== null && runs.length > 0);
  return (
    <nav className="card run-list" aria-label="Runs">
      <h2>Runs</h2>
      {error && (
        <p className="problem" role="alert" data-testid="list-error">
          {error}{" "}
          <button type="button" className="link" onClick={onRefresh}>
            Try again
          </button>
        </p>
      )}
      {runs === null && !error && <p className="muted">Loading…</p>}
      {runs?.length === 0 && <p className="muted">There is none yet.</p>}
      {runs && runs.length > 0 && (
        <ul>
          {runs.map((run) => (
            <li key={run.run_id}>
              <a
                href={`#run=${run.run_id}`}
                aria-current={run.run_id === selected ? "true" : undefined}
                data-testid="run-item"
                data-run={run.run_id}
              >
                <span className={`dot status-${run.status}`} aria-hidden="true" />
                <span className="run-id">{shortId(run.run_id)}</span>
                <span className="run-when">{formatAgo(now - Date.parse(run.created_at))}</span>
                <span className="run-what">{describe(run)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}

export const shortId = (runId: string) => runId.replace(/^run_/, "").slice(0, 8);

function describe({ status, created_at, finished_at, events, fail }: Run): string {
  const parts: string[] = [status];
  if (fail && status === "failed") parts.push(fail);
  if (finished_at) parts.push(formatDuration(Date.parse(finished_at) - Date.parse(created_at)));
  if (events !== null) parts.push(plural(events, "line"));
  return parts.join(" · ");
}
