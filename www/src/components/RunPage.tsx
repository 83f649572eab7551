// One run: what it does, how its connection fares, and what can be done to both.
import { useEffect } from "react";
import type { Run } from "../api.ts";
import { useSession } from "../session.ts";
import { expose } from "../stream/debug.ts";
import { useRunStream, useRunView, useSample, useSnapshot, useSource, useTwin } from "../stream/hooks.ts";
import { ArtifactList } from "./ArtifactList.tsx";
import { ConnectionCard } from "./ConnectionCard.tsx";
import { ErrorList } from "./ErrorList.tsx";
import { FaultPanel } from "./FaultPanel.tsx";
import { LogPanel } from "./LogPanel.tsx";
import { NoteList } from "./NoteList.tsx";
import { RunHeader } from "./RunHeader.tsx";
import { Stages } from "./Stages.tsx";
import { TimelineCard } from "./TimelineCard.tsx";
import { TwinCard } from "./TwinCard.tsx";

interface Props {
  runId: string;
  /** What the list says of it; undefined until it is listed. */
  listed: Run | undefined;
  /** Called when the stream is complete. */
  onEnded: () => void;
}

export function RunPage({ runId, listed, onEnded }: Props) {
  const session = useSession();
  const stream = useRunStream(runId, session);
  const twin = useTwin(runId, session.twin)?.state ?? null;
  const source = useSource(stream);
  const view = useRunView(stream);
  const snapshot = useSnapshot(source);
  const sample = useSample(stream, source);
  const completed = snapshot?.state === "completed" && !snapshot.latched;

  useEffect(() => expose(stream), [stream]);
  useEffect(() => {
    if (completed) onEnded();
  }, [completed, onEnded]);

  return (
    <>
      <section className="card" aria-label="Run">
        <RunHeader runId={runId} listed={listed} view={view} snapshot={snapshot} />
        <Stages runId={runId} view={view} />
      </section>
      <div className="columns">
        <ConnectionCard source={source} snapshot={snapshot} sample={sample} />
        <TimelineCard sample={sample} arrivals={stream.arrivals} twin={twin} />
      </div>
      <TwinCard
        twin={twin}
        ours={{
          state: snapshot?.state ?? "connecting",
          reason: snapshot?.reason ?? "start",
          retryAt: snapshot?.retryAt ?? null,
          heardAt: sample.stats?.lastActivityAt ?? null,
          tally: view.run.tally,
          connections: stream.connections,
          errors: view.errors.length,
        }}
      />
      <div className="columns reverse">
        <LogPanel view={view} />
        <FaultPanel runId={runId} over={source === null || source.readyState === 2} />
      </div>
      <div className="columns halves">
        <NoteList view={view} />
        <ErrorList errors={view.errors} />
      </div>
      <ArtifactList view={view} />
    </>
  );
}
