// A page that puts the class in the platform's place, and uses what is its own.
import { ResilientEventSource, type Snapshot, SourceErrorEvent } from "resilient-eventsource";

const whole: typeof EventSource = ResilientEventSource;
globalThis.EventSource = ResilientEventSource;
const source: EventSource = new whole("/stream", { withCredentials: true });
source.onmessage = ({ data, lastEventId }) => console.log(data, lastEventId);

const own = new ResilientEventSource<{ tick: { at: number } }>("/stream", { parse: JSON.parse });
own.addEventListener("tick", ({ data }) => data.at.toFixed());
own.onerror = (event) => event instanceof SourceErrorEvent && event.retryIn?.toFixed();
export const snapshot: Snapshot = own.snapshot;

class Named extends ResilientEventSource {
  readonly name = "named";
}
export const named: EventSource = new Named("/stream");

// @ts-expect-error no such option: what is imported is not `any`
new ResilientEventSource("/stream", { terminal: 1 });
// @ts-expect-error not an error's
own.onerror = ({ lastEventId }) => lastEventId;

export async function follow() {
  for await (const { data } of own) console.log(data);
}
