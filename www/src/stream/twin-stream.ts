// The same run on the browser's own EventSource, to look at beside ours.
import { eventsUrl } from "../api.ts";
import { eventTypes, type RunEvent } from "../model/events.ts";
import {
  emptyTwin,
  type Phase,
  type TwinState,
  twinErred,
  twinHeard,
  twinOpened,
  twinStarted,
  twinStopped,
} from "../model/twin.ts";

/** The platform's class, whatever a page puts in its place later. */
const Platform = globalThis.EventSource;

const phases: readonly Phase[] = ["connecting", "open", "closed"];
/** As often as ours: a burst must not render for each event. */
const publishMs = 100;

/** What the page shows. A new object whenever it changed; the state in it is shared. */
export interface TwinView {
  readonly state: TwinState;
}

export class TwinStream {
  #view: TwinView;
  readonly #source: EventSource;
  readonly #listeners = new Set<() => void>();
  #publishing: ReturnType<typeof setTimeout> | undefined;

  /** Connects at once. */
  constructor(runId: string) {
    const source = new Platform(`${eventsUrl(runId)}?client=native`);
    const state = stateOf(runId);
    twinStarted(state, Date.now());
    this.#view = { state };
    source.addEventListener("open", () => {
      twinOpened(state, Date.now());
      this.#publish();
    });
    source.addEventListener("error", () => {
      twinErred(state, phases[source.readyState] ?? "closed", Date.now());
      this.#publish();
    });
    for (const type of eventTypes) {
      source.addEventListener(type, ({ data, lastEventId }: MessageEvent<string>) => {
        twinHeard(state, parse(data), Number(lastEventId), Date.now());
        this.#publishing ??= setTimeout(() => this.#publish(), publishMs);
      });
    }
    this.#source = source;
  }

  get view(): TwinView {
    return this.#view;
  }

  /** For `useSyncExternalStore`: called when `view` is another. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  close(): void {
    this.#source.close();
    twinStopped(this.#view.state, Date.now());
    clearTimeout(this.#publishing);
  }

  #publish(): void {
    clearTimeout(this.#publishing);
    this.#publishing = undefined;
    this.#view = { ...this.#view };
    for (const listener of this.#listeners) listener();
  }
}

function parse(data: string): RunEvent | null {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** What runs that were looked at had been sent, as ours is remembered: what comes again is a duplicate. */
const states = new Map<string, TwinState>();
const maxStates = 20;

function stateOf(runId: string): TwinState {
  const state = states.get(runId) ?? emptyTwin();
  // The one looked at last is the last to go.
  states.delete(runId);
  states.set(runId, state);
  const [oldest] = states.keys();
  if (states.size > maxStates && oldest !== undefined) states.delete(oldest);
  return state;
}
