// The fetch transport: one request at a time, its body read chunk by chunk as
// the machine asks for it. It tells what came and decides nothing.
//
// A custom `fetch` may answer with anything, so whatever is done with its answer is done where a throw is a failure
// of the request, and nothing of it reaches the wasm but numbers and bytes.
import { ENDED, FAILED, RESPONSE } from "./inputs.ts";
import { record } from "./names.ts";
import type { Send } from "./request.ts";
import type { AttemptInfo } from "./types.ts";

export interface Exchange {
  /** The response that came last: it outlives its request in the events that tell of its end. */
  response: Response | undefined;
  /** Its header `Content-Type`. */
  contentType: string;
  /** Makes a request; `how` as in `Calls.request`. */
  request(token: number, attempt: number, reason: number, how: number, lastEventId: string): Promise<void>;
  /** Reads the next chunk of the body. */
  read(token: number): Promise<void>;
  /** Gives the request up, wherever it is. */
  abort(): void;
}

/** Where what comes goes: inputs of the machine. */
export interface Receiver {
  input(number: number, token: number, b?: number, c?: number): void;
  chunk(token: number, bytes: Uint8Array): void;
}

/** `Retry-After` (RFC 9110 §10.2.3) as a number: seconds, a date as negative epoch milliseconds, or NaN. */
const retryAfter = (headers: Headers): number => {
  const value = headers.get("retry-after") ?? "";
  if (/^\d+$/.test(value)) return +value;
  // An HTTP-date begins with a weekday (RFC 9110 §5.6.7); engines take much more for a date.
  return /^[a-z]{3,9}(, \d| [a-z]{3} )/i.test(value) ? -Math.max(1, Date.parse(value)) : NaN;
};

export const createExchange = (send: Send, receiver: Receiver): Exchange => {
  let controller: AbortController | undefined;
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  const exchange: Exchange = {
    response: undefined,
    contentType: "",
    async request(token, attempt, reason, how, lastEventId) {
      exchange.response = reader = undefined;
      controller = new AbortController();
      const { signal } = controller;
      const info = { ...record<AttemptInfo>("attempt reason", [attempt, reason]), signal };
      let input = FAILED;
      let b = 0;
      let c = 0;
      try {
        const answer = await send(info, how > 3, how & 3, lastEventId);
        if (typeof answer === "number") {
          b = answer;
        } else if (signal.aborted) {
          // One that did not hear of the signal: nobody will read it.
          await answer.body?.cancel();
        } else {
          const { status, headers } = answer;
          c = retryAfter(headers);
          exchange.contentType = headers.get("content-type") ?? "";
          exchange.response = answer;
          // From here on nothing can fail: a failure's `b` is another.
          b = status;
          input = RESPONSE;
        }
      } catch {}
      receiver.input(input, token, b, c);
    },
    async read(token) {
      let input = FAILED;
      let bytes: Uint8Array | undefined;
      try {
        reader ??= exchange.response?.body?.getReader();
        const { done, value } = reader ? await reader.read() : { done: true };
        if (done) input = ENDED;
        // By what it is and not by its class: a custom `fetch` may be of another realm.
        else if (ArrayBuffer.isView(value))
          bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      } catch {}
      if (bytes) receiver.chunk(token, bytes);
      else receiver.input(input, token);
    },
    abort() {
      controller?.abort();
      const body = reader ?? exchange.response?.body;
      reader = undefined;
      // The body of a custom `fetch` need not hear of the signal. Where it did, this rejects.
      (async () => body?.cancel())().catch(() => {});
    },
  };
  return exchange;
};
