// The loop over a batch: real MessageEvents, in order, in slices, and never
// one more after the source was closed.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import type { ResilientEventSourceInit } from "../../src/js/types.ts";
import { loadClass, next, reported, turn } from "./support/fake.ts";

const url = "https://example.test/stream";
const loaded = await loadClass();
const { ResilientEventSource } = loaded;

function opened(init?: ResilientEventSourceInit) {
  const source = new ResilientEventSource(url, init);
  const machine = loaded.latest();
  machine.open();
  machine.calls.length = 0;
  return { source, machine };
}

/** Keeps the thread busy. */
function work(ms: number) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

// What the test before did in a turn of the event loop counts against the next.
beforeEach(turn);

describe("events", () => {
  test("are MessageEvents with data, lastEventId and the origin of the final URL", async () => {
    const source = new ResilientEventSource(url);
    const machine = loaded.latest();
    machine.open("https://moved.test");
    const message = next(source, "message");
    const first = next(source, "\ufefffirst");
    const named = next(source, "naïve");
    machine.batch({ type: "\ufefffirst" }, { data: "one\ntwo", id: "é" }, { type: "naïve", data: "\ufeff𝄞" });
    await first;
    const { data, lastEventId, origin } = await message;
    assert.deepEqual(
      { data, lastEventId, origin },
      { data: "one\ntwo", lastEventId: "é", origin: "https://moved.test" },
    );
    assert.ok((await message) instanceof MessageEvent);
    assert.equal((await named).data, "\ufeff𝄞");
    assert.equal((await named).lastEventId, "é");
  });

  test("move lastEventId at each block with an id, dispatched or not, and not before", async () => {
    const { source, machine } = opened({ lastEventId: "0" });
    const seen: string[] = [];
    source.onmessage = () => seen.push(source.lastEventId);
    assert.equal(source.lastEventId, "0");
    machine.batch(
      { data: "a" },
      { data: "b", id: "1" },
      { flags: 0, id: "2" },
      { data: "c" },
      { flags: 0, id: "" },
    );
    await machine.called("drained");
    assert.deepEqual(seen, ["0", "1", "2"]);
    assert.equal(source.lastEventId, "");
    assert.deepEqual(machine.calls, ["commit 5", "drained"]);
  });

  test("a named heartbeat is dispatched like any other", async () => {
    const { source, machine } = opened();
    const ping = next(source, "ping");
    machine.batch({ type: "ping", flags: 2 | 4 });
    await ping;
  });

  test("that a server names error or open are MessageEvents, not the class's own", async () => {
    const { source, machine } = opened();
    const seen: unknown[] = [];
    source.onopen = source.onerror = (event: Event) => seen.push(event instanceof MessageEvent);
    machine.batch({ type: "error", flags: 2 | 8 }, { type: "open" });
    await machine.called("drained");
    assert.deepEqual(seen, [true, true]);
  });

  test("a listener that throws is reported, and the rest go on", async () => {
    const { source, machine } = opened();
    const seen: string[] = [];
    const errors = await reported(async () => {
      source.onmessage = ({ data }) => {
        seen.push(data);
        if (data === "a") throw new Error("from a listener");
      };
      machine.batch({ data: "a" }, { data: "b" });
      await machine.called("drained");
    });
    assert.deepEqual(seen, ["a", "b"]);
    assert.equal((errors[0] as Error).message, "from a listener");
  });
});

describe("closing", () => {
  test("in a handler ends the batch, with the event that was being dispatched committed", async () => {
    const { source, machine } = opened();
    const seen: string[] = [];
    source.onmessage = ({ data }) => {
      seen.push(data);
      if (data === "b") source.close();
    };
    machine.batch({ data: "a" }, { data: "b", id: "2" }, { data: "c", id: "3" });
    await turn();
    assert.deepEqual(seen, ["a", "b"]);
    assert.equal(source.lastEventId, "2");
    assert.deepEqual(machine.calls, ["commit 2", "close"]);
  });

  test("between two events ends it too", async () => {
    const { source, machine } = opened();
    const seen: string[] = [];
    source.onmessage = async ({ data }) => {
      seen.push(data);
      await null;
      source.close();
    };
    machine.batch({ data: "a" }, { data: "b" });
    await turn();
    assert.deepEqual(seen, ["a"]);
  });

  test("between two slices ends it too", async () => {
    const { source, machine } = opened();
    const seen: string[] = [];
    source.onmessage = ({ data }) => {
      seen.push(data);
      work(9);
      setImmediate(() => {
        source.close();
        seen.push("closed");
      });
    };
    machine.batch(...Array.from({ length: 20 }, (_, i) => ({ data: String(i) })));
    await turn();
    await turn();
    const first = seen.indexOf("closed");
    assert.ok(first > 0 && first < 20);
    assert.deepEqual(new Set(seen.slice(first)), new Set(["closed"]));
    assert.deepEqual(machine.calls.slice(-1), ["close"]);
  });

  test("in parse or in terminal ends it before the event", async () => {
    for (const name of ["parse", "terminal"]) {
      const { source, machine } = opened({
        [name]: () => {
          source.close();
          return true;
        },
      });
      source.onmessage = () => assert.fail(`dispatched after close() in ${name}`);
      machine.batch({ data: "a" });
      await turn();
      assert.deepEqual(machine.calls, ["commit 0", "close"], "it was not received");
    }
  });

  test("an event that parse or terminal acted on was not received: the id before it stays", async () => {
    for (const name of ["parse", "terminal"]) {
      const { source, machine } = opened({
        [name]: (given: string | MessageEvent) => {
          const data = typeof given === "string" ? given : given.data;
          if (data === "b") source.reconnect();
          return name === "parse" ? data : false;
        },
      });
      // The machine drops what it reconnects from.
      machine.on = (call) => call === "reconnect" && machine.host.dropBatch();
      const seen: string[] = [];
      source.onmessage = ({ data }) => seen.push(data);
      machine.batch({ data: "a", id: "1" }, { data: "b", id: "2" });
      await turn();
      assert.deepEqual(seen, ["a"], name);
      assert.equal(source.lastEventId, "1");
      assert.deepEqual(machine.calls, ["commit 1", "reconnect"]);
    }
  });

  test("a batch that Rust dropped is not committed, and the next one is dispatched", async () => {
    const { source, machine } = opened();
    const seen: string[] = [];
    source.onmessage = ({ data }) => seen.push(data);
    const first = next(source, "message");
    machine.batch({ data: "a" }, { data: "b" });
    await first;
    machine.host.dropBatch();
    machine.batch({ data: "c" });
    await machine.called("drained");
    await turn();
    assert.deepEqual(seen, ["a", "c"]);
    assert.deepEqual(machine.calls, ["commit 1", "drained"]);
  });
});

describe("pace", () => {
  test("a consumer that awaits event by event, with a few steps each, misses none", async () => {
    const { source, machine } = opened();
    const rows = Array.from({ length: 50 }, (_, i) => ({ data: String(i) }));
    const seen: string[] = [];
    const done = (async () => {
      while (seen.length < rows.length) {
        const { data } = await next(source, "message");
        await null;
        await null;
        seen.push(data);
      }
    })();
    machine.batch(...rows);
    await done;
    assert.deepEqual(
      seen,
      rows.map(({ data }) => data),
    );
  });

  test("a burst lets the event loop turn at least every 8 ms of work, and commits before", async () => {
    const { source, machine } = opened();
    const order: string[] = [];
    machine.on = (call) => order.push(call);
    source.onmessage = ({ data }) => {
      order.push(data);
      work(3);
    };
    let turns = 0;
    const count = () => {
      order.push("turn");
      if (++turns < 20) setImmediate(count);
    };
    setImmediate(count);
    machine.batch(...Array.from({ length: 9 }, (_, i) => ({ data: `event ${i}` })));
    await machine.called("drained");
    // Three events of 3 ms fill a slice.
    const slices = order.join().split(/,commit \d+/);
    for (const slice of slices) assert.ok((slice.match(/event/g) ?? []).length <= 3, slice);
    assert.match(order.join(), /commit \d+,(turn,)+event/);
    assert.doesNotMatch(order.join(), /event \d+,turn/);
  });

  test("batches that come in one turn of the event loop share its 8 ms", async () => {
    const { source, machine } = opened();
    const order: string[] = [];
    source.onmessage = ({ data }) => {
      order.push(data);
      work(3);
    };
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      order.push("turn");
      port2.postMessage(0);
    };
    port2.postMessage(0);
    for (let i = 0; i < 9; i++) {
      machine.calls.length = 0;
      machine.batch({ data: `event ${i}` });
      await machine.called("drained");
    }
    port1.close();
    for (const slice of order.join().split("turn")) {
      assert.ok((slice.match(/event/g) ?? []).length <= 3, slice);
    }
  });

  test("fake timers do not hold a burst up", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate"] });
    const { source, machine } = opened();
    source.onmessage = () => work(9);
    machine.batch({ data: "a" }, { data: "b" });
    await machine.called("drained");
  });

  test("what was dispatched is committed before stats and any other input", async () => {
    const { source, machine } = opened();
    source.onmessage = () => {
      source.stats();
      source.reconnect();
    };
    machine.batch({ data: "a" }, { data: "b" });
    await next(source, "message");
    // On a busy machine the page gets a turn before the first row too.
    const calls = machine.calls.filter((call) => call !== "commit 0");
    assert.deepEqual(calls, ["commit 1", "commit 1", "reconnect"]);
  });
});

describe("terminal events", () => {
  for (const [terminal, outcome] of [
    [["other", "done"], 1],
    [{ done: "completed" }, 1],
    [{ other: "completed", done: "failed" }, 2],
  ] as const) {
    test(`by name, ${JSON.stringify(terminal)}: latch, dispatch, completion, and nothing after`, async () => {
      const { source, machine } = opened({ terminal });
      const order: string[] = [];
      machine.on = (call) => order.push(call);
      source.onmessage = ({ data }) => order.push(data);
      source.addEventListener("done", () => order.push("done"));
      source.onstreamcomplete = ({ terminalType }) => order.push(`complete by ${terminalType}`);
      machine.batch({ data: "before" }, { type: "done" }, { data: "after" });
      await machine.called("drained");
      machine.complete("completed", true, false);
      await turn();
      assert.deepEqual(order, [
        "before",
        "commit 1",
        `terminal 1 ${outcome}`,
        "done",
        "commit 2",
        "drained",
        "complete by done",
      ]);
    });
  }

  test("a handler that closes is the last word: no drained", async () => {
    const { source, machine } = opened({ terminal: ["done"] });
    source.addEventListener("done", () => source.close());
    machine.batch({ type: "done" }, { data: "after" });
    await turn();
    assert.deepEqual(machine.calls, ["commit 0", "terminal 0 1", "commit 1", "close"]);
  });

  test("an unnamed one is called message, and what every object has is no name", async () => {
    const { machine } = opened({ terminal: { message: "completed" } });
    machine.batch({ type: "constructor" }, { data: "x" });
    await machine.called("drained");
    assert.deepEqual(machine.calls, ["commit 1", "terminal 1 1", "commit 2", "drained"]);
  });

  for (const [answer, expected] of [
    [true, 1],
    ["completed", 1],
    ["failed", 2],
    [false, 0],
    [undefined, 0],
    [null, 0],
  ] as const) {
    test(`a function that answers ${answer}`, async () => {
      const { source, machine } = opened({ terminal: () => answer });
      let dispatched = 0;
      source.onmessage = () => dispatched++;
      const complete = next<Event & { terminalType: string | null }>(source, "streamcomplete");
      machine.batch({ data: "x" }, { data: "y" });
      await machine.called("drained");
      machine.complete("completed", expected > 0, false);
      assert.equal((await complete).terminalType, expected ? "message" : null);
      const calls = machine.calls.filter((call) => call.startsWith("terminal"));
      assert.deepEqual(calls, expected ? [`terminal 0 ${expected}`] : []);
      assert.equal(dispatched, expected ? 1 : 2);
    });
  }

  test("a function sees every event before it is dispatched, with parsed data", async () => {
    const seen: unknown[] = [];
    const { source, machine } = opened({
      parse: JSON.parse,
      terminal({ type, data }) {
        seen.push([type, data]);
        return false;
      },
    });
    source.addEventListener("ping", () => seen.push("dispatched"));
    machine.batch({ type: "ping", data: "[1]", flags: 2 | 4 });
    await machine.called("drained");
    assert.deepEqual(seen, [["ping", [1]], "dispatched"]);
  });

  test("a function that throws is reported, and the event is not terminal", async () => {
    let dispatched = 0;
    const errors = await reported(async () => {
      const { source, machine } = opened({ terminal: () => assert.fail("from terminal") });
      source.onmessage = () => dispatched++;
      machine.batch({ data: "x" }, { data: "y" });
      await machine.called("drained");
      assert.ok(!machine.calls.some((call) => call.startsWith("terminal")));
    });
    assert.equal(dispatched, 2);
    assert.equal(errors.length, 2);
  });
});

describe("parse", () => {
  test("gets data, type and id, and its result is the event's data", async () => {
    const seen: unknown[] = [];
    const { source, machine } = opened({
      parse: (...args) => {
        seen.push(args);
        return { parsed: true };
      },
    });
    const event = next(source, "tick");
    machine.batch({ type: "tick", data: "raw", id: "7" }, { data: "more" });
    assert.deepEqual((await event).data, { parsed: true });
    await machine.called("drained");
    assert.deepEqual(seen, [
      ["raw", "tick", "7"],
      ["more", "message", "7"],
    ]);
  });

  test("that throws is reported: the event is dropped, its id kept, and it is not terminal", async () => {
    const seen: unknown[] = [];
    const errors = await reported(async () => {
      const { source, machine } = opened({ parse: JSON.parse, terminal: ["done"] });
      source.onmessage = ({ data }) => seen.push(data);
      source.addEventListener("done", () => seen.push("done"));
      machine.batch({ data: "{", id: "1" }, { type: "done", data: "{" }, { data: "1" });
      await machine.called("drained");
      assert.equal(source.lastEventId, "1");
      assert.deepEqual(machine.calls, ["commit 3", "drained"]);
    });
    assert.deepEqual(seen, [1]);
    assert.equal(errors.length, 2);
    assert.ok(errors[0] instanceof SyntaxError);
  });
});
