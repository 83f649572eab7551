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
    ["transport", "native"],
    ["transport", null],
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
    ["maxEventSize", 2 ** 30 + 1],
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
    { maxEventSize: 2 ** 30 },
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
  test("nothing that was left out, so that the defaults are Rust's", () => {
    const { url: _, fetch: __, ...rest } = handed({ retry: {} });
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    assert.deepEqual(Object.fromEntries(given), {
      crossOrigin: false,
      fetchable: true,
      mixed: false,
      supported: true,
      withCredentials: false,
      credentials: "same-origin",
      method: "GET",
      jitter: -1,
      terminalNames: [],
      terminalFailed: [],
      latch: false,
      resumeHeader: false,
      classify: false,
    });
  });

  test("numbers by name, retry flattened, jitter as a number", () => {
    const init = handed({
      retry: { initial: 5, factor: 3, max: 6, jitter: "equal", floor: 1, serverMax: 700 },
      connectTimeout: "auto",
      idleTimeout: 9,
      maxRetries: 2,
    });
    const { initial, factor, max, jitter, floor, serverMax, connectTimeout, idleTimeout, maxRetries } = init;
    assert.deepEqual(
      [initial, factor, max, jitter, floor, serverMax, connectTimeout, idleTimeout, maxRetries],
      [5, 3, 6, 1, 1, 700, "auto", 9, 2],
    );
    assert.equal(handed({ retry: { jitter: "full" } }).jitter, 0);
  });

  test("terminal names with their outcomes", () => {
    const names = handed({ terminal: ["done"] });
    assert.deepEqual([names.terminalNames, names.terminalFailed], [["done"], []]);
    const outcomes = handed({ terminal: { good: "completed", bad: "failed" } });
    assert.deepEqual([outcomes.terminalNames, outcomes.terminalFailed], [["good", "bad"], ["bad"]]);
    assert.deepEqual(handed({ terminal: () => true }).terminalNames, []);
  });

  test("the latch, on where terminal is set and the method is GET", () => {
    assert.equal(handed({}).latch, false);
    assert.equal(handed({ terminal: [] }).latch, false);
    assert.equal(handed({ terminal: ["done"] }).latch, true);
    assert.equal(handed({ terminal: () => false }).latch, true);
    assert.equal(handed({ terminal: ["done"], method: "POST" }).latch, false);
    assert.equal(handed({ terminal: ["done"], latch: false }).latch, false);
    assert.equal(handed({ latch: "key" }).latch, true);
  });

  test("the method upper-cased, resume apart, headers and params copied", () => {
    assert.equal(handed({ method: "post" }).method, "POST");
    assert.deepEqual(
      [handed({ resume: "header" }).resumeHeader, handed({ resume: { query: "q" } }).resumeQuery],
      [true, "q"],
    );
    assert.deepEqual([handed({ resume: "auto" }).resumeHeader, handed({}).resumeQuery], [false, undefined]);
    const given = { a: "1" };
    const { headers, params } = handed({ headers: given, params: given });
    given.a = "2";
    assert.equal((headers as Headers).get("a"), "1");
    assert.equal(String(params), "a=1");
  });

  test("nothing that names the page's own objects: parse, terminal, signal, debug", () => {
    const { signal } = new AbortController();
    const init = handed({ parse: JSON.parse, terminal: () => false, signal, debug: () => {} });
    for (const name of ["parse", "terminal", "signal", "debug", "retry"]) assert.ok(!(name in init), name);
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
      assert.equal(handed({}, odd).fetchable, false, odd);
    }
    for (const fine of ["data:text/event-stream,", "blob:https://example.test/1", "http://a.test/"]) {
      assert.equal(handed({}, fine).fetchable, true, fine);
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
      assert.equal(handed({}, "stream").url, "https://page.test/base/stream");
      delete (globalThis as { document?: unknown }).document;
      assert.equal(handed({}, "stream").url, "https://page.test/stream");
    });
  });

  test("another origin and mixed content are told, loopback is not mixed", () => {
    onPage("https://page.test/", () => {
      const facts = (at: string) => {
        const { crossOrigin, mixed } = handed({}, at);
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
    onPage("http://page.test/", () => assert.equal(handed({}, "http://other.test/").mixed, false));
  });
});
