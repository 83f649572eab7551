// Every `error` event of the selected run, newest first.
import { formatTime } from "../model/format.ts";
import type { ErrorNote } from "../stream/run-stream.ts";

export function ErrorList({ errors }: { errors: readonly ErrorNote[] }) {
  return (
    <section className="card" aria-labelledby="errors-title">
      <h2 id="errors-title">
        Errors <span className="count">{errors.length}</span>
      </h2>
      {errors.length === 0 && <p className="muted">None. A finished run leaves none either.</p>}
      <ul className="entries" data-testid="errors">
        {errors.toReversed().map(({ id, at, reason, fatal, message }) => (
          <li key={id} data-testid="error" data-reason={reason ?? "server"} data-fatal={fatal}>
            <span className={`tag ${fatal ? "tag-fatal" : "tag-plain"}`}>{reason ?? "server"}</span>
            <span className="entry-text">{message}</span>
            <time className="muted" dateTime={new Date(at).toISOString()}>
              {formatTime(at).slice(0, 8)}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}
