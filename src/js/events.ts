// The events that the class fires of its own accord. A server may name its
// events `error` or `open` too: those arrive as MessageEvents, and `instanceof`
// one of these classes tells which is which.
import type { Outcome, Reason, State, StateChange } from "./types.ts";

/** An event whose fields come from an object, as `MessageEvent`'s do. */
class FieldsEvent extends Event {
  constructor(type: string, fields?: object) {
    super(type);
    Object.assign(this, fields);
  }
}

/** `open`: a stream opened. */
export class SourceOpenEvent extends FieldsEvent {
  /** The HTTP status; null where the platform's own class runs the stream. */
  declare readonly status: number | null;
  /** The response headers; null likewise. */
  declare readonly headers: Headers | null;
}

/** `error`: an attempt failed, or the server said stop. */
export class SourceErrorEvent extends FieldsEvent {
  /** How the attempt ended. */
  declare readonly reason: Reason;
  /** The HTTP status; null where no response decided. */
  declare readonly status: number | null;
  /** The response headers; null likewise. */
  declare readonly headers: Headers | null;
  /** The attempt that ended, from 1 since the last stable connection. */
  declare readonly attempt: number;
  /** The delay before the next attempt in milliseconds; null where none is planned. */
  declare readonly retryIn: number | null;
  /** Whether the state became `failed`. */
  declare readonly fatal: boolean;
  /** What happened, where, and what comes next; without the query of the URL. */
  declare readonly message: string;
}

/** `statechange`: the state changed; every property of the source is already set. */
export class StateChangeEvent extends FieldsEvent implements StateChange {
  declare readonly state: State;
  declare readonly previous: State;
  declare readonly reason: Reason;
  declare readonly attempt: number;
  /** The delay before the next attempt in milliseconds; null but in `waiting`. */
  declare readonly retryIn: number | null;
}

/** `streamcomplete`: the stream said all that it has to say. */
export class StreamCompleteEvent extends FieldsEvent {
  declare readonly outcome: Outcome;
  /** The type of the terminal event; null where there was none. */
  declare readonly terminalType: string | null;
  declare readonly lastEventId: string;
  /** Whether the latch completed the source, not an event of its own. */
  declare readonly latched: boolean;
}

/** `streamgap`: the server can no longer replay these events. */
export class StreamGapEvent extends FieldsEvent {
  /** The last event id before the gap. */
  declare readonly from: string;
  /** The first one after it. */
  declare readonly to: string;
}

/** `streamstall`: activity without news began (`stalled`) or ended. */
export class StreamStallEvent extends FieldsEvent {
  declare readonly stalled: boolean;
}
