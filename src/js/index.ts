// What `import … from "resilient-eventsource"` gives.
export {
  SourceErrorEvent,
  SourceOpenEvent,
  StateChangeEvent,
  StreamCompleteEvent,
  StreamGapEvent,
  StreamStallEvent,
} from "./events.ts";
export { ResilientEventSource } from "./source.ts";
export type { SourceEvent, SourceEventMap, SourceTarget } from "./target.ts";
export type {
  AttemptEnd,
  AttemptInfo,
  Outcome,
  Reason,
  ResilientEventSourceInit,
  RetryOptions,
  Snapshot,
  State,
  StateChange,
  Stats,
  Terminal,
  Transition,
  Transport,
  Verdict,
} from "./types.ts";
