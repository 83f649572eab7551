// Streams, for components. Sources are opened in effects and closed when the
// last component that holds the run is gone.

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Snapshot, Stats } from "resilient-eventsource";
import type { Way } from "./options.ts";
import { type RunSource, type RunStream, type RunView, streamOf } from "./run-stream.ts";
import { TwinStream, type TwinView } from "./twin-stream.ts";

/** The run of that id, connected that way while the component is mounted. */
export function useRunStream(runId: string, { transport, apiKey }: Way): RunStream {
  const stream = streamOf(runId);
  useEffect(() => stream.hold({ transport, apiKey }), [stream, transport, apiKey]);
  return stream;
}

/** The run on the browser's own EventSource while the component is mounted and it is wanted. */
export function useTwin(runId: string, wanted: boolean): TwinView | null {
  const [twin, setTwin] = useState<TwinStream | null>(null);
  useEffect(() => {
    if (!wanted) return;
    const own = new TwinStream(runId);
    setTwin(own);
    return () => {
      own.close();
      setTwin(null);
    };
  }, [runId, wanted]);
  const subscribe = useCallback((listener: () => void) => twin?.subscribe(listener) ?? (() => {}), [twin]);
  return useSyncExternalStore(subscribe, () => twin?.view ?? null);
}

export const useRunView = (stream: RunStream): RunView =>
  useSyncExternalStore(stream.subscribe, () => stream.view);

export const useSource = (stream: RunStream): RunSource | null =>
  useSyncExternalStore(stream.subscribe, () => stream.source);

/** The source's snapshot, which is the same object until it changes. */
export function useSnapshot(source: RunSource | null): Snapshot | null {
  const subscribe = useCallback(
    (listener: () => void) => {
      const types = ["statechange", "streamstall", "streamcomplete"] as const;
      for (const type of types) source?.addEventListener(type, listener);
      return () => {
        for (const type of types) source?.removeEventListener(type, listener);
      };
    },
    [source],
  );
  return useSyncExternalStore(subscribe, () => source?.snapshot ?? null);
}

/** The counters at one moment. */
export interface Sample {
  at: number;
  stats: Stats | null;
  lastEventId: string;
}

/** The counters, twice a second while something may happen and at each change: calm, and never stale. */
export function useSample(stream: RunStream, source: RunSource | null, everyMs = 500): Sample {
  const [sample, setSample] = useState<Sample>(() => sampleOf(stream));
  useEffect(() => {
    const take = () => setSample(sampleOf(stream));
    take();
    if (!source) return;
    const timer = setInterval(() => source.readyState < 2 && take(), everyMs);
    source.addEventListener("statechange", take);
    return () => {
      clearInterval(timer);
      source.removeEventListener("statechange", take);
    };
  }, [stream, source, everyMs]);
  return sample;
}

const sampleOf = (stream: RunStream): Sample => ({
  at: Date.now(),
  stats: stream.stats(),
  lastEventId: stream.source?.lastEventId || String(stream.view.run.tally.lastId || ""),
});

/** The time, renewed every `everyMs` while `running`. */
export function useNow(everyMs: number, running: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!running) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, running]);
  return now;
}
