// The transitions as a table, for readers that see no picture, and as JSON to
// paste into a bug report: the package keeps addresses, headers and event data out of it.

import { useState } from "react";
import type { Stats } from "resilient-eventsource";
import { formatDuration, formatTime } from "../model/format.ts";

export function TransitionTable({ stats }: { stats: Stats }) {
  const [said, say] = useState("");
  const first = stats.timeline[0]?.at ?? 0;
  const json = JSON.stringify(stats, null, 2);

  async function copy() {
    try {
      await navigator.clipboard.writeText(json);
      say("Copied.");
    } catch {
      say("The browser refused; select the table instead.");
    }
  }

  return (
    <details className="transitions">
      <summary>Transitions as a table</summary>
      <div className="table-frame">
        <table data-testid="transitions">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">After</th>
              <th scope="col">State</th>
              <th scope="col">Reason</th>
              <th scope="col">Attempt</th>
              <th scope="col">Transport</th>
              <th scope="col">Retry in</th>
            </tr>
          </thead>
          <tbody>
            {stats.timeline.map(({ at, state, reason, attempt, transport, retryIn }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: transitions have no other name, and only grow
              <tr key={index}>
                <td>{formatTime(at)}</td>
                <td>{formatDuration(at - first)}</td>
                <td>{state}</td>
                <td>{reason}</td>
                <td>{attempt}</td>
                <td>{transport ?? "–"}</td>
                <td>{retryIn === null ? "–" : formatDuration(retryIn)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="copy">
        <button type="button" onClick={copy} data-testid="copy-timeline">
          Copy as JSON
        </button>{" "}
        <span className="muted" role="status">
          {said || "For a bug report: it holds no address, header or event data."}
        </span>
      </p>
    </details>
  );
}
