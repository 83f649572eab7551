// From what the core asked for to a call of `fetch`.
import type { Reason, ResilientEventSourceInit } from "./types.ts";

/** What `headers` and `params` are called with. */
export interface Info {
  attempt: number;
  reason: Reason;
  signal: AbortSignal;
}

type Answer = Promise<Response | 1 | 2>;

/** The name of the query parameter where the option names none. */
const PARAMETER = "lastEventId";

const isThenable = (value: unknown) => typeof (value as Promise<unknown>)?.then === "function";

/**
 * Asks, reads the answer and goes on with it: at once where nothing has to be
 * waited for, so that the first request leaves inside the constructor.
 */
function ask<T>(
  given: unknown,
  info: Info,
  read: (value: never) => T,
  fault: 1 | 2,
  next: (value: T) => Answer,
): Answer {
  let value: T;
  try {
    const answer = typeof given === "function" ? given(info) : given;
    if (isThenable(answer))
      return Promise.resolve(answer)
        .then(read as () => T)
        .then(next, () => fault);
    value = read(answer as never);
  } catch {
    return Promise.resolve(fault);
  }
  return next(value);
}

/** Makes the requests of one source. */
export class Requester {
  readonly #url: string;
  readonly #given: ResilientEventSourceInit;
  #headers = new Headers();
  #params = new URLSearchParams();

  constructor(url: string, given: ResilientEventSourceInit) {
    this.#url = url;
    this.#given = given;
  }

  /** Resolves with 1 where `headers` failed, 2 where `params` did; rejects as `fetch` does. */
  send(info: Info, again: boolean, resume: number, lastEventId: string): Answer {
    const { headers, params } = this.#given;
    const send = () => this.#fetch(info.signal, resume, lastEventId);
    if (again) return send();
    return ask(
      headers,
      info,
      (value?: HeadersInit) => new Headers(value),
      1,
      (read) => {
        this.#headers = read;
        return ask(
          params,
          info,
          (value?: Record<string, string>) => new URLSearchParams(value),
          2,
          (query) => {
            this.#params = query;
            return send();
          },
        );
      },
    );
  }

  async #fetch(signal: AbortSignal, resume: number, lastEventId: string): Promise<Response> {
    const { method, body, withCredentials, resume: mode, fetch: own } = this.#given;
    const headers = new Headers(this.#headers);
    const params = new URLSearchParams(this.#params);
    // "Set (`Accept`, `text/event-stream`) in request's header list."
    if (!headers.has("accept")) headers.set("accept", "text/event-stream");
    if (resume === 1) {
      // "`Last-Event-ID` … UTF-8 encoded": a header value is bytes, and
      // JavaScript spells bytes as the first 256 characters.
      headers.set(
        "last-event-id",
        Array.from(new TextEncoder().encode(lastEventId), (byte) => String.fromCharCode(byte)).join(""),
      );
    } else if (resume) {
      params.set((mode as { query?: string })?.query ?? PARAMETER, lastEventId);
    }
    let url = this.#url;
    if (`${params}`) {
      const changed = new URL(url);
      changed.search += `${changed.search ? "&" : ""}${params}`;
      url = changed.href;
    }
    return (own ?? fetch)(url, {
      ...(method && { method }),
      ...(body != null && { body }),
      headers,
      credentials: withCredentials ? "include" : "same-origin",
      // "Set request's cache mode to \"no-store\"."
      cache: "no-store",
      signal,
    });
  }
}
