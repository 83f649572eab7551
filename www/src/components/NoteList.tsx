// Routing decisions and policy checks of a run.
import { formatTime } from "../model/format.ts";
import type { Note } from "../model/run.ts";
import type { RunView } from "../stream/run-stream.ts";

const kinds: Record<Note["kind"], string> = { routing: "Route", policy: "Policy" };

export function NoteList({ view }: { view: RunView }) {
  const { notes } = view.run;
  return (
    <section className="card" aria-labelledby="notes-title">
      <h2 id="notes-title">Decisions and checks</h2>
      {notes.length === 0 && <p className="muted">None yet.</p>}
      <ul className="entries" data-testid="notes">
        {notes.map(({ id, kind, at, stage, title, detail, warn }) => (
          <li key={id}>
            <span className={`tag tag-${kind}`}>{kinds[kind]}</span>
            <span className="entry-text">
              <strong>{title}</strong> {warn && <span className="tag tag-warn">warning</span>}
              <span className="muted"> {detail}</span>
            </span>
            <time className="muted" dateTime={new Date(at).toISOString()} title={`Stage ${stage}`}>
              {formatTime(at).slice(0, 8)}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}
