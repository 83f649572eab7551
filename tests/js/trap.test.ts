// A trap kills a wasm instance and not the page.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadClass, logged, next, turn } from "./support/fake.ts";

const url = "https://example.test/stream?secret";

async function trapped(run: (loaded: Awaited<ReturnType<typeof loadClass>>) => unknown) {
  const loaded = await loadClass();
  const calls = await logged("error", () => run(loaded));
  return { loaded, calls };
}

describe("a trap in a timer or a promise", () => {
  test("throws nothing, is told once at console.error, and fails every live source from a task", async () => {
    const { calls } = await trapped(async (loaded) => {
      const sources = [0, 1, 2].map(() => new loaded.ResilientEventSource(url));
      const seen: string[] = [];
      for (const [i, source] of sources.entries()) {
        source.onstatechange = ({ previous, reason }) =>
          seen.push(`${i} ${previous} → ${source.state}, ${reason}`);
        source.onerror = (event) => {
          if (event instanceof loaded.SourceErrorEvent) {
            seen.push(`${i} error ${event.reason} ${event.fatal} ${event.retryIn}`);
          }
        };
      }
      const [first, second] = loaded.sources;
      first?.open();
      sources[2]?.close();
      seen.length = 0;
      const snapshot = sources[0]?.snapshot;
      first?.trap();
      second?.trap();
      assert.deepEqual(seen, []);
      await turn();
      assert.deepEqual(seen, [
        "0 open → failed, internal",
        "0 error internal true null",
        "1 connecting → failed, internal",
        "1 error internal true null",
      ]);
      assert.deepEqual(
        sources.map((source) => source.state),
        ["failed", "failed", "closed"],
      );
      assert.notEqual(sources[0]?.snapshot, snapshot);
      assert.deepEqual(sources[0]?.snapshot, {
        ...snapshot,
        state: "failed",
        reason: "internal",
        retryAt: null,
        openedAt: null,
      });
      assert.ok(Object.isFrozen(sources[0]?.snapshot));
      assert.equal(sources[0]?.stats().events, 0);
    });
    assert.equal(calls.length, 1);
    assert.ok(calls[0]?.[1] instanceof WebAssembly.RuntimeError);
  });

  test("the timer that the dead instance had set is cleared", async () => {
    const pending = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
    await trapped(async (loaded) => {
      new loaded.ResilientEventSource(url);
      const before = pending();
      const machine = loaded.latest();
      machine.host.alarm(true, 60_000);
      assert.equal(pending(), before + 1);
      machine.trap();
      assert.equal(pending(), before);
    });
  });

  test("what the dead instance still calls is ignored, and so is the rest of the batch", async () => {
    await trapped(async (loaded) => {
      const source = new loaded.ResilientEventSource(url);
      const machine = loaded.latest();
      machine.open();
      const seen: string[] = [];
      source.onmessage = ({ data }) => {
        seen.push(data);
        machine.trap();
      };
      source.onstatechange = () => seen.push(source.state);
      const first = next(source, "message");
      machine.batch({ data: "a" }, { data: "b" });
      await first;
      machine.go("waiting", "network");
      machine.host.dispatch();
      await turn();
      assert.deepEqual(seen, ["a", "failed"]);
      assert.ok(!machine.calls.includes("drained"));
    });
  });

  test("the request of a dead instance is aborted", async () => {
    await trapped((loaded) => {
      let signal: AbortSignal | null | undefined;
      new loaded.ResilientEventSource(url, {
        fetch(_url, init) {
          signal = init.signal;
          return new Promise(() => {});
        },
      });
      const machine = loaded.latest();
      machine.request(1, "start");
      assert.equal(signal?.aborted, false);
      machine.trap();
      assert.equal(signal?.aborted, true);
    });
  });
});

test("a dead instance is not called again, and its second trap is not told of", async () => {
  const { calls } = await trapped(async (loaded) => {
    const source = new loaded.ResilientEventSource(url);
    const machine = loaded.latest();
    machine.trapTwice();
    assert.equal(machine.traps, 1);
    machine.trap();
    source.stats();
    assert.equal(machine.traps, 1);
  });
  assert.equal(calls.length, 1);
});

test("the last snapshot lives on, though nobody had asked for it", async () => {
  await trapped(async (loaded) => {
    const source = new loaded.ResilientEventSource(url);
    loaded.latest().go("waiting", "network", { attempt: 7, retryIn: 5 });
    loaded.latest().trap();
    await turn();
    assert.equal(source.snapshot.attempt, 7);
    assert.equal(source.snapshot.state, "failed");
  });
});

test("what was complete stays so, also when it is closed", async () => {
  await trapped(async (loaded) => {
    const source = new loaded.ResilientEventSource(url);
    loaded.latest().go("completed", "terminal");
    loaded.latest().trap();
    await turn();
    source.close();
    assert.equal(source.state, "completed");
    loaded.ResilientEventSource.clear();
    assert.equal(source.state, "closed");
  });
});

describe("a trap in a call", () => {
  test("of close(): the source is closed, and nothing throws", async () => {
    await trapped(async (loaded) => {
      const source = new loaded.ResilientEventSource(url);
      const machine = loaded.latest();
      machine.open();
      machine.on = (call) => call === "close" && machine.trap();
      const seen: string[] = [];
      source.onstatechange = () => seen.push(source.state);
      source.onerror = () => seen.push("error");
      source.close();
      assert.equal(source.state, "closed");
      await turn();
      assert.deepEqual(seen, ["closed"]);
    });
  });

  test("of the constructor: it returns a source that fails from a task, so that listeners hear of it", async () => {
    const loaded = await loadClass({
      made: (machine) => {
        machine.on = () => machine.trap();
      },
    });
    await logged("error", async () => {
      const source = new loaded.ResilientEventSource(url);
      let fatal: unknown;
      source.onerror = (event) => {
        fatal = "fatal" in event && event.fatal;
      };
      await turn();
      assert.equal(fatal, true);
      assert.equal(source.state, "failed");
    });
  });
});

test("a trap that could not be told, since the stack was used up, is told by the next new, which runs", async () => {
  const { calls } = await trapped(async (loaded) => {
    const source = new loaded.ResilientEventSource(url);
    const { MessageChannel } = globalThis;
    // What telling needs fails as everything does on a full stack.
    globalThis.MessageChannel = class {
      constructor() {
        throw new RangeError("Maximum call stack size exceeded");
      }
    } as unknown as typeof MessageChannel;
    try {
      loaded.latest().trap();
    } finally {
      globalThis.MessageChannel = MessageChannel;
    }
    assert.equal(source.state, "connecting");
    const fresh = new loaded.ResilientEventSource(url);
    assert.equal(loaded.instances(), 2);
    await turn();
    assert.deepEqual([source.state, fresh.state], ["failed", "connecting"]);
    assert.deepEqual(loaded.latest().calls, ["start"]);
    fresh.close();
  });
  assert.equal(calls.length, 1);
});

describe("after a trap", () => {
  /** A source that failed so, with the last event id 5. */
  async function failed() {
    const loaded = await loadClass();
    const source = new loaded.ResilientEventSource(url, { lastEventId: "1", latch: "after a trap" });
    await logged("error", async () => {
      loaded.latest().open();
      loaded.latest().batch({ data: "x", id: "5" });
      await loaded.latest().called("drained");
      loaded.latest().trap();
    });
    assert.equal(source.state, "failed");
    const seen: string[] = [];
    source.onstatechange = ({ previous, reason }) => seen.push(`${previous} → ${source.state}, ${reason}`);
    return { loaded, source, seen };
  }

  test("a new source runs on a fresh instance, and the next on the same", async () => {
    const { loaded } = await failed();
    assert.equal(loaded.instances(), 1);
    const source = new loaded.ResilientEventSource(url);
    loaded.latest().open();
    assert.equal(source.state, "open");
    new loaded.ResilientEventSource(url);
    assert.equal(loaded.instances(), 2);
  });

  test("reconnect() revives on a fresh instance, from the last event id", async () => {
    const { loaded, source, seen } = await failed();
    source.reconnect();
    assert.deepEqual(seen, ["failed → connecting, reconnect"]);
    assert.equal(loaded.instances(), 2);
    assert.equal(loaded.latest().init.texts.lastEventId, "5");
    assert.deepEqual(loaded.latest().calls, ["start"]);
    loaded.latest().open();
    assert.equal(source.state, "open");
  });

  test("reset() revives from the option's last event id, without the latch", async () => {
    const { loaded, source, seen } = await failed();
    new loaded.ResilientEventSource(url, { latch: "after a trap" });
    loaded.latest().host.latch(1);
    source.reset();
    assert.deepEqual(seen, ["failed → connecting, reset"]);
    assert.equal(loaded.latest().init.texts.lastEventId, "1");
    assert.equal(loaded.latest().host.latched(), 0);
  });

  test("a source that was reset before it could fail does not", async () => {
    await trapped(async (loaded) => {
      const source = new loaded.ResilientEventSource(url);
      loaded.latest().open();
      loaded.latest().trap();
      source.onerror = () => assert.fail("the failure of an older life");
      source.reset();
      await turn();
      assert.equal(source.state, "connecting");
      assert.equal(loaded.instances(), 2);
    });
  });

  test("close() closes", async () => {
    const { source, seen } = await failed();
    source.close();
    assert.deepEqual(seen, ["failed → closed, close"]);
    source.reconnect();
    assert.equal(source.state, "closed");
  });

  test("a handler that changes the state ends the transition: no error follows", async () => {
    const loaded = await loadClass();
    await logged("error", async () => {
      const source = new loaded.ResilientEventSource(url);
      source.onstatechange = () => source.close();
      source.onerror = () => assert.fail("an error after close()");
      loaded.latest().trap();
      await turn();
      assert.equal(source.state, "closed");
    });
  });
});

test("a trap that used up the stack is told of when there is room: a new source runs on a fresh instance", async (t) => {
  /** Runs this where the stack has room for so many frames of this function. */
  const nearTheEnd = (room: number, run: () => void) => {
    let left = room;
    const dig = () => {
      try {
        dig();
      } catch {}
      if (left-- === 0) {
        try {
          run();
        } catch {}
      }
    };
    dig();
  };
  const told = t.mock.method(console, "error", () => {}).mock;
  let untold = 0;
  // From no room to enter wasm at all to enough to tell of the trap at once.
  for (let room = 0; told.callCount() === 0; room += 8) {
    const loaded = await loadClass();
    const source = new loaded.ResilientEventSource(url);
    const machine = loaded.latest();
    nearTheEnd(room, () => machine.trap());
    if (told.callCount()) break;
    const second = new loaded.ResilientEventSource(url);
    await turn();
    assert.equal(second.state, "connecting", `with room for ${room} frames`);
    if (loaded.instances() === 1) continue;
    untold++;
    // As a timer of the dead instance does when it rings.
    machine.trap();
    await turn();
    assert.equal(source.state, "failed");
    assert.equal(second.state, "connecting");
    assert.equal(told.callCount(), 1);
    told.resetCalls();
  }
  assert.ok(untold > 0);
});

test("what a dead instance asked for is no answer to the next one's request, though their tokens are the same", async () => {
  await trapped(async (loaded) => {
    const answers: ((response: Response) => void)[] = [];
    const source = new loaded.ResilientEventSource(url, {
      // It does not hear of its signal.
      fetch: () => new Promise((resolve) => answers.push(resolve)),
    });
    loaded.latest().request(1, "start");
    loaded.latest().trap();
    await turn();
    source.reconnect();
    const machine = loaded.latest();
    machine.request(1, "start");
    answers[0]?.(new Response("", { status: 418 }));
    await turn();
    assert.deepEqual(machine.calls, ["start"]);
    answers[1]?.(new Response(""));
    await turn();
    assert.match(machine.calls.join(), /^start,response 1 200/);
    source.close();
  });
});
