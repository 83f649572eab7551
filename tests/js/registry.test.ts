// What must exist once a page, and what a source is kept alive by.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadClass, turn } from "./support/fake.ts";

const url = "https://example.test/stream";
const loaded = await loadClass();
const { ResilientEventSource } = loaded;

describe("latches", () => {
  test("are keyed by the absolute URL, or by the string given", () => {
    new ResilientEventSource(`${url}/../run?a`, { terminal: ["done"] });
    const byUrl = loaded.latest();
    new ResilientEventSource(url, { latch: "run 7" });
    const byKey = loaded.latest();
    assert.equal(byUrl.host.latched(), 0);
    byUrl.host.latch(1);
    byKey.host.latch(2);
    assert.deepEqual([byUrl.host.latched(), byKey.host.latched()], [1, 2]);
    assert.equal(ResilientEventSource.unlatch(url), false);
    assert.equal(ResilientEventSource.unlatch("https://example.test/run?a"), true);
    assert.equal(byUrl.host.latched(), 0);
    byKey.host.latch(0);
    assert.equal(ResilientEventSource.unlatch("run 7"), false);
  });

  test("are seen by every copy of the package", async () => {
    const other = await loadClass();
    new ResilientEventSource(url, { latch: "shared" });
    loaded.latest().host.latch(2);
    new other.ResilientEventSource(url, { latch: "shared" });
    assert.equal(other.latest().host.latched(), 2);
    assert.equal(other.ResilientEventSource.unlatch("shared"), true);
    assert.equal(loaded.latest().host.latched(), 0);
  });

  test("are at most 1,000, the oldest forgotten; one that is set again is young", () => {
    const latch = (key: string) => {
      new ResilientEventSource(url, { latch: key });
      loaded.latest().host.latch(1);
      loaded.latest().go("closed", "close");
    };
    latch("old");
    latch("kept");
    for (let i = 0; i < 998; i++) latch(`n${i}`);
    latch("kept");
    latch("one more");
    latch("two more");
    assert.equal(ResilientEventSource.unlatch("old"), false);
    assert.equal(ResilientEventSource.unlatch("n0"), false);
    assert.equal(ResilientEventSource.unlatch("kept"), true);
    assert.equal(ResilientEventSource.unlatch("n1"), true);
  });

  test("unlatch before any source was made is false", async () => {
    const scope = globalThis as Record<symbol, unknown>;
    const mark = Symbol.for("resilient-eventsource");
    const before = scope[mark];
    delete scope[mark];
    try {
      assert.equal((await loadClass()).ResilientEventSource.unlatch("x"), false);
      assert.equal(scope[mark], undefined);
    } finally {
      scope[mark] = before;
    }
  });
});

test("clear closes every source of every copy, completed ones too, and forgets the latches", async () => {
  const other = await loadClass();
  const live = new ResilientEventSource(url, { latch: "run" });
  loaded.latest().host.latch(1);
  const completed = new ResilientEventSource(url);
  loaded.latest().go("completed", "terminal");
  const foreign = new other.ResilientEventSource(url);
  ResilientEventSource.clear();
  assert.deepEqual([live.state, completed.state, foreign.state], ["closed", "closed", "closed"]);
  assert.equal(ResilientEventSource.unlatch("run"), false);
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;

  /** Makes a source that its own functions and Rust name, and forgets it. */
  async function forgotten(end: (machine: ReturnType<typeof loaded.latest>) => void) {
    const ref = (() => {
      const source: InstanceType<typeof ResilientEventSource> = new ResilientEventSource(url, {
        headers: () => ({ id: source.lastEventId }),
        fetch: () => Promise.reject(source),
        classify: () => (source ? "retry" : undefined),
        parse: () => source,
        debug: () => source,
      });
      source.onmessage = () => source;
      return new WeakRef(source);
    })();
    // Rust holds its host and what it was handed, and nobody collects that.
    loaded
      .latest()
      .request(1, "start")
      .catch(() => {});
    end(loaded.latest());
    for (let i = 0; i < 5; i++) {
      await turn();
      gc();
    }
    return ref.deref();
  }

  test("an open source that nobody refers to lives", async () => {
    assert.ok(await forgotten((machine) => machine.open()));
  });

  for (const state of ["completed", "failed", "closed"] as const) {
    test(`a ${state} one is freed`, async () => {
      assert.equal(await forgotten((machine) => machine.go(state, "close")), undefined);
    });
  }
});

test("re-creating a source when it sees CLOSED does not keep clear() from ending", () => {
  let made = 0;
  const connect = () => {
    if (++made > 50) return;
    const source = new ResilientEventSource(url);
    source.onstatechange = () => source.readyState === 2 && connect();
  };
  connect();
  connect();
  ResilientEventSource.clear();
  assert.equal(made, 4, "each was closed once and made anew once");
  ResilientEventSource.clear();
});
