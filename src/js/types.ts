// The types of the public API that are no classes: states, reasons, snapshot,
// statistics and options. Nothing here exists at run time.

/**
 * What a source is doing. `readyState` maps these: `open` is 1; `completed`,
 * `failed` and `closed` are 2; everything else is 0.
 *
 * - `connecting`: an attempt is under way, no response headers yet
 * - `open`: a stream is open
 * - `waiting`: an attempt failed; the next one comes at `snapshot.retryAt`
 * - `paused`: no attempt is made until the page or the network comes back
 * - `polling`: events come by polling, no stream is open
 * - `gaveup`: too many failures; only `online`, a return to the page or the caller revive it
 * - `completed`: the stream said all that it has to say
 * - `failed`: a failure that no retry can mend
 * - `closed`: the caller closed the source
 */
export type State =
  | "connecting"
  | "open"
  | "waiting"
  | "paused"
  | "polling"
  | "gaveup"
  | "completed"
  | "failed"
  | "closed";

/**
 * Why a state was entered or an attempt ended.
 *
 * - of attempts: `start`, `retry`, `opened`
 * - of their ends: `network`, `blocked`, `unsupported`, `refused`, `http-status` (the number is in
 *   `status`), `no-content` (204), `gone` (410), `content-type`, `ended`, `cycle` (the server closed after
 *   news, as some do on purpose), `idle`, `connect-timeout`, `too-large`, `headers`, `params`
 * - of the stream's end: `terminal`, `latched`
 * - of pauses: `offline`, `hidden`, `frozen`, `pagehide`; and of what ends them: `online`, `visible`,
 *   `pageshow`, `resume`
 * - of the caller: `close`, `aborted`, `reconnect`, `reset`, `clear`
 * - of the class: `csp` (WebAssembly is refused here), `internal` (a fault in this library, survived)
 */
export type Reason =
  | "start"
  | "retry"
  | "opened"
  | "network"
  | "blocked"
  | "unsupported"
  | "refused"
  | "http-status"
  | "no-content"
  | "gone"
  | "content-type"
  | "ended"
  | "cycle"
  | "idle"
  | "connect-timeout"
  | "too-large"
  | "headers"
  | "params"
  | "terminal"
  | "latched"
  | "offline"
  | "hidden"
  | "frozen"
  | "pagehide"
  | "online"
  | "visible"
  | "pageshow"
  | "resume"
  | "close"
  | "aborted"
  | "reconnect"
  | "reset"
  | "clear"
  | "csp"
  | "internal";

/** How a stream ended for good: as it should, or by saying that the work failed. */
export type Outcome = "completed" | "failed";

/** How an attempt runs: a streamed `fetch`, or the platform's own `EventSource`. */
export type Transport = "fetch" | "native";

/** The state of a source at one moment. Times are epoch milliseconds. */
export interface Snapshot {
  readonly state: State;
  /** Why the state was entered. */
  readonly reason: Reason;
  /** The present or last attempt, from 1 since the last stable connection; 0 before the first. */
  readonly attempt: number;
  /** Failures in a row. */
  readonly failures: number;
  /** When the next attempt comes; null but in `waiting`. */
  readonly retryAt: number | null;
  /** When the present stream opened; null but in `open`. */
  readonly openedAt: number | null;
  /** How the present or last attempt ran; null before the first. */
  readonly transport: Transport | null;
  /** How the stream ended; null but in `completed`. */
  readonly outcome: Outcome | null;
  /** Whether the latch completed the source, not an event of its own. */
  readonly latched: boolean;
  /** Whether there is activity but no news, see the option `stallAfter`. */
  readonly stalled: boolean;
  /** Whether this tab runs the stream for others; null where nothing is shared. */
  readonly leader: boolean | null;
}

/** One entry of {@link Stats.timeline}. It holds nothing of the URL, the headers or the events. */
export interface Transition {
  /** When, in epoch milliseconds. */
  readonly at: number;
  readonly state: State;
  readonly reason: Reason;
  readonly attempt: number;
  /** The delay before the next attempt in milliseconds; null but in `waiting`. */
  readonly retryIn: number | null;
  readonly transport: Transport | null;
}

/** Counters since construction, and the last transitions. */
export interface Stats {
  /** Attempts made. */
  readonly attempts: number;
  /** Events that came, also those that `parse` dropped. */
  readonly events: number;
  /** Events dropped since they had been dispatched before. */
  readonly duplicates: number;
  /** Gaps seen. */
  readonly gaps: number;
  /** Bytes of bodies received. */
  readonly bytes: number;
  /** When a byte last arrived, in epoch milliseconds; null before the first. */
  readonly lastActivityAt: number | null;
  /** The last 64 transitions, oldest first; safe to paste into a bug report. */
  readonly timeline: readonly Transition[];
}

/** The circumstances of an attempt, for functions that make its headers or parameters. */
export interface AttemptInfo {
  /** The attempt's number, from 1 since the last stable connection. */
  attempt: number;
  /** Why the attempt is made: how the last one ended, or what woke the source. */
  reason: Reason;
  /** Aborted when the attempt is given up. */
  signal: AbortSignal;
}

/** The end of an attempt, as the option `classify` sees it. */
export interface AttemptEnd {
  reason: Reason;
  /** The HTTP status, or null where no response decided. */
  status: number | null;
  headers: Headers | null;
  /** The response where one decided, its body unread; else null. */
  response: Response | null;
  attempt: number;
}

/** A verdict on the end of an attempt; undefined leaves it to the rules of the library. */
export type Verdict = "retry" | "fatal" | "complete" | { retryIn: number } | undefined;

/** What names or recognises terminal events, see the option `terminal`. */
export type Terminal =
  | readonly string[]
  | Readonly<Record<string, Outcome>>
  // biome-ignore lint/suspicious/noExplicitAny: the data is what the option `parse` returned
  | ((event: MessageEvent<any>) => boolean | Outcome | null | undefined);

/** Backoff: retry *n* comes after `min(max, initial · factor^(n-1))`, jittered. */
export interface RetryOptions {
  /** The base of the first delay in milliseconds. Default 1000, at least 0. */
  initial?: number | undefined;
  /** What each further base is multiplied by. Default 2, at least 1. */
  factor?: number | undefined;
  /** The largest base in milliseconds. Default 30000, at least 0. */
  max?: number | undefined;
  /**
   * How a delay is drawn: `full` from [floor, base], `equal` from [base/2, base], `none` is the base.
   * Default `full`, which spreads a crowd best.
   */
  jitter?: "full" | "equal" | "none" | undefined;
  /** The smallest delay in milliseconds, also where `max` is smaller. Default 250, at least 0. */
  floor?: number | undefined;
  /** The most that `retry:` or `Retry-After` may ask for, in milliseconds. Default 300000, at least 500. */
  serverMax?: number | undefined;
}

/**
 * Options of a source. Times are milliseconds. `undefined` means absent. A known option of the wrong type or
 * range is a `TypeError` that names it; an unknown name is warned of once a page.
 */
export interface ResilientEventSourceInit {
  /** As for `EventSource`: whether credentials go to other origins. Coerced to a boolean. Default false. */
  withCredentials?: boolean | undefined;
  /**
   * `fetch`: a streamed response. `native`: the platform's own `EventSource`, which sees less: no status, headers,
   * comments and `retry:`, and only those named events that somebody listens to; `headers`, `method`, `body`, `fetch`
   * and `resume: "header"` cannot go with it. `auto`, the default: fetch where bodies are streamed, else native; where
   * an option forbids that the source is `failed`, reason `unsupported`.
   */
  transport?: "auto" | Transport | undefined;
  /**
   * Request headers: an object, `Headers`, pairs, or a (possibly async) function called before **every** attempt, so
   * that a token is never stale. Its time counts into `connectTimeout`; its rejection is the failure `headers`.
   */
  headers?: HeadersInit | ((info: AttemptInfo) => HeadersInit | Promise<HeadersInit>) | undefined;
  /**
   * Query parameters added to each attempt's URL, an object or a function as for `headers`; for short-lived
   * tickets. `url`, latch keys and the timeline keep the URL that was asked for.
   */
  params?:
    | Record<string, string>
    | URLSearchParams
    | ((
        info: AttemptInfo,
      ) => Record<string, string> | URLSearchParams | Promise<Record<string, string> | URLSearchParams>)
    | undefined;
  /**
   * The request method, upper-cased. Default `GET`. Any other is not sent again once its stream opened. `CONNECT`,
   * `TRACE` and `TRACK` are a `TypeError`, as for `fetch`.
   */
  method?: string | undefined;
  /** The request body. With GET or HEAD it is a `TypeError`, and so is a stream, which cannot be sent again. */
  body?: BodyInit | undefined;
  /** Called instead of the global `fetch`, for tests, Node and proxies. */
  fetch?: ((input: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Backoff; what is left out keeps its default. */
  retry?: RetryOptions | undefined;
  /** The source gives up at failure `maxRetries` + 1 in a row. Default Infinity; an integer of at least 0. */
  maxRetries?: number | undefined;
  /** Give up after this long without a stream. Default 300000, at least 0; Infinity for wall displays. */
  giveUpAfter?: number | undefined;
  /** A connection open this long, with a byte received, is stable: *n* of the backoff restarts. Default 10000, at least 0. */
  resetAfter?: number | undefined;
  /**
   * The time for response headers. `auto`, the default: 60 s until an attempt has opened, then
   * max(20 s, 2 × the slowest so far). At least 1.
   */
  connectTimeout?: number | "auto" | undefined;
  /**
   * Silence that ends a stream; 0 is off. `auto`, the default: off until three heartbeats or comments were
   * seen, then max(45 s, 2.5 × the largest of their last gaps). At least 0.
   */
  idleTimeout?: number | "auto" | undefined;
  /** Named events that are activity but not news. Default `["heartbeat", "ping", "keepalive", "connected"]`. */
  heartbeatEvents?: readonly string[] | undefined;
  /** Activity without news for this long sets `stalled` and fires `streamstall`. Default 0, which is off; at least 0. */
  stallAfter?: number | undefined;
  /** How long after the first attempt a 404 means "not there yet" and is retried. Default 0, at least 0. */
  notFoundGrace?: number | undefined;
  /** The delay after such a 404. Default 200, at least 0. */
  notFoundDelay?: number | undefined;
  /**
   * What ends the stream for good: event names; names with outcomes; or a function, asked about every event with
   * its parsed data (`true` means `completed`; a throw is reported and means no). Default none.
   */
  terminal?: Terminal | undefined;
  /**
   * The memory that a stream reached its terminal event. `true` keys it by the absolute URL, a non-empty string is the
   * key, `false` keeps it to this instance. Default true where `terminal` is set and the method is GET.
   */
  latch?: boolean | string | undefined;
  /** Where to resume from on the first attempt. Default `""`; without CR, LF and NUL. */
  lastEventId?: string | undefined;
  /**
   * How the last event id travels: `header` is `Last-Event-ID`, `{ query }` a query parameter of that name.
   * `auto`, the default: the header, and across origins the parameter `lastEventId` where the header fails.
   */
  resume?: "auto" | "header" | { query: string } | undefined;
  /**
   * Turns the text of an event into its `data`, e.g. `JSON.parse`. When it throws that is reported and the event
   * dropped, its id kept.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a string; any, so that JSON.parse fits as it stands
  parse?: ((data: string, type: any, id: string) => unknown) | undefined;
  /** Whether a hidden page has no stream. Default false. */
  pauseWhenHidden?: boolean | undefined;
  /** Whether a failure while offline pauses until `online`. Default true. */
  pauseWhenOffline?: boolean | undefined;
  /**
   * The largest event in bytes; a larger one fails the source, so that memory is bounded whatever the server sends.
   * Default 16777216; an integer from 1024 to 268435456: a string cannot be much longer than twice that in every engine.
   */
  maxEventSize?: number | undefined;
  /** Asked what each end of an attempt means, before the library's rules. A throw is reported and means undefined. */
  classify?: ((end: AttemptEnd) => Verdict | Promise<Verdict>) | undefined;
  /** Closes the source when it is aborted. Aborted before construction: state `closed`, no request, no event. */
  signal?: AbortSignal | undefined;
  /** `true` logs transitions at `console.debug`; a function receives them. Neither sees query strings or headers. */
  debug?: boolean | ((change: StateChange) => void) | undefined;
}

/** One change of state: the fields of {@link StateChangeEvent}, and what the option `debug` receives. */
export interface StateChange {
  readonly state: State;
  readonly previous: State;
  readonly reason: Reason;
  readonly attempt: number;
  /** The delay before the next attempt in milliseconds; null but in `waiting`. */
  readonly retryIn: number | null;
}
