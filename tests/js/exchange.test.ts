// The fetch transport: what it tells of a request and its body, and what
// becomes of a custom `fetch` that answers with anything.
import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { createExchange } from "../../src/js/exchange.ts";
// The class with the built wasm beneath it.
import { ResilientEventSource, SourceErrorEvent } from "../../src/js/index.ts";
import { ENDED, FAILED, RESPONSE } from "../../src/js/inputs.ts";
import { requester } from "../../src/js/request.ts";
import type { ResilientEventSourceInit } from "../../src/js/types.ts";
import { loadClass, logged, next, reported, turn } from "./support/fake.ts";
import { serve } from "./support/server.ts";

const url = "https://example.test/stream";
const type = { "content-type": "text/event-stream" };

type Fetch = NonNullable<ResilientEventSourceInit["fetch"]>;
type Body = ConstructorParameters<typeof Response>[0];

/** An exchange over this `fetch`, with what the machine would be told. */
function prepare(fetch: (init: RequestInit) => unknown) {
  const told: string[] = [];
  const names = new Map([
    [RESPONSE, "response"],
    [ENDED, "ended"],
    [FAILED, "failed"],
  ]);
  const exchange = createExchange(
    requester({ url, method: "GET", fetch: (_, init) => fetch(init) } as Parameters<typeof requester>[0]),
    {
      input: (number, token, b) => told.push([names.get(number), token, ...(b ? [b] : [])].join(" ")),
      chunk: (token, bytes) => {
        assert.equal(bytes.constructor, Uint8Array, "bytes of this realm");
        told.push(`chunk ${token} [${bytes}]`);
      },
    },
    url,
  );
  return { exchange, told, request: (token: number) => exchange.request(token, 1, 0, 0, "") };
}

/** An exchange that has a response with this body at hand, under token 1. */
async function answered(body: Body) {
  const response = new Response(body, { headers: type });
  const made = prepare(() => response);
  await made.request(1);
  assert.deepEqual(made.told.splice(0), ["response 1 200"]);
  return { ...made, response };
}

/** What nobody handled while `run` ran: rejections and exceptions. */
async function unhandled(run: () => unknown): Promise<unknown[]> {
  const rejections: unknown[] = [];
  const before = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => rejections.push(reason));
  try {
    return [...(await reported(run)), ...rejections];
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of before) process.on("unhandledRejection", listener);
  }
}

describe("a response", () => {
  test("is told with its status, kept for the events, and its content type is a text", async () => {
    const response = new Response("", { status: 418, headers: { "content-type": "text/plain; a=b" } });
    const { exchange, told, request } = prepare(async () => response);
    await request(7);
    assert.deepEqual(told, ["response 7 418"]);
    assert.equal(exchange.response, response);
    assert.equal(exchange.contentType, "text/plain; a=b");
  });

  test("without a content type has an empty one, also after one that had it", async () => {
    const responses = [new Response("", { headers: type }), new Response(null)];
    const { exchange, request } = prepare(async () => responses.shift());
    await request(1);
    assert.equal(exchange.contentType, "text/event-stream");
    await request(2);
    assert.equal(exchange.contentType, "");
  });

  test("has the origin of its URL, or of what was asked for where it has none or a relative one", async () => {
    const origin = async (asked: string, answered?: string) => {
      const response = Object.defineProperty(new Response(""), "url", { value: answered ?? "" });
      const told: number[] = [];
      const exchange = createExchange(
        async () => response,
        { input: (number) => told.push(number), chunk: () => {} },
        asked,
      );
      await exchange.request(1, 1, 0, 0, "");
      assert.deepEqual(told, [RESPONSE]);
      return exchange.origin;
    };
    assert.equal(await origin("https://a.test/x", "https://b.test/y"), "https://b.test");
    assert.equal(await origin("https://a.test/x"), "https://a.test");
    assert.equal(await origin("https://a.test/x", "/y"), "https://a.test");
    assert.equal(await origin("data:text/event-stream,"), "null");
  });

  test("from elsewhere than the page's origin lets the id travel by the query where the header fails", async () => {
    const scope = globalThis as { origin?: string };
    scope.origin = "https://page.test";
    try {
      for (const [final, expected] of [
        ["https://moved.test/", ["-", "header", "query"]],
        ["https://page.test/moved", ["-", "header", "header"]],
      ] as const) {
        const ways: string[] = [];
        const source = new ResilientEventSource("https://page.test/stream", {
          retry: { initial: 0, floor: 0, jitter: "none" },
          fetch: async (target, { headers }) => {
            const way = (headers as Headers).has("last-event-id") ? "header" : target.split("?")[1];
            ways.push(way?.replace(/^lastEventId=1$/, "query") ?? "-");
            if (way === "header") throw new TypeError("refused");
            const failing = new ReadableStream({
              async pull(controller) {
                if (way) return;
                controller.enqueue(new TextEncoder().encode("id: 1\n\n"));
                await turn();
                controller.error(new Error("cut"));
              },
            });
            const response = new Response(failing, { headers: type });
            return Object.defineProperty(response, "url", { value: final });
          },
        });
        while (ways.length < expected.length) await turn();
        source.close();
        assert.deepEqual(ways, expected, final);
      }
    } finally {
      delete scope.origin;
    }
  });

  test("that is awaited hides the last one", async () => {
    const responses = [new Response(""), new Promise(() => {})];
    const { exchange, request } = prepare(async () => responses.shift());
    await request(1);
    request(2);
    assert.equal(exchange.response, undefined);
  });

  test("gives Rust its content type as text 2, in UTF-8", async () => {
    const loaded = await loadClass();
    new loaded.ResilientEventSource(url);
    await loaded.latest().respond(new Response("", { headers: { "content-type": "text/é" } }));
    assert.equal(Buffer.from(loaded.latest().host.text(2)).toString(), "text/é");
  });
});

describe("Retry-After", () => {
  async function read(value?: string) {
    const told: unknown[] = [];
    const response = new Response("", { headers: value === undefined ? {} : { "retry-after": value } });
    const exchange = createExchange(
      async () => response,
      {
        input: (...input) => told.push(input[3]),
        chunk: () => {},
      },
      url,
    );
    await exchange.request(1, 1, 0, 0, "");
    return told[0];
  }

  for (const [value, expected] of [
    ["7", 7],
    ["0", 0],
    [" 120 ", 120],
    ["99999999999999999999999", 1e23],
    ["9".repeat(400), Infinity],
  ] as const) {
    test(`of ${value.slice(0, 25)} is seconds`, async () => assert.equal(await read(value), expected));
  }

  for (const [value, expected] of [
    ["Thu, 01 Jan 1970 00:00:10 GMT", -10_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", -784_111_777_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", -784_111_777_000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", -253_402_300_799_000],
    // Seconds are not negative, and so a date is never later than 1970.
    ["Thu, 01 Jan 1960 00:00:00 GMT", -1],
  ] as const) {
    test(`of ${value} is negative epoch milliseconds`, async () => assert.equal(await read(value), expected));
  }

  test("in the oldest form of an HTTP-date is GMT too, wherever the page is", async () => {
    const before = process.env.TZ;
    process.env.TZ = "America/New_York";
    try {
      assert.equal(await read("Sun Nov  6 08:49:37 1994"), -784_111_777_000);
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });

  for (const value of [
    undefined,
    "",
    "-5",
    "1.5",
    "1e3",
    "0x10",
    "7 s",
    "7, 7",
    "soon",
    "Thu, 99 Foo 2000 00:00:00 GMT",
    "2094-11-06",
    "November 6, 2094",
  ]) {
    test(`of ${JSON.stringify(value)} is none`, async () => assert.ok(Number.isNaN(await read(value))));
  }
});

describe("a body", () => {
  test("is read in order, one chunk at a time, and only when that is asked for", async () => {
    let pulls = 0;
    const { exchange, told } = await answered(
      new ReadableStream(
        {
          pull(controller) {
            controller.enqueue(Uint8Array.of(++pulls));
          },
        },
        { highWaterMark: 0 },
      ),
    );
    await turn();
    assert.equal(pulls, 0);
    for (const [at, token] of [8, 9, 9].entries()) {
      await exchange.read(token);
      await turn();
      assert.equal(pulls, at + 1);
    }
    assert.deepEqual(told, ["chunk 8 [1]", "chunk 9 [2]", "chunk 9 [3]"]);
  });

  test("that ends has ended, after its chunks", async () => {
    const { exchange, told } = await answered("ab");
    await exchange.read(1);
    await exchange.read(1);
    assert.deepEqual(told, ["chunk 1 [97,98]", "ended 1"]);
  });

  test("that is null is an empty one", async () => {
    const { exchange, told } = await answered(null);
    await exchange.read(1);
    assert.deepEqual(told, ["ended 1"]);
  });

  test("that breaks off has failed, after its chunks", async () => {
    let pulls = 0;
    const { exchange, told } = await answered(
      new ReadableStream({
        pull(controller) {
          if (pulls++) controller.error(new TypeError("terminated"));
          else controller.enqueue(Uint8Array.of(1));
        },
      }),
    );
    await exchange.read(1);
    await exchange.read(1);
    assert.deepEqual(told, ["chunk 1 [1]", "failed 1"]);
  });

  const foreign: unknown = runInNewContext("Uint8Array.of(1, 2, 3)");
  for (const [what, chunk, expected] of [
    ["an empty chunk", new Uint8Array(), ""],
    ["part of a buffer", Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4), "1,2,3"],
    ["numbers of 16 bits", new Uint16Array(Uint8Array.of(9, 9, 1, 2, 3, 4).buffer, 2), "1,2,3,4"],
    ["a DataView", new DataView(Uint8Array.of(9, 1, 2).buffer, 1), "1,2"],
    ["a Buffer of Node's", Buffer.from([1, 2]), "1,2"],
    ["an array of another realm", foreign, "1,2,3"],
  ] as const) {
    test(`gives ${what} as its bytes`, async () => {
      const { exchange, told } = await answered(new ReadableStream({ start: (to) => to.enqueue(chunk) }));
      await exchange.read(1);
      assert.deepEqual(told, [`chunk 1 [${expected}]`]);
    });
  }

  for (const [what, chunk] of [
    ["a string", "data: x\n\n"],
    ["undefined", undefined],
    ["an array of numbers", [1, 2]],
    ["a view of memory that is gone", detached()],
  ] as const) {
    test(`whose chunk is ${what} has failed`, async () => {
      const { exchange, told } = await answered(new ReadableStream({ start: (to) => to.enqueue(chunk) }));
      await exchange.read(1);
      assert.deepEqual(told, ["failed 1"]);
    });
  }
});

function detached() {
  const bytes = Uint8Array.of(1);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  return Object.defineProperty(bytes, "byteLength", { value: 1 });
}

describe("a request that is given up", () => {
  test("before its answer is aborted, and nothing is told of it", async () => {
    const { exchange, told, request } = prepare(
      ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    );
    request(3);
    exchange.abort();
    await turn();
    assert.deepEqual(told, []);
    assert.equal(exchange.response, undefined);
  });

  test("but answered late by a fetch that ignores its signal has its body cancelled, and is no response", async () => {
    let answer = (_: Response) => {};
    let cancelled = 0;
    const { exchange, told, request } = prepare(() => new Promise((resolve) => (answer = resolve)));
    const first = request(1);
    const late = answer;
    exchange.abort();
    const second = request(2);
    const response = new Response("");
    answer(response);
    await second;
    late(new Response(new ReadableStream({ cancel: () => void cancelled++ })));
    await first;
    assert.deepEqual(told, ["response 2 200"]);
    assert.equal(exchange.response, response);
    assert.equal(cancelled, 1);
  });

  for (const [what, late] of [
    ["with nothing", undefined],
    ["without a body", new Response(null)],
    ["with a body that cannot be cancelled", { body: {} }],
    ["with a body that does not like to be", { body: { cancel: () => Promise.reject(new Error("no")) } }],
  ] as const) {
    test(`and answered late ${what} says nothing`, async () => {
      const { exchange, told, request } = prepare(async () => late);
      const made = request(1);
      exchange.abort();
      await made;
      assert.deepEqual(told, []);
    });
  }

  test("while its body is read cancels that once, and what it waited for is not told", async () => {
    const { exchange, told, response } = await answered(new ReadableStream());
    const body = response.body as ReadableStream;
    const reader = body.getReader();
    const { cancel } = reader;
    let cancelled = 0;
    reader.cancel = () => {
      cancelled++;
      return cancel.call(reader);
    };
    body.getReader = (() => reader) as typeof body.getReader;
    assert.deepEqual(
      await unhandled(async () => {
        const reading = exchange.read(1);
        exchange.abort();
        exchange.abort();
        await reading;
      }),
      [],
    );
    assert.equal(cancelled, 1);
    assert.deepEqual(told, []);
    assert.equal(exchange.response, response, "the events of its end tell of it");
  });

  test("before its body is read cancels that", async () => {
    let cancelled = 0;
    const { exchange } = await answered(new ReadableStream({ cancel: () => void cancelled++ }));
    exchange.abort();
    assert.equal(cancelled, 1);
  });

  for (const [what, body] of [
    ["cancel() throws", { cancel: () => assert.fail("thrown"), getReader: () => reader("throws") }],
    ["cancel() rejects", { cancel: () => Promise.reject(new Error()), getReader: () => reader("rejects") }],
    ["cancel is missing", { getReader: () => ({ read: () => new Promise(() => {}) }) }],
  ] as const) {
    for (const reading of [false, true]) {
      test(`throws nothing where ${what}${reading ? ", while it is read" : ""}`, async () => {
        const { exchange, request } = prepare(async () => ({ status: 200, headers: new Headers(), body }));
        await request(1);
        const errors = await unhandled(() => {
          if (reading) exchange.read(1);
          exchange.abort();
        });
        assert.deepEqual(errors, []);
      });
    }
  }
  const reader = (how: "throws" | "rejects") => ({
    read: () => new Promise(() => {}),
    cancel: () => (how === "throws" ? assert.fail("thrown") : Promise.reject(new Error())),
  });

  test("throws nothing where the body cannot even be asked for", async () => {
    const answer = new Response("");
    Object.defineProperty(answer, "body", { get: () => assert.fail("thrown") });
    const { exchange, request } = prepare(async () => answer);
    await request(1);
    assert.deepEqual(await unhandled(() => exchange.abort()), []);
  });

  test("before there was any is none", () => {
    const { exchange, told } = prepare(() => assert.fail("a request"));
    exchange.abort();
    assert.deepEqual(told, []);
  });
});

describe("a source over a custom fetch", () => {
  afterEach(() => ResilientEventSource.clear());

  const fast = { retry: { initial: 1, max: 1, floor: 0, jitter: "none" } } as const;
  const head = { status: 200, headers: new Headers(type) };
  const body = (read: () => unknown) => ({ ...head, body: { getReader: () => ({ read }) } });
  const locked = () => {
    const response = new Response("data: locked\n\n", { headers: type });
    response.body?.getReader();
    return response;
  };

  const strange: [what: string, answer: () => unknown][] = [
    ["undefined", () => undefined],
    ["null", () => null],
    ["a string", () => "data: x\n\n"],
    ["{}", () => ({})],
    ["an object without headers, and a status that is none", () => ({ status: 2 })],
    ["headers without get", () => ({ status: 200, headers: {} })],
    ["a status that is a BigInt", () => ({ ...head, status: 200n })],
    ["a status that is a symbol", () => ({ ...head, status: Symbol.iterator })],
    [
      "a status that cannot be read",
      () => Object.defineProperty({ ...head }, "status", { get: assert.fail }),
    ],
    ["a content type that is a symbol", () => ({ status: 200, headers: { get: () => Symbol.iterator } })],
    [
      "a content type that is no text",
      () => ({ ...head, headers: { get: (name: string) => name === "content-type" && Object.create(null) } }),
    ],
    ["a promise that rejects", () => Promise.reject(new Error("no network"))],
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is meant
    ["a thenable that throws", () => Object.defineProperty({}, "then", { get: assert.fail })],
    ["a throw", () => assert.fail("thrown")],
    ["a body without getReader", () => ({ ...head, body: {} })],
    ["a body that is a string", () => ({ ...head, body: "data: x\n\n" })],
    [
      "a body that cannot be asked for",
      () => Object.defineProperty({ ...head }, "body", { get: assert.fail }),
    ],
    ["a locked body", locked],
    ["a getReader that throws", () => ({ ...head, body: { getReader: assert.fail } })],
    ["a getReader that gives undefined", () => ({ ...head, body: { getReader: () => undefined } })],
    ["a read() that throws", () => body(assert.fail)],
    ["a read() that rejects", () => body(() => Promise.reject(new Error("cut")))],
    ["a read() that gives undefined", () => body(() => undefined)],
    ["a read() that gives a number", () => body(() => 5)],
    ["a read() that gives null, later", () => body(async () => null)],
    ["a chunk of text", () => body(async () => ({ done: false, value: "data: x\n\n" }))],
  ];

  for (const [what, answer] of strange) {
    test(`that answers ${what}: a network failure of this attempt alone`, async () => {
      const errors = await unhandled(async () => {
        const logs = await logged("error", async () => {
          let attempts = 0;
          const fetch = (async () =>
            attempts++ ? new Response("data: good\n\n", { headers: type }) : answer()) as Fetch;
          const source = new ResilientEventSource(url, { ...fast, fetch });
          const seen: unknown[] = [];
          await new Promise<void>((resolve) => {
            source.onmessage = ({ data }) => resolve(void seen.push(data));
            source.onerror = (event) => {
              assert.ok(event instanceof SourceErrorEvent);
              seen.push([event.reason, event.attempt]);
              if (event.fatal) resolve();
            };
          });
          assert.deepEqual(seen, [["network", 1], "good"]);
          assert.equal(attempts, 2);
          source.close();
        });
        assert.deepEqual(logs, [], "no fault of the library's");
      });
      assert.deepEqual(errors, []);
    });
  }

  test("whose body is locked between answer and read: likewise", async () => {
    const errors = await unhandled(async () => {
      const responses = ["bad", "good"].map((data) => new Response(`data: ${data}\n\n`, { headers: type }));
      const [bad] = responses;
      const source = new ResilientEventSource(url, {
        ...fast,
        fetch: async () => responses.shift() as Response,
      });
      source.onopen = () => responses.length && bad?.body?.getReader();
      const error = next<InstanceType<typeof SourceErrorEvent>>(source, "error");
      const message = next(source, "message");
      assert.equal((await error).reason, "network");
      assert.equal((await message).data, "good");
      source.close();
    });
    assert.deepEqual(errors, []);
  });

  test("is told of nothing that answers after reset()", async () => {
    const answers: ((response: Response) => void)[] = [];
    const signals: (AbortSignal | null | undefined)[] = [];
    const source = new ResilientEventSource(url, {
      fetch: (_, { signal }) => {
        signals.push(signal);
        return new Promise((resolve) => answers.push(resolve));
      },
    });
    source.reset();
    assert.deepEqual(
      signals.map((signal) => signal?.aborted),
      [true, false],
    );
    let cancelled = 0;
    answers[0]?.(new Response(new ReadableStream({ cancel: () => void cancelled++ }), { headers: type }));
    await turn();
    assert.deepEqual([source.state, cancelled], ["connecting", 1]);
    const open = next<Event & { headers: Headers }>(source, "open");
    answers[1]?.(new Response(new ReadableStream(), { headers: { ...type, "x-answer": "2" } }));
    assert.equal((await open).headers.get("x-answer"), "2");
  });

  for (const [how, cancel] of [
    ["works", () => Promise.resolve()],
    ["throws", () => assert.fail("thrown")],
    ["rejects", () => Promise.reject(new Error("no"))],
  ] as const) {
    test(`aborts the signal and cancels the reader, once, in close(), where cancel() ${how}`, async () => {
      let cancelled = 0;
      let signal: AbortSignal | null | undefined;
      const errors = await unhandled(async () => {
        const reader = {
          read: () => new Promise(() => {}),
          cancel() {
            cancelled++;
            return cancel();
          },
        };
        const source = new ResilientEventSource(url, {
          fetch: async (_, init) => {
            signal = init.signal;
            return { ...head, body: { getReader: () => reader } } as unknown as Response;
          },
        });
        await next(source, "open");
        await turn();
        assert.equal(signal?.aborted, false);
        source.close();
        source.close();
        assert.equal(source.state, "closed");
      });
      assert.deepEqual(errors, []);
      assert.deepEqual([signal?.aborted, cancelled], [true, 1]);
    });
  }
});

describe("classify may still read the body of a refused response", async () => {
  const server = await serve();
  after(() => server.close());
  afterEach(() => ResilientEventSource.clear());

  test("of the platform's fetch, before anything is aborted", async () => {
    const texts: (string | undefined)[] = [];
    const source = new ResilientEventSource(server.url, {
      classify: async ({ response }) => {
        texts.push(await response?.text());
        return "fatal" as const;
      },
    });
    const error = next<InstanceType<typeof SourceErrorEvent>>(source, "error");
    const { response } = await server.next();
    response.writeHead(503).flushHeaders();
    response.end("because");
    const { status, fatal } = await error;
    assert.deepEqual([texts, status, fatal], [["because"], 503, true]);
  });

  test("and keep it locked: nothing goes unhandled", async () => {
    const errors = await unhandled(async () => {
      const source = new ResilientEventSource(url, {
        fetch: async () => new Response("because", { status: 503 }),
        classify: ({ response }) => {
          response?.body?.getReader();
          return "fatal";
        },
      });
      const { fatal } = await next<InstanceType<typeof SourceErrorEvent>>(source, "error");
      assert.equal(fatal, true);
    });
    assert.deepEqual(errors, []);
  });
});
