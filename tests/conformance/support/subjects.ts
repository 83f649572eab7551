// The classes that are looked at.
import { ResilientEventSource } from "resilient-eventsource";
import type { Subject } from "./check.ts";

const own = globalThis.EventSource;

/** Our class as it is, but that its default transport is the platform's. */
const native: typeof ResilientEventSource = new Proxy(ResilientEventSource, {
  construct(target, args, newTarget) {
    const [url, init] = args;
    const transport = "native";
    if (args.length > 0 && (init === undefined || init === null)) args = [url, { transport }];
    else if (Object(init) === init) args = [url, Object.assign(Object.create(init), { transport })];
    return Reflect.construct(target, args, newTarget === native ? target : newTarget);
  },
});

export const subjects = { fetch: ResilientEventSource, native, own } as never as Record<
  Subject,
  typeof EventSource
>;
