// What the run made. Documents are shown, the rest is named.
import { formatBytes, formatTime } from "../model/format.ts";
import type { Artifact } from "../model/run.ts";
import type { RunView } from "../stream/run-stream.ts";
import { ArtifactFrame } from "./ArtifactFrame.tsx";

export function ArtifactList({ view }: { view: RunView }) {
  const { artifacts } = view.run;
  return (
    <section className="card" aria-labelledby="artifacts-title">
      <h2 id="artifacts-title">
        Artifacts <span className="count">{artifacts.length}</span>
      </h2>
      {artifacts.length === 0 && <p className="muted">None yet.</p>}
      <ul className="artifacts" data-testid="artifacts">
        {artifacts.map((artifact) => (
          <li key={artifact.id} data-testid="artifact" data-name={artifact.name}>
            <p className="artifact-head">
              <strong>{artifact.name}</strong>
              <span className="muted">
                {artifact.contentType}, {formatBytes(artifact.bytes)}
              </span>
              <time className="muted" dateTime={new Date(artifact.at).toISOString()}>
                {formatTime(artifact.at).slice(0, 8)}
              </time>
            </p>
            <Content artifact={artifact} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Content({ artifact: { name, contentType, content } }: { artifact: Artifact }) {
  if (content === null) return null;
  if (contentType === "text/html") return <ArtifactFrame name={name} html={content} />;
  return <pre className="artifact-text">{content}</pre>;
}
