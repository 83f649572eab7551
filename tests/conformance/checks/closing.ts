// `close()`, whenever it comes.
import { assert } from "chai";
import { group, next, type Trial } from "../support/check.ts";
import { ending, status, stream } from "../support/script.ts";

const { checks, check } = group();

/** Longer than what would still come takes on its way. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 150));

/**
 * How long it takes until the server sees the connection close, in milliseconds. Where no read is pending, Chromium
 * first tries for 5 s to read the rest.
 */
async function untilGone(trial: Trial, url: string): Promise<number> {
  const began = performance.now();
  await trial.asked(url, { gone: 1 });
  return performance.now() - began;
}

check(
  "close-state",
  "`close` sets `readyState` to 2 at once, fires nothing, and may be called again",
  async (trial) => {
    const source = trial.open(await trial.serve(stream("data: 1\n\n")));
    const recording = trial.record(source, "open", "message", "error");
    source.close();
    assert.equal(source.readyState, 2);
    assert.isUndefined(source.close());
    await quiet();
    assert.deepEqual(recording.types, []);
  },
);

check("close-connection", "the server sees the connection close", async (trial) => {
  const url = await trial.serve(stream("data: 1\n\n"));
  const source = trial.open(url);
  await next(source, "message");
  await quiet();
  source.close();
  assert.isBelow(await untilGone(trial, url), 6500);
});

check(
  "close-open-connection",
  "also when `close` comes in `open`, before an event was read",
  async (trial) => {
    const url = await trial.serve(stream(":\n"));
    const source = trial.open(url);
    await next(source, "open");
    source.close();
    await trial.asked(url, { gone: 1 });
  },
);

/** A stream that says no more before it would be noticed that nobody listens. */
const silent = stream("data: 1\n\n", { wait: 7000 }, ":\n");

check(
  "close-redirected",
  "also when the stream was redirected, without waiting for its next byte",
  async (trial) => {
    const target = await trial.serve(silent);
    const source = trial.open(await trial.serve(status(307, { location: target })));
    await next(source, "message");
    source.close();
    assert.isBelow(await untilGone(trial, target), 6500);
  },
);

check(
  "close-redirected-open",
  "also when `close` comes in `open` of one that was redirected",
  async (trial) => {
    const target = await trial.serve(silent);
    const source = trial.open(await trial.serve(status(307, { location: target })));
    await next(source, "open");
    source.close();
    await trial.asked(target, { gone: 1 });
  },
);

check("close-open", "`close` in `open` keeps the events of the stream back", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: 1\n\n")));
  const recording = trial.record(source, "message", "error");
  await next(source, "open");
  source.close();
  await quiet();
  assert.deepEqual(recording.types, []);
});

check(
  "close-message",
  "`close` in a handler keeps the rest of the chunk back, but not the listeners that follow",
  async (trial) => {
    const source = trial.open(await trial.serve(stream("data: 1\n\ndata: 2\n\ndata: 3\n\n")));
    source.onmessage = () => source.close();
    const recording = trial.record(source, "message", "error");
    await recording.reach(1);
    await quiet();
    assert.deepEqual(recording.data, ["1"]);
  },
);

check("close-microtask", "so does `close` in a microtask of it", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: 1\n\ndata: 2\n\n")));
  source.onmessage = async () => {
    await null;
    source.close();
  };
  const recording = trial.record(source, "message", "error");
  await recording.reach(1);
  await quiet();
  assert.deepEqual(recording.data, ["1"]);
});

check("close-error", "`close` in `error` makes an end of the reconnection", async (trial) => {
  // WebKit's workers may be so late with the event that a request after a millisecond comes first.
  const url = await trial.serve(ending("retry: 200\ndata: 1\n\n"));
  const source = trial.open(url);
  const states: number[] = [];
  // In the handler itself: WebKit's shared workers may put microtasks off until after the next event.
  source.onerror = () => {
    states.push(source.readyState);
    source.close();
    states.push(source.readyState);
  };
  await next(source, "error");
  await new Promise((resolve) => setTimeout(resolve, 900));
  assert.deepEqual(states, [0, 2]);
  assert.equal((await trial.asked(url)).length, 1);
});

check("close-other", "`close` of one source leaves another of the same URL alone", async (trial) => {
  const url = await trial.serve(stream("data: 1\n\n", { wait: 150 }, "data: 2\n\n"));
  const one = trial.open(url);
  const other = trial.open(url);
  const recording = trial.record(other, "message");
  await next(one, "message");
  one.close();
  await recording.reach(2);
  assert.deepEqual(recording.data, ["1", "2"]);
});

check("close-dispatch", "a closed source still dispatches what the page makes", async (trial) => {
  const source = trial.open(await trial.serve(stream(":\n")));
  source.close();
  const recording = trial.record(source, "message");
  source.dispatchEvent(new MessageEvent("message", { data: "mine" }));
  assert.deepEqual(recording.data, ["mine"]);
});

export const closing = checks;
