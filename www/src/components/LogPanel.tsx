// The run's log, with a filter. A run may have 100,000 lines, so only those in
// sight are in the document.
import { useMemo, useState } from "react";
import { formatCount, plural } from "../model/format.ts";
import { filterLog, type LogFilter } from "../model/log.ts";
import type { RunView } from "../stream/run-stream.ts";
import { LogLines } from "./LogLines.tsx";

export function LogPanel({ view }: { view: RunView }) {
  const [filter, setFilter] = useState<LogFilter>({ text: "", level: "all" });
  // By the view, not by its lines: that array grows in place.
  const lines = useMemo(() => filterLog(view.run.logs, filter), [view, filter]);
  const all = view.run.logs.length;
  return (
    <section className="card log-panel" aria-labelledby="log-title">
      <div className="card-head">
        <h2 id="log-title">
          Log{" "}
          <span className="count" data-testid="log-count" data-total={all} data-shown={lines.length}>
            {lines.length === all ? formatCount(all) : `${formatCount(lines.length)} of ${formatCount(all)}`}
          </span>
        </h2>
        <div className="log-tools">
          <input
            type="search"
            placeholder="Filter"
            aria-label="Filter the log"
            data-testid="log-filter"
            value={filter.text}
            onChange={({ target }) => setFilter({ ...filter, text: target.value })}
          />
          <label className="check">
            <input
              type="checkbox"
              checked={filter.level === "warn"}
              onChange={({ target }) => setFilter({ ...filter, level: target.checked ? "warn" : "all" })}
            />
            Warnings only
          </label>
        </div>
      </div>
      {view.run.tally.missed > 0 && (
        <p className="notice" data-testid="missed" data-missed={view.run.tally.missed}>
          {plural(view.run.tally.missed, "event")} never came: the server replays its last 50, and these were
          older.
        </p>
      )}
      {lines.length === 0 ? (
        <p className="muted log-empty">{all === 0 ? "No line yet." : "No line matches the filter."}</p>
      ) : (
        <LogLines lines={lines} />
      )}
    </section>
  );
}
