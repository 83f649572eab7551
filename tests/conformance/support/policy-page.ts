// What a source does under the Content Security Policy of the page or worker that this script runs in.
import { ResilientEventSource } from "resilient-eventsource";
import { type Subject, Trial } from "./check.ts";
import { ending, stream } from "./script.ts";

/** What a page tells of its source. */
export interface Told {
  readonly warnings: readonly string[];
  readonly events: readonly string[];
  readonly state: string;
  readonly reason: string;
  readonly readyState: number;
  readonly transport: string | null;
}

const { href, search, pathname } = globalThis.location;
const wanted = new URLSearchParams(search);
const control = `${wanted.get("control")}`;

const warnings: string[] = [];
console.warn = (...args) => warnings.push(args.join(" "));

async function run(): Promise<Told> {
  if (wanted.has("replaced")) globalThis.EventSource = ResilientEventSource as never;
  const Class = wanted.has("replaced")
    ? (globalThis.EventSource as never as typeof ResilientEventSource)
    : ResilientEventSource;
  const trial = new Trial({
    subject: "fetch" satisfies Subject,
    scope: "window",
    EventSource: Class as never,
    folder: new URL(".", href).href,
    other: `${wanted.get("other")}`,
    control,
  });
  const url = new URL(await trial.serve([ending("id: 1\ndata: 1\n\n"), stream("data: 2\n\n")]));
  url.hostname = wanted.get("host") ?? url.hostname;
  // Two sources: a page is warned once.
  new Class(await trial.serve(stream(":\n"))).close();
  const source = new Class(url, wanted.has("terminal") ? { terminal: ["over"] } : {});
  const recording = trial.record(source, "open", "message", "error");
  // What a policy refused may be told late, when the source is waiting already.
  const isOver = () =>
    wanted.has("until-closed")
      ? source.readyState === 2
      : recording.types[0] === "error" || recording.data.at(-1) === "2";
  while (!isOver()) await recording.reach(recording.events.length + 1);
  const { state, readyState, snapshot } = source;
  source.close();
  return {
    warnings,
    events: recording.events.map(({ type, data }) => (data === undefined ? type : data)),
    state,
    readyState,
    reason: snapshot.reason,
    transport: snapshot.transport,
  };
}

if (globalThis.document && wanted.has("worker")) {
  new Worker(`${pathname.replace(/html$/, "js")}${search}`);
} else {
  run()
    .catch(String)
    .then((told) => fetch(`${control}/told`, { method: "POST", body: JSON.stringify(told) }));
}
