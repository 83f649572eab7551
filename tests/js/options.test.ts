// Options: what is refused, what is warned of, and what Rust is handed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ResilientEventSourceInit } from "../../src/js/types.ts";
import { loadClass, logged } from "./support/fake.ts";

const url = "https://example.test/stream";
const loaded = await loadClass();
const { ResilientEventSource } = loaded;

/** What Rust is handed for these options. */
function handed(init?: ResilientEventSourceInit, at: string | URL = url) {
  const source = new ResilientEventSource(at, init);
  const machine = loaded.latest();
  source.close();
  return machine.init;
}

describe("refused, by name and before anything is done", () => {
  const stream = new ReadableStream();
  const cases: [name: string, value: unknown, also?: object][] = [
    ["transport", "polling"],
    ["transport", null],
    ["headers", {}, { transport: "native" }],
    ["fetch", fetch, { transport: "native" }],
    ["method", "POST", { transport: "native" }],
    ["resume", "header", { transport: "native" }],
    ["headers", 5],
    ["headers", "a: b"],
    ["headers", null],
    ["headers", { "bad name": "x" }],
    ["headers", { a: "line\nbreak" }],
    ["params", "a=b"],
    ["params", null],
    ["method", 5],
    ["method", ""],
    ["method", "GE T"],
    ["method", "CONNECT"],
    ["method", "trace"],
    ["method", "Track"],
    ["body", "text"],
    ["body", "text", { method: "head" }],
    ["body", stream, { method: "POST" }],
    ["fetch", {}],
    ["retry", 5],
    ["retry", null],
    ["retry.initial", -1],
    ["retry.initial", Infinity],
    ["retry.factor", 0.5],
    ["retry.max", "30"],
    ["retry.jitter", "half"],
    ["retry.floor", NaN],
    ["retry.serverMax", 499],
    ["maxRetries", -1],
    ["maxRetries", 1.5],
    ["giveUpAfter", -1],
    ["giveUpAfter", null],
    ["resetAfter", "10"],
    ["connectTimeout", 0],
    ["connectTimeout", "never"],
    ["connectTimeout", Infinity],
    ["idleTimeout", -1],
    ["idleTimeout", ""],
    ["heartbeatEvents", "ping"],
    ["heartbeatEvents", [1]],
    ["stallAfter", -1],
    ["notFoundGrace", -1],
    ["notFoundDelay", -1],
    ["terminal", "done"],
    ["terminal", [1]],
    ["terminal", { done: "finished" }],
    ["terminal", null],
    ["latch", ""],
    ["latch", 1],
    ["lastEventId", 5],
    ["lastEventId", "a\nb"],
    ["lastEventId", "a\rb"],
    ["lastEventId", "a\0b"],
    ["resume", "query"],
    ["resume", {}],
    ["resume", { query: "" }],
    ["resume", null],
    ["parse", true],
    ["pauseWhenHidden", 1],
    ["pauseWhenOffline", "yes"],
    ["maxEventSize", 1023],
    ["maxEventSize", 2 ** 28 + 1],
    ["maxEventSize", 2048.5],
    ["classify", "retry"],
    ["signal", {}],
    ["signal", null],
    ["debug", "on"],
  ];
  for (const [name, value, also] of cases) {
    const shown = typeof value === "object" ? (JSON.stringify(value) ?? "") : String(value);
    test(`${name}: ${shown}${also ? ` with ${JSON.stringify(also)}` : ""}`, () => {
      const count = loaded.sources.length;
      const [outer = "", inner] = name.split(".");
      const init = { ...also, [outer]: inner ? { [inner]: value } : value };
      assert.throws(
        () => new ResilientEventSource(url, init),
        (error: Error) =>
          error instanceof TypeError &&
          error.message.includes(`option ${name} takes `) &&
          !/undefined/.test(error.message),
      );
      assert.equal(loaded.sources.length, count);
    });
  }

  test("an init that is no object", () => {
    assert.throws(() => new ResilientEventSource(url, 5 as never), TypeError);
    assert.doesNotThrow(() => new ResilientEventSource(url, null as never).close());
  });

  test("a bad option makes no registry and no warning", async () => {
    const mark = Symbol.for("resilient-eventsource");
    const scope = globalThis as Record<symbol, unknown>;
    const before = scope[mark];
    delete scope[mark];
    try {
      const calls = await logged("warn", () => {
        assert.throws(() => new ResilientEventSource(url, { nonsense: 1, retry: 5 } as never));
      });
      assert.equal(scope[mark], undefined);
      assert.deepEqual(calls, []);
    } finally {
      scope[mark] = before;
    }
  });
});

describe("accepted at the edges of their ranges", () => {
  for (const init of [
    { retry: { initial: 0, factor: 1, max: 0, floor: 0, serverMax: 500, jitter: "none" } },
    { maxRetries: 0, giveUpAfter: 0, resetAfter: 0, connectTimeout: 1, idleTimeout: 0 },
    { maxRetries: Infinity, giveUpAfter: Infinity, connectTimeout: "auto", idleTimeout: "auto" },
    { maxEventSize: 1024 },
    { maxEventSize: 2 ** 28 },
    { method: "patch", body: "x" },
    { body: null as never },
    { terminal: [] },
    { terminal: {} },
    { resume: { query: "from" } },
  ] as ResilientEventSourceInit[]) {
    test(JSON.stringify(init), () => assert.doesNotThrow(() => handed(init)));
  }
});

describe("unknown names", () => {
  test("are warned of once a page each, members of retry alike, and undefined is absent", async () => {
    const init = {
      onmessage: 1,
      retry: { delay: 5, max: undefined, toString: 1 },
      share: true,
      other: undefined,
      constructor: 1,
    } as never;
    const calls = await logged("warn", async () => {
      new ResilientEventSource(url, init);
      new ResilientEventSource(url, init);
      const second = await loadClass();
      new second.ResilientEventSource(url, init);
    });
    assert.deepEqual(calls.map(([text]) => /option (\S+),/.exec(String(text))?.[1]).sort(), [
      "constructor",
      "onmessage",
      "retry.delay",
      "retry.toString",
      "share",
    ]);
  });
});

describe("what Rust is handed", () => {
  test("nothing that was left out but the heartbeats, so that the defaults are Rust's", () => {
    const { numbers, flags, jitter, texts } = handed({ retry: {} });
    for (const [name, number] of Object.entries(numbers)) assert.equal(number, NaN, name);
    assert.equal(jitter, "full");
    const heartbeatEvents = "heartbeat\nping\nkeepalive\nconnected";
    assert.deepEqual(texts, { heartbeatEvents, lastEventId: "" });
    assert.deepEqual(flags, {
      latch: false,
      classify: false,
      pauseWhenHidden: false,
      pauseWhenOffline: true,
      repeatable: true,
      freshCredentials: false,
      crossOrigin: false,
      fetchable: true,
      mixed: false,
      supported: true,
      resumeHeader: false,
      resumeQuery: false,
      native: false,
    });
  });

  const numbers = {
    maxRetries: 5,
    giveUpAfter: 6,
    resetAfter: 7,
    stallAfter: 8,
    notFoundGrace: 9,
    notFoundDelay: 10,
    connectTimeout: 11,
    idleTimeout: 12,
    maxEventSize: 1313,
  };
  const retry = { initial: 1, max: 2, floor: 3, serverMax: 4444, factor: 14 };

  test("numbers by name, retry flattened", () => {
    assert.deepEqual(handed({ ...numbers, retry }).numbers, { ...numbers, ...retry });
  });

  test("auto as what was left out, infinity as it is", () => {
    const { connectTimeout, idleTimeout, maxRetries, giveUpAfter } = handed({
      connectTimeout: "auto",
      idleTimeout: "auto",
      maxRetries: Infinity,
      giveUpAfter: Infinity,
    }).numbers;
    assert.deepEqual([connectTimeout, idleTimeout, maxRetries, giveUpAfter], [NaN, NaN, Infinity, Infinity]);
  });

  for (const jitter of ["full", "equal", "none"] as const) {
    test(`the jitter ${jitter}`, () => assert.equal(handed({ retry: { jitter } }).jitter, jitter));
  }

  test("each flag, apart from its neighbours", () => {
    const plain = handed().flags;
    const given: [ResilientEventSourceInit, Partial<typeof plain>][] = [
      [{ latch: "key" }, { latch: true }],
      [{ classify: () => "retry" }, { classify: true }],
      [{ pauseWhenHidden: true }, { pauseWhenHidden: true }],
      [{ pauseWhenHidden: false, pauseWhenOffline: false }, { pauseWhenOffline: false }],
      [{ method: "POST" }, { repeatable: false }],
      [{ headers: () => ({}) }, { freshCredentials: true }],
      [{ params: () => ({}) }, { freshCredentials: true }],
      [{ headers: {}, params: {} }, {}],
      [{ resume: "header" }, { resumeHeader: true }],
      [{ resume: { query: "q" } }, { resumeQuery: true }],
      [{ resume: "auto" }, {}],
    ];
    for (const [init, flags] of given) {
      assert.deepEqual(handed(init).flags, { ...plain, ...flags }, JSON.stringify(init));
    }
  });

  describe("the transport", () => {
    /** `[native, supported]`, with what the platform has. */
    const transport = (init: ResilientEventSourceInit, has: { streams?: boolean; source?: boolean }) => {
      const before = Object.getOwnPropertyDescriptor(Response.prototype, "body") as PropertyDescriptor;
      const scope = globalThis as { EventSource?: unknown };
      if (!has.streams) delete (Response.prototype as { body?: unknown }).body;
      if (has.source) scope.EventSource = class extends EventTarget {};
      try {
        const { native, supported } = handed(init).flags;
        return [native, supported];
      } finally {
        Object.defineProperty(Response.prototype, "body", before);
        delete scope.EventSource;
      }
    };

    test("auto is fetch where bodies are streamed, or a fetch was given, and else native", () => {
      assert.deepEqual(transport({}, { streams: true, source: true }), [false, true]);
      assert.deepEqual(transport({}, { source: true }), [true, true]);
      assert.deepEqual(transport({ fetch }, { source: true }), [false, true]);
      assert.deepEqual(transport({}, {})[1], false);
    });

    test("auto is nothing where only native is there and an option needs fetch", () => {
      for (const init of [{ headers: { a: "b" } }, { method: "POST" }, { resume: "header" }] as const)
        assert.deepEqual(transport(init, { source: true }), [true, false]);
      assert.deepEqual(transport({ params: { a: "b" } }, { source: true }), [true, true]);
    });

    test("one that was asked for is taken, or unsupported", () => {
      const all = { streams: true, source: true };
      assert.deepEqual(transport({ transport: "native" }, all), [true, true]);
      assert.deepEqual(transport({ transport: "fetch" }, all), [false, true]);
      assert.deepEqual(transport({ transport: "native" }, { streams: true }), [true, false]);
      assert.deepEqual(transport({ transport: "fetch" }, { source: true }), [false, false]);
    });
  });

  test("heartbeats, and no name that could be taken for two", () => {
    const heartbeats = (heartbeatEvents: string[]) => handed({ heartbeatEvents }).texts.heartbeatEvents;
    assert.equal(heartbeats(["a", "naïve"]), "a\nnaïve");
    assert.equal(heartbeats(["a\nb", "c", "d\re"]), "c");
    assert.equal(heartbeats([]), "");
  });

  test("the last event id", () => {
    assert.equal(handed({ lastEventId: "é 1" }).texts.lastEventId, "é 1");
  });

  test("the latch, on where terminal is set and the method is GET", () => {
    const latch = (init: ResilientEventSourceInit) => handed(init).flags.latch;
    assert.equal(latch({}), false);
    assert.equal(latch({ terminal: [] }), false);
    assert.equal(latch({ terminal: ["done"] }), true);
    assert.equal(latch({ terminal: () => false }), true);
    assert.equal(latch({ terminal: ["done"], method: "POST" }), false);
    assert.equal(latch({ terminal: ["done"], method: "get" }), true);
    assert.equal(latch({ terminal: ["done"], latch: false }), false);
    assert.equal(latch({ latch: "key" }), true);
    assert.equal(latch({ latch: true }), true);
  });

  test("each option read once", () => {
    let reads = 0;
    handed({
      get giveUpAfter() {
        return ++reads;
      },
    });
    assert.equal(reads, 1);
  });
});

describe("URLs", () => {
  test("what is no URL is a SyntaxError", () => {
    for (const bad of ["http://this is invalid/", "relative", "", undefined as never]) {
      assert.throws(
        () => new ResilientEventSource(bad),
        (error: DOMException) => error instanceof DOMException && error.name === "SyntaxError",
      );
    }
  });

  test("what cannot be fetched does not throw", () => {
    for (const odd of ["mailto:a@b", "about:blank", "ftp://example.test/", "x-y:z"]) {
      assert.equal(handed({}, odd).flags.fetchable, false, odd);
    }
    for (const fine of ["data:text/event-stream,", "blob:https://example.test/1", "http://a.test/"]) {
      assert.equal(handed({}, fine).flags.fetchable, true, fine);
    }
  });

  /** Stands on a page for the time of `run`. */
  function onPage(href: string, run: () => void) {
    const scope = globalThis as Record<string, unknown>;
    const { protocol, origin } = new URL(href);
    Object.assign(scope, {
      location: { href, protocol, origin },
      document: { baseURI: `${href}base/` },
      origin,
    });
    try {
      run();
    } finally {
      for (const name of ["location", "document", "origin"]) delete scope[name];
    }
  }

  test("a relative URL is resolved against the page's base URL, a worker's against its own", () => {
    onPage("https://page.test/", () => {
      assert.equal(new ResilientEventSource("stream").url, "https://page.test/base/stream");
      delete (globalThis as { document?: unknown }).document;
      assert.equal(new ResilientEventSource("stream").url, "https://page.test/stream");
    });
  });

  test("another origin and mixed content are told, loopback is not mixed", () => {
    onPage("https://page.test/", () => {
      const facts = (at: string) => {
        const { crossOrigin, mixed } = handed({}, at).flags;
        return [crossOrigin, mixed];
      };
      assert.deepEqual(facts("/a"), [false, false]);
      assert.deepEqual(facts("https://other.test/"), [true, false]);
      assert.deepEqual(facts("http://other.test/"), [true, true]);
      for (const host of ["localhost:1", "app.localhost", "127.0.0.1:1", "127.8.8.8", "[::1]:1"]) {
        assert.deepEqual(facts(`http://${host}/`), [true, false], host);
      }
      assert.deepEqual(facts("http://localhost.evil.test/"), [true, true]);
    });
    onPage("http://page.test/", () => assert.equal(handed({}, "http://other.test/").flags.mixed, false));
  });
});
