// Which run this is, since when, and how it ended.
import type { Snapshot } from "resilient-eventsource";
import type { Run } from "../api.ts";
import { formatAgo, formatDuration, formatTime, plural } from "../model/format.ts";
import type { Ending } from "../model/run.ts";
import { useNow } from "../stream/hooks.ts";
import type { RunView } from "../stream/run-stream.ts";

interface Props {
  runId: string;
  listed: Run | undefined;
  view: RunView;
  snapshot: Snapshot | null;
}

export function RunHeader({ runId, listed, view, snapshot }: Props) {
  const { ending, startedAt } = view.run;
  const began = startedAt ?? (listed ? Date.parse(listed.created_at) : null);
  const now = useNow(1000, ending === null);
  const status = ending?.outcome ?? listed?.status ?? "running";
  return (
    <>
      <div className="run-header">
        <h2>
          Run <code data-testid="run-id">{runId}</code>
        </h2>
        <span className={`badge status-${status}`} data-testid="run-status">
          <span className="dot" aria-hidden="true" />
          {status}
        </span>
        {began !== null && (
          <span className="muted run-times">
            started {formatTime(began).slice(0, 8)}
            {status === "running" && `, ${formatAgo(now - began)}`}
          </span>
        )}
      </div>
      {snapshot?.state === "completed" && (
        <CompletedBanner
          ending={ending}
          outcome={snapshot.outcome ?? "completed"}
          latched={snapshot.latched}
        />
      )}
    </>
  );
}

interface BannerProps {
  ending: Ending | null;
  outcome: "completed" | "failed";
  latched: boolean;
}

function CompletedBanner({ ending, outcome, latched }: BannerProps) {
  return (
    <p
      className={`banner status-${outcome}`}
      role="status"
      data-testid="completed-banner"
      data-outcome={outcome}
      data-latched={latched}
    >
      <strong>{ending?.message ? `${ending.message}.` : `The run ${outcome}.`}</strong>{" "}
      {ending && (
        <span>
          It took {formatDuration(ending.durationMs)} for {plural(ending.stages, "stage")},{" "}
          {plural(ending.logs, "log line")} and {plural(ending.artifacts, "artifact")}.{" "}
        </span>
      )}
      {latched && "Latched: this page knows that the run is over, so it asked the server nothing."}
    </p>
  );
}
