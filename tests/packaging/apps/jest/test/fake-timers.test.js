// A source as a dashboard's own tests drive it: with a faked clock, and a fake
// `fetch` or `EventSource` for a server.
const { ResilientEventSource } = require("resilient-eventsource");

const url = "http://127.0.0.1/stream";
const refuse = () => Promise.reject(new TypeError("refused"));
const hang = () => new Promise(() => {});

/** A `fetch` that opens a stream, and what writes to it. */
function streaming() {
  let controller;
  const body = new ReadableStream({
    start(given) {
      controller = given;
    },
  });
  const response = new Response(body, { headers: { "content-type": "text/event-stream" } });
  return {
    fetch: () => Promise.resolve(response),
    write: (text) => controller.enqueue(new TextEncoder().encode(text)),
    cut: () => controller.error(new TypeError("cut")),
  };
}

const { fetch: platformFetch, EventSource: platformSource } = globalThis;
const restoreGlobals = () => {
  globalThis.fetch = platformFetch;
  globalThis.EventSource = platformSource;
};

/** Replaces what sources ask; returns what records the requests. */
function stubFetch(...answers) {
  const fetch = jest.fn(answers.pop());
  for (const answer of answers) fetch.mockImplementationOnce(answer);
  globalThis.fetch = fetch;
  return fetch;
}

/** The next event of a type. */
const next = (source, type) =>
  new Promise((resolve) => source.addEventListener(type, resolve, { once: true }));

/** What a source says of its failures. */
function errorsOf(source) {
  const errors = [];
  source.addEventListener("error", ({ reason, retryIn }) => errors.push([reason, retryIn]));
  return errors;
}

/** A stand-in for the platform's class. */
class FakeEventSource extends EventTarget {
  static made = [];
  readyState = 0;
  constructor(asked) {
    super();
    this.url = asked;
    FakeEventSource.made.push(this);
  }
  close() {
    this.readyState = 2;
  }
  /** @param at its ready state from then on */
  fire(event, at) {
    this.readyState = at;
    this.dispatchEvent(event);
  }
}

afterEach(() => {
  ResilientEventSource.clear();
  jest.useRealTimers();
  restoreGlobals();
});

describe("under a faked clock", () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  test("a refused source tries again when the clock has gone on, and not before", async () => {
    const fetch = stubFetch(refuse, hang);
    const source = new ResilientEventSource(url, { retry: { jitter: "none" } });
    const errors = errorsOf(source);
    expect(fetch).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(errors).toEqual([["network", 1000]]);
    expect(source.state).toBe("waiting");
    await jest.advanceTimersByTimeAsync(900);
    expect(fetch).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(source.state).toBe("connecting");
  });

  test("the usual jitter never waits longer than the clock is moved", async () => {
    const fetch = stubFetch(refuse);
    new ResilientEventSource(url);
    for (let calls = 1; calls < 6; calls++) {
      expect(fetch.mock.calls.length).toBeGreaterThanOrEqual(calls);
      await jest.advanceTimersByTimeAsync(30_100);
    }
  });

  test("a stream that was cut comes back with the last event id", async () => {
    const first = streaming();
    const second = streaming();
    const fetch = stubFetch(first.fetch, second.fetch);
    const source = new ResilientEventSource(url);
    const seen = [];
    source.onmessage = ({ data }) => seen.push(data);
    first.write("id: 1\ndata: one\n\n");
    await next(source, "message");
    first.cut();
    await jest.advanceTimersByTimeAsync(5000);
    expect(fetch.mock.lastCall[1].headers.get("last-event-id")).toBe("1");
    second.write("data: two\n\n");
    await next(source, "message");
    expect(seen).toEqual(["one", "two"]);
    expect(source.state).toBe("open");
  });

  test("gives up after five minutes without a server, and leaves no timer", async () => {
    stubFetch(refuse);
    const source = new ResilientEventSource(url);
    const errors = errorsOf(source);
    await jest.advanceTimersByTimeAsync(295_000);
    expect(source.state).not.toBe("gaveup");
    await jest.advanceTimersByTimeAsync(45_000);
    expect(source.state).toBe("gaveup");
    expect(errors.at(-1)).toEqual(["network", null]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test("a silent stream is dropped when idleTimeout has passed", async () => {
    stubFetch(streaming().fetch, hang);
    const source = new ResilientEventSource(url, { idleTimeout: 30_000 });
    const errors = errorsOf(source);
    await jest.advanceTimersByTimeAsync(29_000);
    expect(source.state).toBe("open");
    await jest.advanceTimersByTimeAsync(2000);
    expect(errors).toMatchObject([["idle", expect.any(Number)]]);
    await jest.advanceTimersByTimeAsync(1000);
    expect(source.state).toBe("connecting");
  });

  test("events of a fake EventSource arrive, and its failure leads to another one", async () => {
    FakeEventSource.made = [];
    globalThis.EventSource = FakeEventSource;
    const source = new ResilientEventSource(url, { transport: "native" });
    const [first] = FakeEventSource.made;
    first.fire(new Event("open"), 1);
    first.fire(new MessageEvent("message", { data: "one", lastEventId: "1" }), 1);
    expect((await next(source, "message")).data).toBe("one");
    first.fire(new Event("error"), 2);
    await jest.advanceTimersByTimeAsync(5000);
    expect(FakeEventSource.made.map((made) => made.url)).toEqual([url, `${url}?lastEventId=1`]);
  });

  test("the times of a snapshot are those of the faked clock", async () => {
    const now = Date.UTC(2001, 1, 3);
    jest.setSystemTime(now);
    stubFetch(streaming().fetch);
    const source = new ResilientEventSource(url);
    await jest.advanceTimersByTimeAsync(100);
    expect(source.snapshot.openedAt - now).toBeGreaterThanOrEqual(0);
    expect(source.snapshot.openedAt - now).toBeLessThanOrEqual(100);
  });
});

test("what is faked after a source was made is asked from then on", async () => {
  const before = stubFetch(refuse, hang);
  const source = new ResilientEventSource(url, { retry: { initial: 1, floor: 0 } });
  await next(source, "error");
  await next(source, "statechange");
  expect(before).toHaveBeenCalledTimes(2);
  source.close();

  jest.useFakeTimers();
  const after = stubFetch(refuse, hang);
  new ResilientEventSource(url, { retry: { jitter: "none" } });
  await jest.advanceTimersByTimeAsync(900);
  expect(after).toHaveBeenCalledTimes(1);
  await jest.advanceTimersByTimeAsync(200);
  expect(after).toHaveBeenCalledTimes(2);
});

test("what was faked and is restored is asked no more", async () => {
  jest.useFakeTimers();
  const faked = stubFetch(refuse);
  new ResilientEventSource(url).close();
  jest.useRealTimers();
  restoreGlobals();

  const calls = faked.mock.calls.length;
  const restored = stubFetch(refuse, hang);
  const source = new ResilientEventSource(url, { retry: { initial: 1, floor: 0 } });
  await next(source, "error");
  await next(source, "statechange");
  expect(restored).toHaveBeenCalledTimes(2);
  expect(faked).toHaveBeenCalledTimes(calls);
});
