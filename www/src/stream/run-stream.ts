// One run of the page: its source while somebody looks at it, and what its
// events added up to, which stays. A run that is looked at again goes on from the last
// event held; one that is over makes no request, since the package latched it.
import {
  type Reason,
  ResilientEventSource,
  SourceErrorEvent,
  type Stats,
  type Transition,
} from "resilient-eventsource";
import { eventsUrl } from "../api.ts";
import { type Arrivals, slotMs } from "../model/bands.ts";
import { eventTypes, type RunEvent, type RunEventMap } from "../model/events.ts";
import { applyEvent, emptyRun, type RunState } from "../model/run.ts";
import { choose } from "../session.ts";
import { optionsOf, type Way } from "./options.ts";

export type RunSource = ResilientEventSource<RunEventMap>;

export interface ErrorNote {
  id: number;
  at: number;
  /** Null for an `error` event that the server sent into the stream. */
  reason: Reason | null;
  fatal: boolean;
  message: string;
}

/** What the page shows of a run. A new object whenever it changed; what it holds is shared. */
export interface RunView {
  readonly run: RunState;
  readonly errors: readonly ErrorNote[];
}

/** At most this often are events shown; a burst of 100,000 must not render as often. */
const publishMs = 100;
const maxErrors = 200;

export class RunStream {
  readonly runId: string;
  readonly arrivals: Arrivals = new Map();
  /** Streams that opened. */
  connections = 0;
  #way: Way | null = null;
  #source: RunSource | null = null;
  #view: RunView = { run: emptyRun(), errors: [] };
  #lastEventId = "";
  #timeline: readonly Transition[] = [];
  #errors = 0;
  #holders = 0;
  #closing: ReturnType<typeof setTimeout> | undefined;
  #publishing: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(runId: string) {
    this.runId = runId;
  }

  /** Null while nobody holds the run. */
  get source(): RunSource | null {
    return this.#source;
  }

  get view(): RunView {
    return this.#view;
  }

  /** Whether somebody looks at it. */
  get held(): boolean {
    return this.#holders > 0;
  }

  /**
   * Connects, unless that was done the same way. The function returned lets go; the source is closed a
   * task after the last holder let go, so that React's StrictMode, which mounts twice, makes one request.
   */
  hold(way: Way): () => void {
    this.#holders++;
    clearTimeout(this.#closing);
    const same = this.#way?.transport === way.transport && this.#way.apiKey === way.apiKey;
    if (this.#source && !same) this.#close();
    this.#way = way;
    if (!this.#source) this.#open(way);
    return () => {
      if (--this.#holders === 0) this.#closing = setTimeout(() => this.#close());
    };
  }

  /** For `useSyncExternalStore`: called when `source` or `view` is another. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The source's counters. A source that the latch completed knows nothing; then the timeline is the last one's. */
  stats(): Stats | null {
    const stats = this.#source?.stats() ?? null;
    if (!stats || !this.#source?.snapshot.latched || this.#timeline.length === 0) return stats;
    return { ...stats, timeline: this.#timeline };
  }

  #open(way: Way): void {
    const source: RunSource = new ResilientEventSource<RunEventMap>(eventsUrl(this.runId), {
      ...optionsOf(way, "resilient"),
      // After its last event a run has nothing to resume: a reset asks for its tail again.
      lastEventId: this.#view.run.ending ? "" : this.#lastEventId,
    });
    const take = (message: MessageEvent<RunEvent>) => this.#take(message);
    for (const type of eventTypes) source.addEventListener(type, take as (event: MessageEvent) => void);
    source.addEventListener("open", () => this.connections++);
    source.addEventListener("error", (event) => this.#note(event, source.url));
    // The end is shown at once.
    source.addEventListener("streamcomplete", () => this.#publish());
    this.#source = source;
    this.#publish();
  }

  #close(): void {
    const source = this.#source;
    if (!source) return;
    this.#timeline = this.stats()?.timeline ?? [];
    this.#lastEventId = source.lastEventId;
    source.close();
    this.#source = null;
    this.#publish();
  }

  #take({ data, lastEventId }: MessageEvent<RunEvent>): void {
    if (!applyEvent(this.#view.run, data, Number(lastEventId))) return;
    const slot = Math.floor(Date.now() / slotMs);
    this.arrivals.set(slot, (this.arrivals.get(slot) ?? 0) + 1);
    this.#publishing ??= setTimeout(() => this.#publish(), publishMs);
  }

  #note(event: SourceErrorEvent | MessageEvent, url: string): void {
    const own = event instanceof SourceErrorEvent;
    if (own && event.status === 401) choose({ locked: true });
    const note: ErrorNote = {
      id: ++this.#errors,
      at: Date.now(),
      reason: own ? event.reason : null,
      fatal: own && event.fatal,
      // Every message would begin with the same address.
      message: own ? event.message.replace(`${url}: `, "") : `The server said: ${textOf(event.data)}`,
    };
    this.#view = { ...this.#view, errors: [...this.#view.errors.slice(1 - maxErrors), note] };
    this.#publish();
  }

  #publish(): void {
    clearTimeout(this.#publishing);
    this.#publishing = undefined;
    this.#view = { ...this.#view };
    for (const listener of this.#listeners) listener();
  }
}

/** The `code` and `message` of an `error` event of the server's, wherever it put them. */
function textOf(data: unknown): string {
  const outer = data as { data?: { code?: string; message?: string }; code?: string; message?: string };
  const { code, message } = outer?.data ?? outer ?? {};
  return [code, message].filter(Boolean).join(": ") || "an error";
}

/** Runs that the page remembers, those looked at last. */
const maxStreams = 20;
const streams = new Map<string, RunStream>();

/** The run of that id; connects nothing. */
export function streamOf(runId: string): RunStream {
  let stream = streams.get(runId);
  if (!stream) {
    stream = new RunStream(runId);
    streams.set(runId, stream);
    for (const [id, old] of streams) {
      if (streams.size <= maxStreams) break;
      if (old !== stream && !old.held && !old.source) streams.delete(id);
    }
  }
  return stream;
}
