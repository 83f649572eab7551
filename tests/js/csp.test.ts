// Where WebAssembly is refused, the platform's own EventSource stands in.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ResilientEventSourceInit } from "../../src/js/types.ts";
import { type Loaded, loadClass, logged, turn } from "./support/fake.ts";
import { FakeEventSource } from "./support/platform.ts";

const url = "https://example.test/stream";
const scope = globalThis as Record<string | symbol, unknown>;
const platformWasm = WebAssembly;
const platformSource = scope.EventSource;

let loaded: Loaded;
beforeEach(async () => {
  FakeEventSource.made = [];
  scope.EventSource = FakeEventSource;
  // The rest stays, since Node needs it for its own ends.
  scope.WebAssembly = Object.create(platformWasm, {
    Module: {
      value: class {
        constructor() {
          throw new platformWasm.CompileError("refused by Content-Security-Policy");
        }
      },
    },
  });
  delete scope[Symbol.for("resilient-eventsource")];
  loaded = await loadClass();
});
afterEach(() => {
  scope.WebAssembly = platformWasm;
  scope.EventSource = platformSource;
});

/** Makes sources in silence. */
async function make(init?: ResilientEventSourceInit) {
  let source = null as unknown as InstanceType<typeof loaded.ResilientEventSource>;
  await logged("warn", () => {
    source = new loaded.ResilientEventSource(url, init);
  });
  const platform = FakeEventSource.latest;
  return { source, platform };
}

test("it warns once a page, naming the directive and what is lost", async () => {
  const calls = await logged("warn", () => {
    new loaded.ResilientEventSource(url);
    new loaded.ResilientEventSource(url);
  });
  assert.equal(calls.length, 1);
  assert.match(String(calls[0]), /'wasm-unsafe-eval'.*backoff/);
});

test("states and events are the platform's", async () => {
  const { source, platform } = await make({ withCredentials: true });
  assert.equal(platform.url, url);
  assert.equal(platform.init?.withCredentials, true);
  const seen: string[] = [];
  for (const type of ["open", "error", "statechange"]) {
    source.addEventListener(type, () => seen.push(`${type} in ${source.state}, ${source.readyState}`));
  }
  platform.open();
  platform.lose();
  platform.lose();
  platform.open();
  platform.fail();
  assert.deepEqual(seen, [
    "statechange in open, 1",
    "open in open, 1",
    "statechange in waiting, 0",
    "error in waiting, 0",
    "error in waiting, 0",
    "statechange in open, 1",
    "open in open, 1",
    "statechange in failed, 2",
    "error in failed, 2",
  ]);
  assert.equal(source.snapshot.transport, "native");
  assert.equal(source.snapshot.reason, "refused");
});

test("messages are forwarded, named ones as they are listened to, error by a server too", async () => {
  const { source, platform } = await make();
  platform.open();
  const seen: unknown[] = [];
  source.onmessage = ({ data, lastEventId, origin }) => seen.push([data, lastEventId, origin]);
  const listen = (type: string) =>
    source.addEventListener(type, (event) => {
      if (event instanceof MessageEvent) seen.push(`${type} ${event.data}`);
    });
  listen("tick");
  listen("tick");
  listen("error");
  const send = (type: string, data: string) =>
    platform.dispatchEvent(new MessageEvent(type, { data, lastEventId: "3", origin: "https://moved.test" }));
  send("message", "a");
  send("tick", "b");
  send("error", "c");
  assert.deepEqual(seen, [["a", "3", "https://moved.test"], "tick b", "tick b", "error c"]);
  assert.equal(source.lastEventId, "3");
  assert.equal(source.state, "open");
});

test("close closes the platform's", async () => {
  const { source, platform } = await make();
  source.close();
  assert.equal(platform.readyState, 2);
  assert.equal(source.state, "closed");
  source.reconnect();
  assert.equal(FakeEventSource.made.length, 1);
});

test("reconnect and reset make a new one, with the listeners of the old", async () => {
  const { source, platform } = await make();
  let ticks = 0;
  source.addEventListener("tick", () => ticks++);
  platform.open();
  source.reconnect();
  assert.equal(platform.readyState, 2);
  assert.equal(source.state, "connecting");
  const second = FakeEventSource.made[1];
  second?.dispatchEvent(new MessageEvent("tick"));
  assert.equal(ticks, 1);
  source.close();
  source.reset();
  assert.equal(FakeEventSource.made.length, 3);
});

describe("options that change what is asked or seen fail the source, reason csp, from a task", () => {
  for (const init of [
    { headers: {} },
    { params: { a: "b" } },
    { method: "POST" },
    { fetch },
    { parse: JSON.parse },
    { terminal: ["done"] },
    { terminal: () => false },
  ] as ResilientEventSourceInit[]) {
    test(Object.keys(init).join(), async () => {
      const seen: string[] = [];
      await logged("warn", async () => {
        const source = new loaded.ResilientEventSource(url, init);
        source.onstatechange = ({ reason }) => seen.push(reason);
        source.onerror = (event) => {
          if (event instanceof loaded.SourceErrorEvent) seen.push(`error ${event.reason} ${event.fatal}`);
        };
        await turn();
        assert.equal(source.state, "failed");
        source.reconnect();
        await turn();
        source.close();
        assert.equal(source.state, "closed");
      });
      assert.deepEqual(seen, ["csp", "error csp true", "reconnect", "csp", "error csp true", "close"]);
      assert.equal(FakeEventSource.made.length, 0);
    });
  }
});

test("without an EventSource either, the source fails", async () => {
  delete scope.EventSource;
  const { source } = await make();
  assert.equal(source.state, "failed");
  assert.equal(source.snapshot.reason, "csp");
});

test("our own class in the platform's place is not used underneath", async () => {
  scope.EventSource = loaded.ResilientEventSource;
  const { source } = await make();
  assert.equal(FakeEventSource.made.length, 1);
  assert.equal(source.state, "connecting");
});

test("nor is a subclass of it, nor a function that makes one", async () => {
  const { ResilientEventSource } = loaded;
  for (const placed of [
    class extends ResilientEventSource {},
    function Made(at: string) {
      return new ResilientEventSource(at);
    },
  ]) {
    scope.EventSource = placed;
    const { source, platform } = await make();
    assert.equal(platform.url, url);
    platform.open();
    assert.equal(source.readyState, 1);
    source.close();
    assert.equal(platform.readyState, 2);
  }
});

test("preload neither throws nor rejects", async () => {
  await loaded.ResilientEventSource.preload();
});

test("what unpacks the wasm is not kept waiting for: that it is refused shows with its first eight bytes", async () => {
  const lengths: number[] = [];
  scope.WebAssembly = Object.create(platformWasm, {
    Module: {
      value: class {
        constructor(bytes: Uint8Array) {
          lengths.push(bytes.length);
          throw new platformWasm.CompileError("refused by Content-Security-Policy");
        }
      },
    },
  });
  await make();
  assert.deepEqual(lengths, [8]);
});
