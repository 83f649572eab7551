// The built package in Node, against a real server: class, glue and wasm as
// they are shipped.
import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { logged, next, reported, turn } from "./support/fake.ts";
import { type Exchange, serve } from "./support/server.ts";

type Package = typeof import("../../src/js/index.ts");
type Init = import("../../src/js/index.ts").ResilientEventSourceInit;
const built = new URL("../../pkg/index.js", import.meta.url).href;
const { ResilientEventSource, SourceErrorEvent, SourceOpenEvent, StreamCompleteEvent } = (await import(
  built
)) as Package;
type Source = InstanceType<typeof ResilientEventSource>;

const server = await serve();
after(() => server.close());
afterEach(() => ResilientEventSource.clear());

/** Delays that a test does not have to wait for. */
const fast = { initial: 1, max: 2, floor: 0, jitter: "none" } as const;

let count = 0;
/** A source at a URL of its own. */
function connect(init: Init = {}) {
  return new ResilientEventSource(`${server.url}/${count++}?q`, { retry: fast, ...init });
}

/** A source with its stream open. */
async function opened(init: Init = {}, text?: string): Promise<{ source: Source; exchange: Exchange }> {
  const source = connect(init);
  const open = next(source, "open");
  const exchange = await server.next();
  exchange.stream(text);
  await open;
  return { source, exchange };
}

const nextError = (source: Source) => next<InstanceType<typeof SourceErrorEvent>>(source, "error");

test("every class is named as it is exported, though the package is minified", async () => {
  const names = Object.entries(await import(built)).map(([name, value]) => [
    name,
    (value as { name?: string }).name,
  ]);
  assert.ok(names.length > 5);
  for (const [name, own] of names) assert.equal(own, name);
});

describe("a stream", () => {
  test("opens with status and headers, and its events arrive with data, type, id and origin", async () => {
    const source = connect();
    assert.equal(source.state, "connecting");
    const open = next<InstanceType<typeof SourceOpenEvent>>(source, "open");
    const exchange = await server.next();
    assert.equal(exchange.request.headers.accept, "text/event-stream");
    exchange.stream(": hello\n\n", { "x-run": "7" });
    const { status, headers } = await open;
    assert.deepEqual([status, headers?.get("x-run"), source.readyState], [200, "7", 1]);

    const message = next(source, "message");
    const tick = next(source, "tick");
    exchange.response.write("id: é1\ndata: one\ndata: two\n\nevent: tick\ndata: 𝄞\n\n");
    const { data, lastEventId, origin } = await message;
    assert.deepEqual([data, lastEventId, origin], ["one\ntwo", "é1", new URL(server.url).origin]);
    assert.equal((await tick).data, "𝄞");
    assert.equal(source.lastEventId, "é1");
    await turn();
    assert.equal(source.stats().events, 2);
  });

  test("whose bytes come one by one is the same stream", async () => {
    const { source, exchange } = await opened();
    const message = next(source, "message");
    for (const byte of Buffer.from("\ufeffid: ü\r\ndata: ✓\r\n\r\n")) {
      exchange.response.write(Buffer.from([byte]));
      await turn();
    }
    const { data, lastEventId } = await message;
    assert.deepEqual([data, lastEventId], ["✓", "ü"]);
  });

  test("that is cut is resumed after the last event that was dispatched", async () => {
    const { source, exchange } = await opened({}, "id: 41\ndata: x\n\n");
    await next(source, "message");
    exchange.response.write("id: 42\ndata: unfinished");
    await turn();
    const error = nextError(source);
    exchange.response.destroy();
    const again = await server.next();
    assert.equal(again.request.headers["last-event-id"], "41");
    const { reason, fatal, retryIn, attempt } = await error;
    assert.deepEqual([reason, fatal, attempt], ["network", false, 1]);
    assert.ok(retryIn !== null && retryIn <= 2);
    const message = next(source, "message");
    again.stream("id: 42\ndata: y\n\n");
    assert.equal((await message).data, "y");
    assert.equal(source.lastEventId, "42");
  });

  test("that its server asks to wait with is waited with", async () => {
    const { source, exchange } = await opened({}, "retry: 700\n\n");
    const error = nextError(source);
    exchange.response.destroy();
    const { retryIn } = await error;
    assert.ok(retryIn !== null && retryIn >= 700, String(retryIn));
  });

  test("closed in a handler dispatches nothing more, and the server sees the client go", async () => {
    const source = connect();
    const exchange = await server.next();
    const seen: string[] = [];
    source.onmessage = ({ data }) => {
      seen.push(data);
      source.close();
    };
    exchange.stream("data: 1\n\ndata: 2\n\n");
    await exchange.gone;
    assert.deepEqual(seen, ["1"]);
    assert.equal(source.state, "closed");
    assert.equal(source.stats().events, 1);
  });
});

describe("a request", () => {
  test("is made before the constructor returns", () => {
    let asked = 0;
    connect({
      fetch: () => {
        asked++;
        return new Promise(() => {});
      },
    });
    assert.equal(asked, 1);
  });

  test("asks headers and params before every attempt", async () => {
    const asked: unknown[] = [];
    const source = connect({
      headers: async ({ attempt, reason }) => {
        asked.push([attempt, reason]);
        return { authorization: `token ${asked.length}` };
      },
      params: ({ attempt }) => ({ ticket: String(attempt) }),
    });
    const first = await server.next();
    assert.equal(first.request.headers.authorization, "token 1");
    assert.match(first.request.url ?? "", /\?q&ticket=1$/);
    first.status(503);
    const second = await server.next();
    assert.equal(second.request.headers.authorization, "token 2");
    assert.deepEqual(asked, [
      [1, "start"],
      [2, "http-status"],
    ]);
    assert.doesNotMatch(source.url, /ticket/);
  });

  test("whose headers reject has failed, and is tried again", async () => {
    let calls = 0;
    const source = connect({
      headers: () => (calls++ ? { fine: "yes" } : Promise.reject(new Error("no token"))),
    });
    assert.equal((await nextError(source)).reason, "headers");
    assert.equal((await server.next()).request.headers.fine, "yes");
  });

  test("posts its body", async () => {
    connect({ method: "post", body: "question" });
    const { request } = await server.next();
    assert.equal(request.method, "POST");
    const chunks = await request.toArray();
    assert.equal(String(chunks), "question");
  });

  test("resumes from the option lastEventId, and by query where that is asked for", async () => {
    connect({ lastEventId: "ü9", resume: { query: "from" } });
    const { request } = await server.next();
    assert.match(request.url ?? "", /from=%C3%BC9/);
    assert.equal(request.headers["last-event-id"], undefined);
  });
});

describe("an end", () => {
  test("204 completes, with the error of the standard", async () => {
    const source = connect();
    const error = nextError(source);
    const complete = next<InstanceType<typeof StreamCompleteEvent>>(source, "streamcomplete");
    (await server.next()).status(204);
    const { reason, fatal, retryIn } = await error;
    assert.deepEqual([reason, fatal, retryIn], ["no-content", false, null]);
    const { outcome, terminalType, latched } = await complete;
    assert.deepEqual([outcome, terminalType, latched], ["completed", null, false]);
    assert.deepEqual([source.state, source.readyState], ["completed", 2]);
  });

  test("401 is tried once more at once where headers is a function, then fatal", async () => {
    const source = connect({ headers: () => ({}) });
    const errors: unknown[] = [];
    const failed = new Promise<void>((resolve) => {
      source.onerror = (event) => {
        assert.ok(event instanceof SourceErrorEvent);
        errors.push([event.status, event.fatal, event.retryIn]);
        if (event.fatal) resolve();
      };
    });
    (await server.next()).status(401);
    (await server.next()).status(401);
    await failed;
    assert.deepEqual(errors, [
      [401, false, 0],
      [401, true, null],
    ]);
    assert.equal(source.state, "failed");
  });

  test("reconnect() revives what failed", async () => {
    const source = connect();
    (await server.next()).status(403);
    await nextError(source);
    const open = next(source, "open");
    source.reconnect();
    (await server.next()).stream();
    await open;
  });

  test("too many failures give up, and the iterator says so", async () => {
    const source = connect({ maxRetries: 1 });
    const events = source[Symbol.asyncIterator]();
    (await server.next()).status(500);
    (await server.next()).status(500);
    await assert.rejects(events.next(), /HTTP 500.*reconnect\(\)/);
    assert.deepEqual([source.state, source.readyState], ["gaveup", 0]);
  });

  test("classify decides before the rules", async () => {
    const source = connect({ classify: ({ status }) => (status === 403 ? { retryIn: 1 } : "complete") });
    const complete = next<InstanceType<typeof StreamCompleteEvent>>(source, "streamcomplete");
    (await server.next()).status(403);
    (await server.next()).status(500);
    assert.equal((await complete).latched, false);
  });
});

describe("a terminal event", () => {
  test("by name: dispatched, then complete; nothing after it; its key latched", async () => {
    const init = { terminal: { run_failed: "failed" }, latch: "run 1" } as const;
    const source = connect(init);
    const seen: string[] = [];
    const complete = next<InstanceType<typeof StreamCompleteEvent>>(source, "streamcomplete");
    source.onerror = () => seen.push("error");
    source.onmessage = ({ data }) => seen.push(data);
    source.addEventListener("run_failed", () => seen.push("run_failed"));
    const exchange = await server.next();
    exchange.stream("data: 1\n\nid: 9\nevent: run_failed\ndata\n\ndata: 2\n\n");
    const { outcome, terminalType, lastEventId, latched } = await complete;
    assert.deepEqual([outcome, terminalType, lastEventId, latched], ["failed", "run_failed", "9", false]);
    assert.deepEqual(seen, ["1", "run_failed"]);
    await exchange.gone;

    const requests = server.requests.length;
    const second = connect(init);
    assert.equal(second.state, "completed");
    const again = await next<InstanceType<typeof StreamCompleteEvent>>(second, "streamcomplete");
    assert.deepEqual([again.outcome, again.latched], ["failed", true]);
    assert.equal(server.requests.length, requests);

    second.reset();
    (await server.next()).stream();
    await next(second, "open");
  });

  test("by a function over parsed data", async () => {
    const source = connect({ parse: JSON.parse, terminal: ({ data }) => data.final });
    const complete = next<InstanceType<typeof StreamCompleteEvent>>(source, "streamcomplete");
    (await server.next()).stream('data: {"final":false}\n\ndata: {"final":true}\n\ndata: {}\n\n');
    assert.equal((await complete).terminalType, "message");
    assert.equal(source.stats().events, 2);
    assert.equal(ResilientEventSource.unlatch(source.url), true);
  });

  test("whose handler closes: completed with its outcome, and no streamcomplete", async () => {
    const source = connect({ terminal: ["done"] });
    source.addEventListener("streamcomplete", () => assert.fail("streamcomplete after close()"));
    const exchange = await server.next();
    source.addEventListener("done", () => source.close());
    exchange.stream("event: done\ndata\n\n");
    await exchange.gone;
    await turn();
    assert.deepEqual([source.state, source.snapshot.outcome], ["completed", "completed"]);
    assert.equal(ResilientEventSource.unlatch(source.url), true);
  });
});

describe("the caller", () => {
  test("iterates over a stream to its terminal event", async () => {
    const source = connect({ terminal: ["done"] });
    (await server.next()).stream("data: 1\n\nevent: tick\ndata: 2\n\nevent: done\ndata: 3\n\n");
    const seen: string[] = [];
    for await (const { type, data } of source) seen.push(`${type} ${data}`);
    assert.deepEqual(seen, ["message 1", "tick 2", "done 3"]);
  });

  test("aborts a signal, and the request goes", async () => {
    const controller = new AbortController();
    const { source, exchange } = await opened({ signal: controller.signal });
    controller.abort();
    assert.deepEqual([source.state, source.snapshot.reason], ["closed", "aborted"]);
    await exchange.gone;
  });

  test("clears every source and latch", async () => {
    const { source, exchange } = await opened();
    ResilientEventSource.clear();
    assert.equal(source.state, "closed");
    await exchange.gone;
  });

  test("reads a timeline that holds nothing of the URL", async () => {
    const { source } = await opened();
    const { timeline, attempts, bytes } = source.stats();
    assert.deepEqual(
      timeline.map(({ state, reason }) => `${state} ${reason}`),
      ["connecting start", "open opened"],
    );
    assert.deepEqual([attempts, bytes], [1, 0]);
    assert.doesNotMatch(JSON.stringify(timeline), /127\.0\.0\.1/);
  });

  test("sees a burst of 20,000 events in order, and all of them counted", async () => {
    const { source, exchange } = await opened();
    let seen = 0;
    const all = new Promise<void>((resolve) => {
      source.onmessage = ({ data }) => {
        assert.equal(data, String(seen));
        if (++seen === 20_000) resolve();
      };
    });
    exchange.response.write(Array.from({ length: 20_000 }, (_, i) => `id: ${i}\ndata: ${i}\n\n`).join(""));
    await all;
    await turn();
    assert.equal(source.stats().events, 20_000);
  });
});

describe("a trap", () => {
  // The timers of a dead instance still ring, and Node waits for them.
  const short: Init = { retry: fast, resetAfter: 1, connectTimeout: 1000 };

  /**
   * A copy of the package whose memory a test can ruin, as a fault in it would.
   * It is a copy so that the rest go on with a sound one.
   */
  async function ruinable(name: string) {
    const memories: WebAssembly.Memory[] = [];
    const { Instance } = WebAssembly;
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, args: [WebAssembly.Module, WebAssembly.Imports]) {
        const instance = new target(...args);
        // The build shortens the names of exports.
        memories.push(
          ...Object.values(instance.exports).filter((value) => value instanceof WebAssembly.Memory),
        );
        return instance;
      },
    });
    const copy = (await import(`${built}?${name}`)) as Package;
    const ruin = () => new Uint8Array((memories.at(-1) as WebAssembly.Memory).buffer).fill(0xff);
    const restore = () => {
      WebAssembly.Instance = Instance;
    };
    return { copy, ruin, restore, instances: () => memories.length };
  }

  test("in a promise's callback is survived: the source fails, the request goes, a new source works", async () => {
    const { copy, ruin, restore, instances } = await ruinable("promise");
    try {
      const calls = await logged("error", async () => {
        const source = new copy.ResilientEventSource(`${server.url}?ruined`, short);
        const exchange = await server.next();
        const open = next(source, "open");
        exchange.stream("id: 5\ndata: x\n\n");
        await open;
        await next(source, "message");
        await turn();
        ruin();
        const error = next<InstanceType<typeof SourceErrorEvent>>(source, "error");
        exchange.response.write("data: y\n\n");
        const { reason, fatal } = await error;
        assert.deepEqual([reason, fatal, source.state], ["internal", true, "failed"]);
        await exchange.gone;

        const open2 = next(source, "open");
        source.reconnect();
        const again = await server.next();
        assert.equal(again.request.headers["last-event-id"], "5");
        again.stream();
        await open2;
        assert.equal(source.state, "open");
        assert.equal(instances(), 2);
        copy.ResilientEventSource.clear();
      });
      assert.equal(calls.length, 1);
    } finally {
      restore();
    }
  });

  test("in a call is survived: nothing throws, every source of the instance fails, later calls do nothing", async () => {
    const { copy, ruin, restore } = await ruinable("call");
    try {
      await logged("error", async () => {
        const sources = [1, 2].map((i) => new copy.ResilientEventSource(`${server.url}?${i}`, short));
        const exchanges = [await server.next(), await server.next()];
        const failed = Promise.all(sources.map((source) => next(source, "error")));
        ruin();
        sources[0]?.reconnect();
        await failed;
        for (const source of sources) {
          assert.equal(source.state, "failed");
          assert.equal(source.stats().attempts, 0);
          source.close();
          assert.equal(source.state, "closed");
        }
        await Promise.all(exchanges.map(({ gone }) => gone));
      });
    } finally {
      restore();
    }
  });
});

test("a listener that throws changes nothing in the connection", async () => {
  const errors = await reported(async () => {
    const { source, exchange } = await opened();
    const second = new Promise<void>((resolve) => {
      source.onmessage = ({ data }) => {
        if (data === "2") resolve();
        throw new Error(data);
      };
    });
    exchange.response.write("data: 1\n\ndata: 2\n\n");
    await second;
    assert.equal(source.state, "open");
  });
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ["1", "2"],
  );
});

describe("preload", () => {
  /** The package as a page has it that has just loaded: nothing unpacked, nothing compiled. */
  const fresh = async () => ((await import(`${built}?${Math.random()}`)) as Package).ResilientEventSource;

  test("unpacks in slices: the event loop turns meanwhile", async () => {
    const Fresh = await fresh();
    let turns = 0;
    let done = false;
    const loading = Fresh.preload().then(() => {
      done = true;
    });
    while (!done) {
      await turn();
      turns++;
    }
    await loading;
    assert.ok(turns > 2, `${turns} turns`);
  });

  test("may be overtaken by a new, and asked for twice at a time", async () => {
    const Fresh = await fresh();
    const loading = [Fresh.preload(), Fresh.preload()];
    await turn();
    const exchange = server.next();
    const source = new Fresh(server.url);
    (await exchange).stream("data: x\n\n");
    const { data } = await next(source, "message");
    await Promise.all([...loading, Fresh.preload()]);
    assert.equal(data, "x");
    source.close();
  });
});
