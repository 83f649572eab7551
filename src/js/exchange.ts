// The fetch transport: one request at a time, its body read chunk by chunk as
// the machine asks for it. It tells what came and decides nothing.
//
// A custom `fetch` may answer with anything, so whatever is done with its answer is done where a throw is a failure
// of the request, and nothing of it reaches the wasm but numbers and bytes.
import { ENDED, FAILED, RESPONSE } from "./inputs.ts";
import type { Send } from "./request.ts";

export interface Exchange {
  /** The response that came last: it outlives its request in the events that tell of its end. */
  response?: Response | undefined;
  /** Of it, read once: a response of a custom `fetch` may answer otherwise the next time. */
  head?: Pick<Response, "status" | "headers"> | undefined;
  /** Its header `Content-Type`. */
  contentType: string;
  /** The origin of its URL after redirects. */
  origin: string;
  /** Makes a request; `how` as in `Calls.request`. */
  request(token: number, attempt: number, reason: number, how: number, lastEventId: string): Promise<void>;
  /** Reads the next chunk of the body. */
  read(token: number): unknown;
  /** Gives the request up, wherever it is. */
  abort(): void;
  /** Where only events of types that were asked for come: asks for one. */
  hear?(type: string): void;
}

/** Where what comes goes: inputs of the machine. */
export interface Receiver {
  input(number: number, token: number, b?: number, c?: number): void;
  chunk(token: number, bytes: Uint8Array): void;
}

/** `Retry-After` (RFC 9110 §10.2.3) as a number: seconds, a date as negative epoch milliseconds, or NaN. */
const retryAfter = (headers: Headers): number => {
  const value = (headers.get("retry-after") ?? "").trim();
  if (/^\d+$/.test(value)) return +value;
  // An HTTP-date begins with a weekday (RFC 9110 §5.6.7); engines take much more for a date. Its oldest form does not
  // say that it is GMT.
  return /^[a-z]{3,9}(, \d| [a-z]{3} )/i.test(value)
    ? -Math.max(1, Date.parse(value.replace(/( GMT)?$/, " GMT")))
    : NaN;
};

/** @param url what is asked for, against which a response's is resolved */
export const createExchange = (send: Send, receiver: Receiver, url: string): Exchange => {
  let controller: AbortController | undefined;
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const exchange: Exchange = {
    contentType: "",
    origin: "",
    async request(token, ...request) {
      exchange.response = exchange.head = reader = undefined;
      controller = new AbortController();
      const { signal } = controller;
      let input = FAILED;
      let b = 0;
      let c = 0;
      try {
        const answer = await send(signal, ...request);
        if (typeof answer === "number") {
          b = answer;
        } else if (signal.aborted) {
          // One that did not hear of the signal: nobody will read it.
          await answer.body?.cancel();
        } else {
          const { status, headers, body } = answer;
          // Somebody else reads the body.
          if (body?.locked) throw new TypeError();
          c = retryAfter(headers);
          // What is no number or string would throw where it enters the wasm.
          exchange.contentType = `${headers.get("content-type") ?? ""}`;
          // A response that a script made has no URL, or a relative one.
          exchange.origin = new URL(answer.url || url, url).origin;
          // From here on nothing can fail: a failure's `b` is another.
          b = +status;
          exchange.head = { status: b, headers };
          // Without a page, nobody asks for preflights.
          const { origin } = globalThis;
          if (origin && origin !== exchange.origin) b |= 1 << 16;
          exchange.response = answer;
          input = RESPONSE;
        }
      } catch {}
      // What was given up says nothing: after a trap the next machine's tokens are the same.
      if (!signal.aborted) receiver.input(input, token, b, c);
    },
    async read(token) {
      const signal = controller?.signal;
      let input = FAILED;
      let bytes: Uint8Array | undefined;
      try {
        const body = exchange.response?.body;
        const mine = reader ?? body?.getReader();
        if (signal?.aborted) {
          // `getReader` itself gave the request up.
          await mine?.cancel();
          return;
        }
        reader = mine;
        const { done, value } = body
          ? await (mine as NonNullable<typeof mine>).read()
          : ({ done: true } as ReadableStreamReadResult<unknown>);
        if (done) input = ENDED;
        // By what it is and not by its class: a custom `fetch` may be of another realm.
        else if (ArrayBuffer.isView(value))
          bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      } catch {}
      if (signal?.aborted) return;
      if (bytes) receiver.chunk(token, bytes);
      else receiver.input(input, token);
    },
    abort() {
      const held = reader;
      const { response } = exchange;
      reader = undefined;
      // "abort any instances of the fetch algorithm started for this EventSource object", before `close()` returns.
      // The body of a custom `fetch` need not hear of the signal. Before it, since what the signal ended cannot be
      // cancelled: Firefox then never closes a connection that was redirected and whose body nobody read (measured).
      (async () => (held ?? response?.body)?.cancel())().catch(() => {});
      controller?.abort();
    },
  };
  return exchange;
};
