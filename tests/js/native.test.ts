// The native transport: the platform's own class beneath ours, with the built wasm. What real engines do is tested
// end to end.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ResilientEventSource, type SourceErrorEvent } from "../../src/js/index.ts";
import type { ResilientEventSourceInit, Transition } from "../../src/js/types.ts";
import { next, turn } from "./support/fake.ts";
import { FakeEventSource } from "./support/platform.ts";

const url = "https://example.test/stream?a=1";
const scope = globalThis as Record<string, unknown>;
const platformSource = scope.EventSource;

let sources: ResilientEventSource[];
beforeEach(() => {
  FakeEventSource.made = [];
  scope.EventSource = FakeEventSource;
  sources = [];
});
afterEach(() => {
  for (const source of sources) source.close();
  scope.EventSource = platformSource;
});

// biome-ignore lint/suspicious/noExplicitAny: whatever its events
type Any = ResilientEventSource<any>;

function make(init: ResilientEventSourceInit = {}): { source: Any; platform: FakeEventSource } {
  const source: Any = new ResilientEventSource(url, {
    transport: "native",
    retry: { jitter: "none", initial: 1, floor: 0 },
    ...init,
  });
  sources.push(source);
  return { source, platform: FakeEventSource.latest };
}

/** One whose stream is open. */
function opened(init?: ResilientEventSourceInit) {
  const made = make(init);
  made.platform.open();
  return made;
}

/** What a source tells, a line each. */
function lines(source: Any, ...types: string[]): string[] {
  const seen: string[] = [];
  for (const type of ["open", "error", "statechange", "streamcomplete", "message", ...types]) {
    source.addEventListener(type, (event: Event) => {
      const { data, lastEventId, reason } = event as MessageEvent & SourceErrorEvent;
      seen.push(
        [type, source.state, reason, data, lastEventId].filter((part) => part !== undefined).join(" "),
      );
    });
  }
  return seen;
}

test("the platform's source is made inside the constructor, with URL and credentials", () => {
  const { source, platform } = make({ withCredentials: true });
  assert.equal(platform.url, url);
  assert.equal(platform.init?.withCredentials, true);
  assert.equal(source.snapshot.transport, "native");
  assert.equal(make().platform.init?.withCredentials, false);
});

test("open tells neither status nor headers, and the timeline says which transport ran", async () => {
  const { source, platform } = make();
  const open = next<Event & { status: unknown; headers: unknown }>(source, "open");
  platform.open();
  const { status, headers } = await open;
  assert.deepEqual([status, headers], [null, null]);
  assert.deepEqual(
    source.stats().timeline.map(({ state, transport }: Transition) => [state, transport]),
    [
      ["connecting", "native"],
      ["open", "native"],
    ],
  );
});

describe("events", () => {
  test("arrive as they were, with id and final origin", async () => {
    const { source, platform } = opened();
    const seen: unknown[] = [];
    const take = ({ type, data, lastEventId, origin }: MessageEvent) =>
      seen.push([type, data, lastEventId, origin]);
    source.onmessage = take;
    source.addEventListener(" odd: name", take);
    const texts = ["", " spaces ", "a\nb\n\nc", ":", "data: x", "\u{FEFF}ß😀", "\n"];
    for (const [index, text] of texts.entries())
      platform.message(index % 2 ? " odd: name" : "message", text, ` ${index}`);
    await turn();
    const origin = "https://moved.test";
    assert.deepEqual(
      seen,
      texts.map((text, index) => [index % 2 ? " odd: name" : "message", text, ` ${index}`, origin]),
    );
    assert.equal(source.lastEventId, " 6");
    assert.equal(source.stats().events, 7);
  });

  test("of a slow page keep the origin that they came from, whatever came since", async () => {
    const { source, platform } = opened();
    const seen: string[] = [];
    source.onmessage = ({ data, origin }) => seen.push(`${data} ${origin}`);
    platform.message("message", "a", "1", "https://a.test");
    platform.message("message", "b", "2", "https://a.test");
    platform.lose();
    platform.open();
    platform.message("message", "c", "3", "https://c.test");
    await turn();
    assert.deepEqual(seen, ["a https://a.test", "b https://a.test", "c https://c.test"]);
  });

  test("of a burst keep their order, however long handlers take", async () => {
    const { source, platform } = opened();
    const seen: number[] = [];
    source.onmessage = ({ data }) => {
      const until = performance.now() + 1;
      while (performance.now() < until);
      seen.push(+data);
    };
    for (let id = 1; id <= 50; id++) platform.message("message", `${id}`, `${id}`);
    // What comes behind is told behind.
    platform.lose();
    await next<Event>(source, "error");
    assert.deepEqual(
      seen,
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.equal(source.state, "waiting");
  });

  test("named ones are heard as the page asks, before and after a reconnection", async () => {
    const { source, platform } = opened();
    const seen: string[] = [];
    source.addEventListener("tick", ({ data }: MessageEvent) => seen.push(data));
    platform.message("tick", "1");
    platform.message("tock", "unasked");
    platform.fail();
    await next<Event>(source, "statechange");
    await next<Event>(source, "statechange");
    assert.equal(FakeEventSource.made.length, 2);
    FakeEventSource.latest.open();
    FakeEventSource.latest.message("tick", "2");
    await turn();
    assert.deepEqual(seen, ["1", "2"]);
  });

  test("a server may name them error and open", async () => {
    const { source, platform } = opened();
    const seen: unknown[] = [];
    for (const type of ["error", "open"])
      source.addEventListener(type, (event: Event) => {
        assert.ok(event instanceof MessageEvent);
        seen.push(event.data);
      });
    platform.message("error", "in the stream");
    platform.message("open", "too");
    await turn();
    assert.deepEqual(seen, ["in the stream", "too"]);
    assert.equal(source.state, "open");
  });

  test("without an id of their own keep the last one, also behind a reconnection", async () => {
    const { source, platform } = opened();
    platform.message("message", "a", "7");
    platform.message("message", "b", "7");
    platform.fail();
    await next<Event>(source, "statechange");
    await next<Event>(source, "statechange");
    // A source made anew knows nothing of the id.
    FakeEventSource.latest.open();
    FakeEventSource.latest.message("message", "c", "");
    await turn();
    assert.equal(source.lastEventId, "7");
    FakeEventSource.latest.message("message", "d", "8");
    FakeEventSource.latest.message("message", "e", "");
    await turn();
    assert.equal(source.lastEventId, "", "a server may take its id back");
  });

  test("above maxEventSize fail the source", async () => {
    const { source, platform } = opened({ maxEventSize: 1024 });
    platform.message("message", "x".repeat(2000));
    await turn();
    assert.deepEqual([source.state, source.snapshot.reason], ["failed", "too-large"]);
    assert.equal(platform.readyState, 2);
  });
});

describe("terminal events and heartbeats", () => {
  test("are heard whatever the page listens to", async () => {
    const { source, platform } = opened({ terminal: { done: "failed" } });
    const seen = lines(source);
    platform.message("done", "over", "9");
    platform.message("message", "never");
    await next<Event>(source, "streamcomplete");
    assert.equal(platform.readyState, 2);
    assert.deepEqual(seen, ["statechange completed terminal", "streamcomplete completed 9"]);
    assert.equal(source.snapshot.outcome, "failed");
    ResilientEventSource.unlatch(source.url);
  });

  test("a function sees unnamed events and those with a listener", async () => {
    const { source, platform } = opened({ terminal: ({ data }) => data === "over", latch: false });
    platform.message("tick", "over");
    await turn();
    assert.equal(source.state, "open");
    source.addEventListener("tick", () => {});
    platform.message("tick", "over");
    await turn();
    assert.equal(source.state, "completed");
  });

  test("a heartbeat is no news: a stream lost behind it is no cycle", async () => {
    for (const [type, reason] of [
      ["heartbeat", "network"],
      ["message", "cycle"],
    ] as const) {
      const { source, platform } = opened();
      platform.message(type, "x");
      platform.lose();
      await next<Event>(source, "error");
      assert.equal(source.snapshot.reason, reason);
    }
  });
});

describe("the end", () => {
  test("closed before the first open is final: refused", async () => {
    const { source, platform } = make();
    const seen = lines(source);
    platform.fail();
    await next<Event>(source, "error");
    assert.deepEqual(seen, ["statechange failed refused", "error failed refused"]);
    assert.equal(FakeEventSource.made.length, 1);
  });

  test("out of reach, the platform's source is closed and the backoff is ours", async () => {
    const { source, platform } = make();
    platform.lose();
    await next<Event>(source, "error");
    assert.equal(platform.readyState, 2);
    assert.equal(source.snapshot.reason, "network");
    await next<Event>(source, "statechange");
    assert.equal(FakeEventSource.made.length, 2);
  });

  test("after news the platform's source is left to reconnect by itself", async () => {
    const { source, platform } = opened();
    const seen = lines(source);
    platform.message("message", "a", "1");
    platform.lose();
    await turn();
    assert.deepEqual(
      [source.state, source.snapshot.reason, source.snapshot.retryAt],
      ["waiting", "cycle", null],
    );
    platform.open();
    platform.message("message", "b", "2");
    await turn();
    assert.deepEqual(seen, [
      "message open a 1",
      "statechange waiting cycle",
      "error waiting cycle",
      "statechange open opened",
      "open open",
      "message open b 2",
    ]);
    assert.equal(FakeEventSource.made.length, 1);
  });

  test("a source made anew carries the last event id and fresh parameters in its query", async () => {
    let ticket = 0;
    const { source, platform } = make({ params: async () => ({ ticket: `${++ticket}` }) });
    assert.equal(platform, undefined, "nobody waits for a promise in a constructor");
    await turn();
    FakeEventSource.latest.open();
    FakeEventSource.latest.message("message", "a", "1 ß");
    await turn();
    FakeEventSource.latest.fail();
    await next<Event>(source, "error");
    await next<Event>(source, "statechange");
    await turn();
    const { searchParams } = new URL(FakeEventSource.latest.url);
    assert.deepEqual(
      [...searchParams],
      [
        ["a", "1"],
        ["ticket", "2"],
        ["lastEventId", "1 ß"],
      ],
    );
    assert.equal(source.url, url);
  });

  test("no two platform sources are open at once, whatever wakes ours", async () => {
    const open = () => FakeEventSource.made.filter(({ readyState }) => readyState < 2).length;
    const { source, platform } = opened();
    platform.message("message", "a", "1");
    platform.lose();
    await turn();
    source.reconnect();
    assert.equal(open(), 1);
    assert.equal(FakeEventSource.made.length, 2);
    source.reset();
    assert.equal(open(), 1);
    source.close();
    assert.equal(open(), 0);
  });

  test("what the old source said behind its loss is not taken for the new one's", async () => {
    const { source, platform } = opened();
    const seen = lines(source);
    // A slow page: the platform reconnected meanwhile, and more came.
    platform.message("message", "a", "1");
    platform.lose();
    platform.open();
    platform.message("message", "b", "2");
    source.onerror = () => source.reconnect();
    await next<Event>(source, "error");
    await turn();
    assert.equal(source.state, "connecting");
    assert.ok(!seen.some((line) => line.startsWith("message connecting") || line.includes(" b ")), `${seen}`);
    const { latest } = FakeEventSource;
    assert.equal(new URL(latest.url).searchParams.get("lastEventId"), "1");
    latest.open();
    latest.message("message", "b", "2");
    await turn();
    assert.deepEqual(seen.slice(-2), ["open open", "message open b 2"]);
  });

  test("a handler of an event may reconnect: the new source is heard from its open on", async () => {
    const { source, platform } = opened();
    const seen = lines(source);
    source.onmessage = ({ lastEventId }) => {
      if (lastEventId === "1") source.reconnect();
    };
    platform.message("message", "a", "1");
    platform.message("message", "b", "2");
    await turn();
    FakeEventSource.latest.open();
    FakeEventSource.latest.message("message", "b", "2");
    await turn();
    assert.deepEqual(seen, [
      "message open a 1",
      "statechange connecting reconnect",
      "statechange open opened",
      "open open",
      "message open b 2",
    ]);
  });

  test("closed while parameters are waited for, it makes no platform source", async () => {
    let arrives: (ticket: Record<string, string>) => void = () => {};
    const ticket = new Promise<Record<string, string>>((resolve) => {
      arrives = resolve;
    });
    const { source } = make({ params: () => ticket });
    source.close();
    arrives({});
    await turn();
    assert.equal(FakeEventSource.made.length, 0);
  });

  test("while the page is slow the platform reconnects by itself once, not as fast as the server cuts", async () => {
    const { source, platform } = opened();
    const seen = lines(source);
    platform.message("message", "a", "1");
    platform.lose();
    platform.open();
    platform.message("message", "b", "2");
    assert.equal(platform.readyState, 1, "the first time");
    platform.lose();
    assert.equal(platform.readyState, 2);
    await next<Event>(source, "error");
    await next<Event>(source, "error");
    assert.deepEqual(
      seen.filter((line) => /^(message|statechange)/.test(line)),
      [
        "message open a 1",
        "statechange waiting cycle",
        "statechange open opened",
        "message open b 2",
        "statechange waiting cycle",
      ],
    );
    assert.ok(source.snapshot.retryAt, "the core's own pace");
  });

  test("it is not left to reconnect where the caller says how the id travels", async () => {
    const { source, platform } = opened({ resume: { query: "since" } });
    platform.message("message", "a", "1");
    platform.lose();
    await turn();
    assert.equal(platform.readyState, 2);
    assert.deepEqual([source.state, source.snapshot.reason], ["waiting", "cycle"]);
    source.reconnect();
    assert.equal(new URL(FakeEventSource.latest.url).searchParams.get("since"), "1");
  });

  test("one that is not left to reconnect is tried again where it never opened", async () => {
    const { source, platform } = make({ resume: { query: "since" } });
    platform.lose();
    await next<Event>(source, "error");
    assert.deepEqual([source.state, source.snapshot.reason], ["waiting", "network"]);
  });

  test("a reconnection that fails too before the page heard of the loss is a failure", async () => {
    const { source, platform } = opened();
    const seen = lines(source);
    platform.message("message", "a", "1");
    platform.lose();
    platform.lose();
    await next<Event>(source, "error");
    await next<Event>(source, "error");
    assert.deepEqual(
      seen.filter((line) => line.startsWith("error")),
      ["error waiting cycle", "error waiting network"],
    );
  });

  test("parameters that fail are the failure params, and retried", async () => {
    let calls = 0;
    const { source } = make({
      params: () => {
        if (++calls === 1) throw new Error("no ticket");
        return {};
      },
    });
    await next<Event>(source, "error");
    assert.equal(source.snapshot.reason, "params");
    await next<Event>(source, "statechange");
    assert.equal(FakeEventSource.made.length, 1);
  });

  test("no platform class at all is unsupported", async () => {
    scope.EventSource = undefined;
    const { source } = make();
    await next<Event>(source, "error");
    assert.deepEqual([source.state, source.snapshot.reason], ["failed", "unsupported"]);
  });
});

test("a page that put our class in the platform's place does not send it in circles", () => {
  scope.EventSource = ResilientEventSource;
  const { source } = make();
  // Node had none when the package was loaded.
  assert.equal(FakeEventSource.made.length, 0);
  assert.equal(source.snapshot.state, "connecting");
});

test("a subclass may have its own addEventListener, and it is no property of each source", () => {
  const asked: string[] = [];
  class Own extends ResilientEventSource {
    override addEventListener(...args: [never, never]) {
      asked.push(args[0]);
      super.addEventListener(...args);
    }
  }
  const source = new Own(url, { transport: "native" });
  sources.push(source);
  const seen: string[] = [];
  source.addEventListener("tick" as never, (({ data }: MessageEvent) => seen.push(data)) as never);
  assert.deepEqual([asked, Object.keys(source)], [["tick"], []]);
});

test("close ends it at once, and nothing comes after", async () => {
  const { source, platform } = opened();
  const seen = lines(source);
  platform.message("message", "a", "1");
  source.close();
  platform.message("message", "b", "2");
  await turn();
  assert.deepEqual(seen, ["statechange closed close"]);
  assert.equal(platform.readyState, 2);
});

test("the iterator yields what was asked for", async () => {
  const { source, platform } = opened();
  const events = source[Symbol.asyncIterator]();
  platform.message("message", "a", "1");
  assert.equal((await events.next()).value.data, "a");
});
