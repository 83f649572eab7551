// Types, checked by tsc: nothing here runs. The class is assignable where
// lib.dom's EventSource is expected, and typed listeners know their events.
import {
  ResilientEventSource,
  type ResilientEventSourceInit,
  type Snapshot,
  type SourceErrorEvent,
  type SourceOpenEvent,
  type StateChangeEvent,
  type StreamCompleteEvent,
} from "../../src/js/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};

const source = new ResilientEventSource("/stream");

// In the platform's place.
const platform: EventSource = source;
const platformClass: new (url: string | URL, init?: EventSourceInit) => EventSource = ResilientEventSource;
const constants: Pick<typeof EventSource, "CONNECTING" | "OPEN" | "CLOSED"> = ResilientEventSource;
const target: EventTarget = source;

export { constants, platform, platformClass, target };

// A page written for the platform's class.
source.onmessage = (event: MessageEvent) => console.log(event.data);
source.onerror = (event: Event) => console.log(event.type);
source.onopen = null;
source.addEventListener("tick", (event: MessageEvent<string>) => console.log(event.data));
source.addEventListener("tick", { handleEvent: () => {} }, { once: true });
source.removeEventListener("tick", (event) => same<typeof event, MessageEvent>(true));
same<typeof source.readyState, 0 | 1 | 2>(true);
same<typeof ResilientEventSource.OPEN, 1>(true);
same<typeof source.CLOSED, 2>(true);

// The class's own events.
source.onopen = (event) => same<typeof event, SourceOpenEvent>(true);
source.onerror = (event) => same<typeof event, SourceErrorEvent>(true);
source.onstatechange = (event) => same<typeof event, StateChangeEvent>(true);
source.addEventListener("streamcomplete", (event) => same<typeof event, StreamCompleteEvent>(true));
source.onmessage = function () {
  this.close();
};

// Named events.
interface Events {
  tick: { at: number };
  message: string[];
  error: { code: string };
}
const typed = new ResilientEventSource<Events>("/stream", { parse: JSON.parse });
typed.addEventListener("tick", (event) => same<typeof event, MessageEvent<{ at: number }>>(true));
typed.onmessage = (event) => same<typeof event, MessageEvent<string[]>>(true);
typed.onerror = (event) => same<typeof event, SourceErrorEvent | MessageEvent<{ code: string }>>(true);
// @ts-expect-error `tick` has no such member
typed.addEventListener("tick", (event) => event.data.missing);
typed.addEventListener("other", (event) => event.data);
export const typedPlatform: EventSource = typed;

// Options.
const options: ResilientEventSourceInit[] = [
  { withCredentials: undefined, headers: undefined, signal: undefined, retry: { max: undefined } },
  { headers: async ({ attempt, signal }) => ({ attempt: String(attempt), aborted: String(signal.aborted) }) },
  { headers: [["a", "b"]], params: new URLSearchParams(), fetch },
  { terminal: { done: "completed", broken: "failed" } },
  { terminal: ({ data }) => data.final === true },
  { terminal: (event) => (event.type === "broken" ? "failed" : undefined) },
  { classify: async ({ status }) => (status === 404 ? { retryIn: 500 } : undefined) },
  { parse: JSON.parse, resume: { query: "from" }, connectTimeout: "auto", debug: ({ state }) => state },
];
// @ts-expect-error no such jitter
options.push({ retry: { jitter: "half" } });
// @ts-expect-error no such outcome
options.push({ terminal: { done: "finished" } });

export async function uses() {
  using closes = source;
  for await (const event of closes) same<typeof event, MessageEvent>(true);
  same<typeof source.snapshot, Snapshot>(true);
  // @ts-expect-error read-only
  source.snapshot.state = "open";
  // @ts-expect-error read-only
  source.lastEventId = "";
  return ResilientEventSource.unlatch("key") && ResilientEventSource.preload();
}
