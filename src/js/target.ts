// How listeners and handler attributes of the class are typed. Types only, but for
// the list of the class's own events.
import type {
  SourceErrorEvent,
  SourceOpenEvent,
  StateChangeEvent,
  StreamCompleteEvent,
  StreamGapEvent,
  StreamStallEvent,
} from "./events.ts";

/** The events with a handler attribute, in the order of the docs. */
export const attributed = [
  "open",
  "message",
  "error",
  "statechange",
  "streamcomplete",
  "streamgap",
  "streamstall",
] as const;

/** The class's own events. */
export interface SourceEventMap {
  open: SourceOpenEvent;
  error: SourceErrorEvent;
  statechange: StateChangeEvent;
  streamcomplete: StreamCompleteEvent;
  streamgap: StreamGapEvent;
  streamstall: StreamStallEvent;
}

/**
 * The event that a listener of type `K` is called with. `Events` maps names of
 * server events to what the option `parse` returns for them.
 */
export type SourceEvent<Events, K> =
  | (K extends keyof SourceEventMap ? SourceEventMap[K] : never)
  | (K extends keyof Events
      ? MessageEvent<Events[K]>
      : K extends keyof SourceEventMap
        ? never
        : // biome-ignore lint/suspicious/noExplicitAny: as in lib.dom
          MessageEvent<any>);

type Listener<Self, E> = (this: Self, event: E) => unknown;

/**
 * A handler attribute as it is read: wider than what may be set, since lib.dom's
 * `EventSource` promises that any `Event` may be passed to it. Anything narrower
 * than `any` takes the type of `this` from functions that are set.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Handler = any;

/** An `EventTarget` whose listeners know what they are called with. */
export interface SourceTarget<Events> extends EventTarget {
  /** Handler of `open`: a stream opened. Null unless set. */
  get onopen(): Handler;
  set onopen(handler: Listener<this, SourceEvent<Events, "open">> | null | undefined);
  /** Handler of server events without a name. Null unless set. */
  get onmessage(): Handler;
  set onmessage(handler: Listener<this, SourceEvent<Events, "message">> | null | undefined);
  /** Handler of `error`: an attempt failed, or the server said stop. Null unless set. */
  get onerror(): Handler;
  set onerror(handler: Listener<this, SourceEvent<Events, "error">> | null | undefined);
  /** Handler of `statechange`. Null unless set. */
  get onstatechange(): Handler;
  set onstatechange(handler: Listener<this, SourceEvent<Events, "statechange">> | null | undefined);
  /** Handler of `streamcomplete`. Null unless set. */
  get onstreamcomplete(): Handler;
  set onstreamcomplete(handler: Listener<this, SourceEvent<Events, "streamcomplete">> | null | undefined);
  /** Handler of `streamgap`. Null unless set. */
  get onstreamgap(): Handler;
  set onstreamgap(handler: Listener<this, SourceEvent<Events, "streamgap">> | null | undefined);
  /** Handler of `streamstall`. Null unless set. */
  get onstreamstall(): Handler;
  set onstreamstall(handler: Listener<this, SourceEvent<Events, "streamstall">> | null | undefined);

  addEventListener<K extends string & (keyof SourceEventMap | keyof Events | "message")>(
    type: K,
    listener: Listener<this, SourceEvent<Events, K>>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: Listener<this, MessageEvent>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends string & (keyof SourceEventMap | keyof Events | "message")>(
    type: K,
    listener: Listener<this, SourceEvent<Events, K>>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: Listener<this, MessageEvent>,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
