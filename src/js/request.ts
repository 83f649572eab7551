// From what the core asked for to a call of `fetch`.
import { record } from "./names.ts";
import type { Options } from "./options.ts";
import { encode } from "./text.ts";
import type { AttemptInfo } from "./types.ts";

/** `how`: as in `Calls.request`. */
export type Send = (
  signal: AbortSignal,
  attempt: number,
  reason: number,
  how: number,
  lastEventId: string,
) => Promise<Response | 1 | 2>;

/**
 * Makes the requests of one source. Each resolves with 1 where `headers` failed, 2
 * where `params` did, and rejects as `fetch` does. Where nothing has to be
 * waited for, `fetch` is called before the call returns, so that the first
 * request leaves inside the constructor.
 */
export const requester = (options: Options): Send => {
  const { url, method, body, resume: way, fetch: own } = options;
  /** What `headers` and `params` gave for the present attempt. */
  let known: [Headers, URLSearchParams];

  return async (signal, attempt, reason, how, lastEventId) => {
    if (how < 4) {
      const info = { ...record<AttemptInfo>("attempt reason", [attempt, reason]), signal };
      const read: unknown[] = [];
      for (const option of [options.headers, options.params]) {
        try {
          let value: unknown = typeof option === "function" ? option(info) : option;
          if (typeof (value as Promise<unknown> | undefined)?.then === "function") value = await value;
          read.push(new (read[0] ? URLSearchParams : Headers)((value ?? {}) as Record<string, string>));
        } catch {
          return read[0] ? 2 : 1;
        }
        // Nobody waits for what was given up.
        if (signal.aborted) return 1;
      }
      known = read as typeof known;
    }
    const headers = new Headers(known[0]);
    const params = new URLSearchParams(known[1]);
    const target = new URL(url);
    // "User agents may set (`Accept`, `text/event-stream`) in request's header list."
    if (!headers.has("accept")) headers.set("accept", "text/event-stream");
    if (how & 1) {
      // "Let lastEventIDValue be the EventSource object's last event ID string, encoded as UTF-8": a header value is
      // bytes, and JavaScript spells bytes as the first 256 characters.
      headers.set(
        "last-event-id",
        Array.from(encode(lastEventId), (byte) => String.fromCharCode(byte)).join(""),
      );
    } else if (how & 2) {
      const name = (way as { query?: string } | undefined)?.query ?? "lastEventId";
      // One that the URL or `params` has would be read before this one.
      if (target.searchParams.has(name)) target.searchParams.delete(name);
      params.set(name, lastEventId);
    }
    if (`${params}`) target.search += `${target.search && "&"}${params}`;
    const response = await (own ?? fetch)(target.href, {
      method,
      body: body ?? null,
      headers,
      // "If the value of eventSourceInitDict's withCredentials member is true, then set corsAttributeState to Use
      // Credentials", else Anonymous: which is same-origin (HTML §2.4.3).
      credentials: options.withCredentials ? "include" : "same-origin",
      // "Set request's cache mode to \"no-store\"."
      cache: "no-store",
      signal,
    });
    // No response: a number would stand for a failed option. Nobody sees what is thrown here.
    if (Object(response) !== response) throw new TypeError();
    return response;
  };
};
