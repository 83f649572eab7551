// The start page: what all runs do, live, and how they failed so far.
import { useEffect, useState } from "react";
import { type FailureStats, failureStats } from "../api.ts";
import { formatCount, formatTime } from "../model/format.ts";
import { stateTitles } from "../model/words.ts";
import { useSession } from "../session.ts";
import { useFeed } from "../stream/feed.ts";
import { shortId } from "./RunList.tsx";

/** `onChange` is called when a run began or ended: the list of runs is another then. */
export function AllRuns({ onChange }: { onChange: () => void }) {
  const { lines, state, began, ended } = useFeed(useSession());
  const stats = useFailureStats(ended);
  useEffect(() => {
    if (began + ended > 0) onChange();
  }, [began, ended, onChange]);
  return (
    <div className="columns reverse start">
      <section className="card" aria-labelledby="feed-title">
        <div className="card-head">
          <h2 id="feed-title">All runs</h2>
          <span className={`badge state-${state}`} data-testid="feed-state" data-state={state}>
            <span className="dot" aria-hidden="true" />
            {stateTitles[state]}
          </span>
        </div>
        {lines.length === 0 && <p className="muted">Quiet. What any run does appears here.</p>}
        <ul className="feed" data-testid="feed">
          {lines.map(({ id, at, runId, text, tone }) => (
            <li key={`${id} ${at}`} data-testid="feed-line" data-feed-run={runId}>
              <time className="muted" dateTime={new Date(at).toISOString()}>
                {formatTime(at).slice(0, 8)}
              </time>
              <a className="run-id" href={`#run=${runId}`}>
                {shortId(runId)}
              </a>
              <span className={`feed-text tone-${tone}`}>{text}</span>
            </li>
          ))}
        </ul>
      </section>
      <section className="card" aria-labelledby="failures-title">
        <h2 id="failures-title">
          Failures {stats && <span className="count">{formatCount(stats.total)}</span>}
        </h2>
        {stats?.total === 0 && <p className="muted">No run has failed.</p>}
        {!stats && <p className="muted">Not known.</p>}
        <ul className="failures" data-testid="failures">
          {stats?.top.map(({ code, count }) => (
            <li key={code} data-testid="failure" data-code={code}>
              <code>{code}</code>
              <span className="failure-bar" aria-hidden="true">
                <span style={{ width: `${(count / (stats.top[0]?.count ?? 1)) * 100}%` }} />
              </span>
              <span className="failure-count">{formatCount(count)}</span>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** Asked for again whenever a run ended. */
function useFailureStats(ended: number): FailureStats | null {
  const [stats, setStats] = useState<FailureStats | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each end of a run is a new number
  useEffect(() => {
    const controller = new AbortController();
    failureStats(controller.signal).then(setStats, () => {});
    return () => controller.abort();
  }, [ended]);
  return stats;
}
