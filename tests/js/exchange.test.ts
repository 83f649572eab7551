// The fetch transport by itself: what becomes of whatever a `fetch` may answer.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import vm from "node:vm";
import { createExchange } from "../../src/js/exchange.ts";
import { ENDED, FAILED, RESPONSE } from "../../src/js/inputs.ts";
import { normalise } from "../../src/js/options.ts";
import { requester } from "../../src/js/request.ts";
import type { ResilientEventSourceInit } from "../../src/js/types.ts";

const names = new Map([
  [RESPONSE, "response"],
  [ENDED, "ended"],
  [FAILED, "failed"],
]);
const [plain, header] = [0, 1];

/** An exchange over this `fetch`, and what it told. */
function over(fetch: (...args: Parameters<typeof globalThis.fetch>) => unknown, init = {}) {
  const told: unknown[][] = [];
  const options = normalise("http://127.0.0.1:9/", {
    fetch: fetch as ResilientEventSourceInit["fetch"],
    ...init,
  });
  const exchange = createExchange(requester(options), {
    input: (number, ...rest) => told.push([names.get(number), ...rest]),
    chunk: (token, bytes) => told.push(["chunk", token, Buffer.from(bytes).toString()]),
  });
  return { exchange, told, request: (token = 1) => exchange.request(token, 1, 0, plain, "") };
}

/** A stream with its controls. */
function body() {
  let control!: ReadableStreamDefaultController<unknown>;
  const cancelled: unknown[] = [];
  const stream = new ReadableStream<unknown>({
    start: (controller) => {
      control = controller;
    },
    cancel: (reason) => void cancelled.push(reason),
  });
  return { stream: stream as ReadableStream<Uint8Array<ArrayBuffer>>, control, cancelled };
}

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  await turn();
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

describe("an answer", () => {
  test("is told with its status, and its headers can be asked for", async () => {
    const { exchange, told, request } = over(
      () => new Response("", { status: 503, headers: { "content-type": "text/html", "retry-after": "7" } }),
    );
    await request(4);
    assert.deepEqual(told, [["response", 4, 503, 7]]);
    assert.equal(exchange.contentType, "text/html");
    assert.equal(exchange.response?.status, 503);
  });

  test("without a content type has none of an answer before it", async () => {
    const answers = [new Response("", { headers: { "content-type": "text/html" } }), new Response(null)];
    const { exchange, request } = over(() => answers.shift());
    await request(1);
    await request(2);
    assert.equal(exchange.contentType, "");
  });

  test("tells Retry-After as seconds, as a date after 1970, or not at all", async () => {
    const read = async (value: string) => {
      const { told, request } = over(() => new Response("", { headers: { "retry-after": value } }));
      await request();
      return told[0]?.[3];
    };
    assert.equal(await read("7"), 7);
    assert.equal(await read("99999999999999999999999"), 1e23);
    assert.equal(await read("Thu, 01 Jan 1970 00:00:10 GMT"), -10_000);
    assert.equal(await read("Thursday, 01-Jan-70 00:00:10 GMT"), -10_000);
    assert.equal(await read("Thu, 01 Jan 1960 00:00:00 GMT"), -1);
    for (const nothing of ["-5", "1.5", "soon", "", "2030-01-01"])
      assert.ok(Number.isNaN(await read(nothing)), nothing);
  });

  test("is let go of by the next request", async () => {
    const { stream } = body();
    const { exchange, request } = over(() => new Response(stream));
    await request(1);
    const next = request(2);
    assert.equal(exchange.response, undefined);
    await next;
  });
});

describe("an answer that is none fails its attempt alone", () => {
  const closed = body().stream;
  closed.getReader();
  const garbage: Record<string, unknown> = {
    undefined: undefined,
    null: null,
    "an empty object": {},
    "a string": "data: x\n\n",
    "an object without headers": { status: 200, body: null },
    "headers that throw": {
      status: 200,
      get headers() {
        throw new Error("no headers");
      },
    },
  };
  for (const [name, answer] of Object.entries(garbage)) {
    test(name, async () => {
      const answers = [answer, new Response("")];
      const { told, request } = over(() => answers.shift());
      await request(1);
      await request(2);
      assert.deepEqual(told, [
        ["failed", 1, 0, 0],
        ["response", 2, 200, NaN],
      ]);
    });
  }

  test("a fetch that throws, and one that rejects", async () => {
    for (const fetch of [
      () => {
        throw new Error("no network");
      },
      () => Promise.reject(new TypeError("no network")),
    ]) {
      const { told, request } = over(fetch);
      await request();
      assert.deepEqual(told, [["failed", 1, 0, 0]]);
    }
  });

  test("headers or params that reject are told apart", async () => {
    for (const [fault, option] of ["headers", "params"].entries()) {
      const { told, request } = over(() => new Response(""), { [option]: () => Promise.reject(new Error()) });
      await request();
      assert.deepEqual(told, [["failed", 1, fault + 1, 0]]);
    }
  });
});

describe("a body", () => {
  test("is read a chunk at a time, when asked to, until it ends", async () => {
    const { stream, control } = body();
    const { exchange, told, request } = over(() => new Response(stream));
    await request();
    told.length = 0;
    control.enqueue(Buffer.from("one"));
    control.enqueue(Buffer.from("two"));
    await turn();
    assert.deepEqual(told, [], "nobody asked");
    await exchange.read(1);
    await turn();
    assert.deepEqual(told, [["chunk", 1, "one"]]);
    await exchange.read(1);
    control.close();
    await exchange.read(1);
    assert.deepEqual(told.slice(1), [
      ["chunk", 1, "two"],
      ["ended", 1],
    ]);
  });

  test("that is null is an empty one", async () => {
    const { exchange, told, request } = over(() => new Response(null));
    await request();
    await exchange.read(1);
    assert.deepEqual(told.at(-1), ["ended", 1]);
  });

  test("that breaks off has failed", async () => {
    const { stream, control } = body();
    const { exchange, told, request } = over(() => new Response(stream));
    await request();
    const reading = exchange.read(1);
    control.error(new TypeError("reset"));
    await reading;
    assert.deepEqual(told.at(-1), ["failed", 1]);
  });

  test("may come as any view, of any realm", async () => {
    const text = "data: é\n\n";
    const bytes = new TextEncoder().encode(text);
    const within = new Uint8Array([0, 0, ...bytes, 0]).subarray(2, 2 + bytes.length);
    const even = new Uint8Array([...new TextEncoder().encode("abcd")]);
    for (const [value, expected] of [
      [within, text],
      [new Uint16Array(even.buffer), "abcd"],
      [new DataView(even.buffer, 1, 2), "bc"],
      [vm.runInNewContext("Uint8Array.of(104, 105)"), "hi"],
    ]) {
      const { exchange, told, request } = over(() => ({
        ...{ status: 200, headers: new Headers() },
        body: { getReader: () => ({ read: async () => ({ done: false, value }), cancel() {} }) },
      }));
      await request();
      await exchange.read(1);
      assert.deepEqual(told.at(-1), ["chunk", 1, expected]);
    }
  });

  const reading = async (body: unknown) => {
    const { exchange, told, request } = over(() => ({ status: 200, headers: new Headers(), body }));
    await request();
    await exchange.read(1);
    exchange.abort();
    return told.slice(1);
  };
  const throws = () => {
    throw new Error("broken");
  };
  const wrong: Record<string, unknown> = {
    "of text": { getReader: () => ({ read: async () => ({ done: false, value: "text" }) }) },
    "of nothing": { getReader: () => ({ read: async () => ({ done: false }) }) },
    "without getReader": {},
    "whose getReader throws": { getReader: throws },
    "whose getReader gives nothing to read with": { getReader: () => ({}) },
    "whose read throws": { getReader: () => ({ read: throws, cancel: throws }) },
    "whose read rejects": { getReader: () => ({ read: () => Promise.reject(new Error()), cancel: throws }) },
    "whose read gives nothing": {
      getReader: () => ({ read: async () => null, cancel: () => Promise.reject(new Error()) }),
    },
  };
  for (const [name, value] of Object.entries(wrong)) {
    test(`${name} has failed`, async () => assert.deepEqual(await reading(value), [["failed", 1]]));
  }

  test("that somebody else reads has failed", async () => {
    const response = new Response("data: x\n\n");
    const { exchange, told, request } = over(() => response);
    await request();
    response.body?.getReader();
    await exchange.read(1);
    assert.deepEqual(told.at(-1), ["failed", 1]);
  });
});

describe("giving a request up", () => {
  test("aborts its signal and tells nobody but the failure that the signal makes", async () => {
    const signals: AbortSignal[] = [];
    const { exchange, told } = over(
      (_, init) =>
        new Promise((_, reject) => {
          const signal = init?.signal as AbortSignal;
          signals.push(signal);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const requested = exchange.request(1, 1, 0, header, "7");
    exchange.abort();
    assert.equal(signals[0]?.aborted, true);
    await requested;
    assert.deepEqual(told, [["failed", 1, 0, 0]]);
  });

  test("cancels the body that is being read", async () => {
    const { stream, cancelled } = body();
    const { exchange, request } = over(() => new Response(stream));
    await request();
    const reading = exchange.read(1);
    exchange.abort();
    await reading;
    assert.equal(cancelled.length, 1);
    exchange.abort();
    await turn();
    assert.equal(cancelled.length, 1);
  });

  test("cancels a body that nobody has begun to read", async () => {
    const { stream, cancelled } = body();
    const { exchange, request } = over(() => new Response(stream));
    await request();
    exchange.abort();
    assert.equal(cancelled.length, 1);
  });

  test("cancels the body of a fetch that did not hear of it and answers late", async () => {
    const { stream, cancelled } = body();
    let answer!: (response: Response) => void;
    const { exchange, told, request } = over(() => new Promise((resolve) => (answer = resolve)));
    const requested = request(1);
    exchange.abort();
    answer(new Response(stream));
    await requested;
    assert.equal(cancelled.length, 1);
    assert.equal(exchange.response, undefined);
    assert.deepEqual(told, [["failed", 1, 0, 0]]);
  });

  test("leaves a late answer no place that the next request's has", async () => {
    const answers: ((response: Response) => void)[] = [];
    const { exchange, told, request } = over(() => new Promise((resolve) => answers.push(resolve)));
    const first = request(1);
    exchange.abort();
    const second = request(2);
    answers[1]?.(new Response("", { status: 201 }));
    answers[0]?.(new Response("", { status: 418 }));
    await Promise.all([first, second]);
    assert.equal(exchange.response?.status, 201);
    assert.deepEqual(told.map(([what, token]) => `${what} ${token}`).sort(), ["failed 1", "response 2"]);
  });

  test("is no harm where there is no request", () => over(() => undefined).exchange.abort());
});
