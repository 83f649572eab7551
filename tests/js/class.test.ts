// The class as an EventSource: its shape, its states, and the events that it
// makes of what it is told.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadClass, logged, next, reported, turn } from "./support/fake.ts";

const url = "https://example.test/stream?token=secret";
const loaded = await loadClass();
const { ResilientEventSource, SourceErrorEvent, SourceOpenEvent, StateChangeEvent, StreamCompleteEvent } =
  loaded;

/** Records each event of the class's own as its type and state. */
function record(source: InstanceType<typeof ResilientEventSource>) {
  const seen: string[] = [];
  for (const type of ["open", "error", "statechange", "streamcomplete", "streamstall"]) {
    source.addEventListener(type, (event) => seen.push(`${event.type} in ${source.state}`));
  }
  return seen;
}

// What it shares with the platform's class, `tests/conformance/checks/interface.ts` and `constructor.ts` look at.
describe("shape", () => {
  test("importing the package leaves the global object as it was", async () => {
    const before = Reflect.ownKeys(globalThis).length;
    await loadClass();
    assert.equal(Reflect.ownKeys(globalThis).length, before);
  });

  test("every member is enumerable and on the prototype, none on the source", () => {
    const source = new ResilientEventSource(url);
    assert.deepEqual(Object.keys(source), []);
    const listed = Object.keys(ResilientEventSource.prototype);
    for (const name of ["url", "withCredentials", "readyState", "onopen", "onmessage", "onerror", "close"]) {
      assert.ok(listed.includes(name), name);
    }
    assert.deepEqual(
      Object.getOwnPropertyNames(ResilientEventSource.prototype).filter((name) => !listed.includes(name)),
      ["constructor"],
    );
  });

  test("addEventListener has the platform's name and length", () => {
    const { addEventListener } = ResilientEventSource.prototype;
    assert.deepEqual([addEventListener.name, addEventListener.length], ["addEventListener", 2]);
  });

  test("one argument is too few for addEventListener", () => {
    const source = new ResilientEventSource(url);
    // @ts-expect-error a listener is required
    assert.throws(() => source.addEventListener("message"), TypeError);
  });

  test("what a subclass has by the same names is neither called nor read", async () => {
    const used: string[] = [];
    class Mine extends ResilientEventSource {}
    for (const name of ["url", "readyState", "state", "snapshot"])
      Object.defineProperty(Mine.prototype, name, { get: () => used.push(name) });
    Object.assign(Mine.prototype, { dispatchEvent: () => used.push("dispatchEvent") });
    const source = new Mine(url);
    const seen: string[] = [];
    for (const type of ["open", "message", "error", "statechange"])
      source.addEventListener(type, () => seen.push(type));
    const machine = loaded.latest();
    machine.open();
    machine.batch({ data: "1" });
    await next(source, "message");
    machine.go("failed", "blocked");
    machine.error("blocked", { fatal: true });
    assert.deepEqual(seen, ["statechange", "open", "message", "statechange", "error"]);
    assert.deepEqual(used, []);
  });

  test("disposal closes", () => {
    const source = new ResilientEventSource(url);
    source[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
    assert.equal(source.state, "closed");
  });

  test("what the platform's class is replaced by is known by its mark", () => {
    assert.ok(Symbol.for("resilient-eventsource") in ResilientEventSource);
  });
});

describe("states", () => {
  test("each state has its ready state", () => {
    const source = new ResilientEventSource(url);
    const machine = loaded.latest();
    const expected = {
      open: 1,
      waiting: 0,
      paused: 0,
      polling: 0,
      gaveup: 0,
      completed: 2,
      failed: 2,
      closed: 2,
      connecting: 0,
    } as const;
    for (const [state, readyState] of Object.entries(expected)) {
      machine.go(state as keyof typeof expected, "retry");
      assert.equal(source.state, state);
      assert.equal(source.readyState, readyState, state);
    }
  });

  test("a source that starts latched is completed when its constructor returns", async () => {
    const latched = await loadClass({
      made(machine) {
        machine.current = { ...machine.current, state: "completed", reason: "latched", latched: true };
      },
    });
    const source = new latched.ResilientEventSource(url);
    assert.equal(source.state, "completed");
    assert.equal(source.snapshot.latched, true);
  });

  test("the snapshot is frozen and the same object until Rust makes another", () => {
    const source = new ResilientEventSource(url);
    const first = source.snapshot;
    assert.ok(Object.isFrozen(first));
    assert.equal(source.snapshot, first);
    loaded.latest().open();
    assert.notEqual(source.snapshot, first);
    assert.equal(source.snapshot.state, "open");
    assert.ok(Object.isFrozen(source.snapshot));
  });

  test("the snapshot names what crosses as numbers", () => {
    const source = new ResilientEventSource(url);
    const expected = {
      state: "waiting",
      reason: "http-status",
      attempt: 3,
      failures: 2,
      retryAt: 1234,
      openedAt: 567,
      transport: "fetch",
      outcome: "failed",
      latched: true,
      stalled: true,
      leader: null,
    } as const;
    const machine = loaded.latest();
    machine.current = expected;
    assert.deepEqual(source.snapshot, expected);
    machine.current = {
      ...expected,
      transport: "native",
      outcome: "completed",
      retryAt: null,
      latched: false,
    };
    assert.deepEqual(source.snapshot, machine.current);
    machine.current = { ...expected, transport: null, outcome: null, openedAt: null, stalled: false };
    assert.deepEqual(source.snapshot, machine.current);
  });

  test("the statistics name what crosses as numbers", () => {
    const source = new ResilientEventSource(url);
    const machine = loaded.latest();
    const counters = { attempts: 1, events: 2, duplicates: 3, gaps: 4, bytes: 5, lastActivityAt: 6 };
    assert.deepEqual(source.stats(), { ...counters, timeline: [] });
    machine.numbers = [...[1, 2, 3, 4, 5, NaN], ...[70, 0, 0, 1, NaN, NaN], ...[80, 2, 3, 1, 900, 0]];
    assert.deepEqual(source.stats(), {
      ...counters,
      lastActivityAt: null,
      timeline: [
        { at: 70, state: "connecting", reason: "start", attempt: 1, retryIn: null, transport: null },
        { at: 80, state: "waiting", reason: "network", attempt: 1, retryIn: 900, transport: "fetch" },
      ],
    });
  });

  test("statechange sees the new state and snapshot, and comes before open", async () => {
    const source = new ResilientEventSource(url);
    const seen = record(source);
    const change = next<InstanceType<typeof StateChangeEvent>>(source, "statechange");
    const open = next<InstanceType<typeof SourceOpenEvent>>(source, "open");
    let snapshot: unknown;
    source.onstatechange = () => {
      snapshot = source.snapshot.state;
    };
    loaded.latest().open();
    assert.deepEqual(seen, ["statechange in open", "open in open"]);
    assert.equal(snapshot, "open");
    const { state, previous, reason, attempt, retryIn } = await change;
    assert.deepEqual(
      { state, previous, reason, attempt, retryIn },
      { state: "open", previous: "connecting", reason: "opened", attempt: 1, retryIn: null },
    );
    const opened = await open;
    assert.ok(opened instanceof SourceOpenEvent);
    assert.equal(opened.status, 200);
    assert.equal(opened.headers?.get("content-type"), "text/event-stream");
  });

  test("close fires statechange before it returns, and no error", () => {
    const source = new ResilientEventSource(url);
    const seen = record(source);
    source.close();
    assert.deepEqual(seen, ["statechange in closed"]);
    source.close();
    assert.equal(seen.length, 1);
  });
});

describe("error events", () => {
  test("carry what happened, and a message without the query", async () => {
    const source = new ResilientEventSource(url);
    const error = next<InstanceType<typeof SourceErrorEvent>>(source, "error");
    const machine = loaded.latest();
    machine.go("waiting", "http-status", { attempt: 2, retryIn: 1234 });
    const response = new Response("", { status: 503, headers: { "retry-after": "1" } });
    machine.error("http-status", { response, attempt: 2, retryIn: 1234 });
    const event = await error;
    assert.ok(event instanceof SourceErrorEvent);
    const { reason, status, attempt, retryIn, fatal, headers } = event;
    assert.deepEqual(
      { reason, status, attempt, retryIn, fatal, after: headers?.get("retry-after") },
      { reason: "http-status", status: 503, attempt: 2, retryIn: 1234, fatal: false, after: "1" },
    );
    assert.match(event.message, /https:\/\/example\.test\/stream/);
    assert.match(event.message, /503/);
    assert.match(event.message, /1234 ms/);
    assert.doesNotMatch(event.message, /secret/);
  });

  test("say null where no response decided and no attempt is planned", async () => {
    const source = new ResilientEventSource("https://user:hunter2@example.test/#secret");
    const error = next<InstanceType<typeof SourceErrorEvent>>(source, "error");
    const machine = loaded.latest();
    machine.go("failed", "blocked");
    machine.error("blocked", { fatal: true });
    const { status, headers, retryIn, fatal, message } = await error;
    assert.deepEqual([status, headers, retryIn, fatal], [null, null, null, true]);
    assert.doesNotMatch(message, /hunter2|secret/);
  });
});

test("streamcomplete tells outcome, terminal type, last event id and whether it was latched", async () => {
  const source = new ResilientEventSource(url, { lastEventId: "41" });
  const complete = next<InstanceType<typeof StreamCompleteEvent>>(source, "streamcomplete");
  loaded.latest().complete("failed", false, true);
  const { outcome, terminalType, lastEventId, latched } = await complete;
  assert.deepEqual(
    { outcome, terminalType, lastEventId, latched },
    { outcome: "failed", terminalType: null, lastEventId: "41", latched: true },
  );
});

test("streamstall tells whether the stall began", async () => {
  const source = new ResilientEventSource(url);
  const stall = next<Event & { stalled: boolean }>(source, "streamstall");
  loaded.latest().host.stall(true);
  assert.equal((await stall).stalled, true);
});

describe("debug", () => {
  test("true logs transitions without the query", async () => {
    const calls = await logged("debug", () => {
      new ResilientEventSource(url, { debug: true });
      loaded.latest().open();
    });
    assert.equal(calls.length, 1);
    const text = JSON.stringify(calls);
    assert.match(text, /"state":"open"/);
    assert.doesNotMatch(text, /secret/);
  });

  test("a function receives them, before the event; its throw is reported", async () => {
    const seen: unknown[] = [];
    const errors = await reported(() => {
      const source = new ResilientEventSource(url, {
        debug(change) {
          seen.push(change);
          throw new Error("from debug");
        },
      });
      source.onstatechange = () => seen.push("event");
      loaded.latest().go("waiting", "network", { retryIn: 500 });
    });
    assert.deepEqual(seen, [
      { state: "waiting", previous: "connecting", reason: "network", attempt: 1, retryIn: 500 },
      "event",
    ]);
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ["from debug"],
    );
  });
});

describe("classify", () => {
  for (const [answer, expected] of [
    [undefined, "classified 7 0 0"],
    ["retry", "classified 7 1 0"],
    ["fatal", "classified 7 2 0"],
    ["complete", "classified 7 3 0"],
    [{ retryIn: 250 }, "classified 7 4 250"],
    [Promise.resolve("fatal" as const), "classified 7 2 0"],
  ] as const) {
    test(`${JSON.stringify(answer)} crosses as ${expected}`, async () => {
      const seen: unknown[] = [];
      new ResilientEventSource(url, {
        classify(asked) {
          seen.push(asked);
          return answer;
        },
      });
      const machine = loaded.latest();
      assert.equal(machine.init.flags.classify, true);
      machine.classify(7, "network", undefined, 3);
      await machine.called(expected);
      assert.deepEqual(seen, [
        { reason: "network", status: null, headers: null, response: null, attempt: 3 },
      ]);
    });
  }

  test("a response is shown with its status and headers", async () => {
    let seen: unknown;
    new ResilientEventSource(url, {
      classify(asked) {
        seen = asked;
        return "fatal";
      },
    });
    const response = new Response("why", { status: 500 });
    loaded.latest().classify(7, "http-status", response, 1);
    await loaded.latest().called("classified 7 2 0");
    const { headers } = response;
    assert.deepEqual(seen, { reason: "http-status", status: 500, headers, response, attempt: 1 });
    assert.equal((seen as { response: unknown }).response, response);
  });

  for (const [what, classify] of [
    ["a throw", () => assert.fail("thrown")],
    ["a rejection", () => Promise.reject(new Error("rejected"))],
    ["an unknown verdict", () => "again" as never],
    ["a negative retryIn", () => ({ retryIn: -1 })],
    ["an endless retryIn", () => ({ retryIn: Infinity })],
    ["a retryIn that is no number", () => ({ retryIn: NaN })],
    ["null", () => null as never],
  ] as const) {
    test(`${what} is reported and counts as undefined`, async () => {
      const errors = await reported(async () => {
        new ResilientEventSource(url, { classify });
        loaded.latest().classify(7, "network", undefined, 3);
        await loaded.latest().called("classified 7 0 0");
      });
      assert.equal(errors.length, 1);
    });
  }
});

describe("reset and reconnect", () => {
  test("reset takes lastEventId back to the option's", async () => {
    const source = new ResilientEventSource(url, { lastEventId: "start" });
    const machine = loaded.latest();
    machine.open();
    machine.batch({ data: "x", id: "9" });
    await machine.called("drained");
    assert.equal(source.lastEventId, "9");
    source.reconnect();
    assert.equal(source.lastEventId, "9");
    source.reset();
    assert.equal(source.lastEventId, "start");
    assert.deepEqual(machine.calls.slice(-2), ["reconnect", "reset"]);
  });
});

describe("signal", () => {
  test("aborted before: closed, and nothing is made or fired", async () => {
    const count = loaded.sources.length;
    const source = new ResilientEventSource(url, { signal: AbortSignal.abort() });
    const seen = record(source);
    assert.equal(source.state, "closed");
    assert.equal(source.readyState, 2);
    assert.deepEqual([source.snapshot.state, source.snapshot.reason], ["closed", "aborted"]);
    source.reset();
    source.reconnect();
    source.close();
    await turn();
    assert.equal(source.state, "closed");
    assert.equal(loaded.sources.length, count);
    assert.deepEqual(seen, []);
    assert.equal(source.stats().attempts, 0);
  });

  test("aborted later: closes before abort() returns, and reset does nothing", () => {
    const controller = new AbortController();
    const source = new ResilientEventSource(url, { signal: controller.signal });
    const seen = record(source);
    controller.abort();
    assert.deepEqual(seen, ["statechange in closed"]);
    assert.equal(source.snapshot.reason, "aborted");
    source.reset();
    assert.ok(!loaded.latest().calls.includes("reset"));
  });

  test("a long-lived signal forgets a source that is final, and hears it again after reset", () => {
    const { signal } = new AbortController();
    const heard = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      heard.add(args[1]);
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      heard.delete(args[1]);
      removeEventListener.apply(signal, args);
    };
    new ResilientEventSource(url, { signal });
    assert.equal(heard.size, 1);
    const machine = loaded.latest();
    for (const state of ["completed", "failed", "closed"] as const) {
      machine.go(state, "terminal");
      assert.equal(heard.size, 0, state);
      machine.go("connecting", "reset");
      assert.equal(heard.size, 1, state);
    }
  });
});

describe("what a page may do", () => {
  test("an iterator ends with an error where a page that leaves fails its source without an error event", async () => {
    const source = new ResilientEventSource(url, { method: "POST" });
    const events = source[Symbol.asyncIterator]();
    loaded.latest().open();
    loaded.latest().go("failed", "pagehide");
    await assert.rejects(events.next(), /pagehide/);
  });

  test("a terminal function that answers anything but an outcome is reported, and ends nothing", async () => {
    const source = new ResilientEventSource(url, { terminal: (async () => false) as never });
    const machine = loaded.latest();
    machine.open();
    const errors = await reported(async () => {
      machine.batch({ data: "a" });
      await machine.called("drained");
    });
    assert.match(String(errors[0]), /terminal gave no outcome/);
    assert.ok(!machine.calls.some((call) => call.startsWith("terminal")));
    source.close();
  });
});

describe("the timer", () => {
  test("is the page's of the moment, rings once, and gives way to the next", (context) => {
    new ResilientEventSource(url);
    const { host, calls } = loaded.latest();
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const rang = () => calls.filter((call) => call.startsWith("rang")).length;
    host.alarm(true, 500);
    host.alarm(true, 800);
    context.mock.timers.tick(799);
    assert.equal(rang(), 0);
    context.mock.timers.tick(1);
    assert.equal(rang(), 1);
    host.alarm(true, 500);
    host.alarm(false, 0);
    context.mock.timers.tick(60_000);
    assert.equal(rang(), 1);
  });
});
