// The connection's state, with everything the package tells of it, and the
// calls that a page can make.

import type { ReactNode } from "react";
import type { Snapshot } from "resilient-eventsource";
import { formatAgo, formatBytes, formatCount, formatDuration } from "../model/format.ts";
import { reasonTexts, stateTitles } from "../model/words.ts";
import { type Sample, useNow } from "../stream/hooks.ts";
import type { RunSource } from "../stream/run-stream.ts";
import { TransportChoice } from "./TransportChoice.tsx";

interface Props {
  source: RunSource | null;
  snapshot: Snapshot | null;
  sample: Sample;
}

export function ConnectionCard({ source, snapshot, sample }: Props) {
  const state = snapshot?.state ?? "connecting";
  const reason = snapshot?.reason ?? "start";
  const { stats, lastEventId } = sample;
  return (
    <section className="card connection" aria-labelledby="connection-title">
      <h2 id="connection-title">Connection</h2>
      <p className="connection-state">
        <span className={`badge big state-${state}`} data-testid="state" data-state={state}>
          <span className="dot" aria-hidden="true" />
          {stateTitles[state]}
        </span>
        <code className="reason" data-testid="reason">
          {reason}
        </code>
      </p>
      <p className="muted reason-text">
        {reasonTexts[reason]} {snapshot?.outcome && `Its outcome: ${snapshot.outcome}.`}
      </p>
      <dl className="facts">
        <Fact name="Next attempt" testid="retry-in">
          {snapshot?.retryAt ? <Countdown to={snapshot.retryAt} /> : "–"}
        </Fact>
        <Fact name="Attempt" testid="attempt">
          {snapshot?.attempt ?? 0}
        </Fact>
        <Fact name="Failures in a row" testid="failures">
          {snapshot?.failures ?? 0}
        </Fact>
        <Fact name="Last event ID" testid="last-event-id">
          {lastEventId || "–"}
        </Fact>
        <Fact name="Events" testid="events">
          {formatCount(stats?.events ?? 0)}
        </Fact>
        <Fact name="Received" testid="bytes">
          {formatBytes(stats?.bytes ?? 0)}
        </Fact>
        <Fact name="Last byte" testid="last-activity">
          {stats?.lastActivityAt ? formatAgo(sample.at - stats.lastActivityAt) : "–"}
        </Fact>
        <Fact name="Transport" testid="transport">
          {snapshot?.transport ?? "–"}
        </Fact>
        <Fact name="Stalled" testid="stalled">
          {snapshot?.stalled ? "yes: only heartbeats" : "no"}
        </Fact>
        <Fact name="Latched" testid="latched">
          {snapshot?.latched ? "yes" : "no"}
        </Fact>
      </dl>
      <TransportChoice />
      <div className="calls">
        <button
          type="button"
          onClick={() => source?.reconnect()}
          disabled={!source}
          data-testid="call-reconnect"
          title="Try now: ends a wait, or drops the stream and opens it again"
        >
          reconnect()
        </button>
        <button
          type="button"
          onClick={() => source?.close()}
          disabled={!source}
          data-testid="call-close"
          title="End the connection for good"
        >
          close()
        </button>
        <button
          type="button"
          onClick={() => source?.reset()}
          disabled={!source}
          data-testid="call-reset"
          title="Clear the latch and start afresh, from any state"
        >
          reset()
        </button>
      </div>
    </section>
  );
}

function Fact({ name, testid, children }: { name: string; testid: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testid}>{children}</dd>
    </div>
  );
}

function Countdown({ to }: { to: number }) {
  const left = to - useNow(100, true);
  return <>{left > 0 ? `in ${formatDuration(Math.ceil(left / 100) * 100)}` : "now"}</>;
}
