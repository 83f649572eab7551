// What follows the end of a stream, and what the server is told then.
import { assert } from "chai";
import { group, inPagesAndWorkers, next } from "../support/check.ts";
import { ending, shared, status, stream } from "../support/script.ts";

const { checks, check } = group();

const cuts = shared(ending("id: 1\ndata: 1\n\n"));
const rest = shared(stream("data: 2\n\n"));

/** How long it takes from the next `error` to the next message, in milliseconds. */
async function timeBetween(source: EventSource): Promise<number> {
  await next(source, "error");
  const began = performance.now();
  await next(source, "message");
  return performance.now() - began;
}

check("reconnect", "a stream that ends is asked for again, with one `error` in between", async (trial) => {
  const { url, recording, source } = await trial.play([
    ending("data: 1\n\n"),
    ending("data: 2\n\n"),
    stream("data: 3\n\n"),
  ]);
  await recording.reach(5);
  assert.deepEqual(recording.types, ["message", "error", "message", "error", "message"]);
  assert.equal((await trial.asked(url)).length, 3);
  assert.equal(source.readyState, 1);
});

check("reconnect-cut", "so is one that is cut off", async (trial) => {
  const { recording } = await trial.play([
    { ...ending("data: 1\n\n", { wait: 50 }), end: "cut" },
    stream("data: 2\n\n"),
  ]);
  await recording.reach(3);
  assert.deepEqual(recording.types, ["message", "error", "message"]);
});

check("reconnect-empty", "so is one that ends without an event", async (trial) => {
  const { recording } = await trial.play([ending(":\n"), stream("data: 2\n\n")]);
  await recording.reach(2);
  assert.deepEqual(recording.types, ["error", "message"]);
});

check("reconnect-nowhere", "a first connection that is reset is tried again", async (trial) => {
  const { recording, source } = await trial.play([{ ...status(200), end: "cut" }, stream("data: 1\n\n")]);
  await recording.reach(2);
  assert.deepEqual(recording.types, ["error", "message"]);
  assert.equal(source.readyState, 1);
});

check("retry", "`retry` is the time in between, in milliseconds, within a quarter", async (trial) => {
  const url = await trial.serve([{ body: ["retry: 1600\ndata: 1\n\n"], end: "end" }, stream("data: 2\n\n")]);
  assert.approximately(await timeBetween(trial.open(url)), 1600, 400);
});

check("retry-default", "without it, a time of the client's own, which is some seconds", async (trial) => {
  const url = await trial.serve([{ body: ["data: 1\n\n"], end: "end" }, stream("data: 2\n\n")]);
  assert.isAbove(await timeBetween(trial.open(url)), 1000);
});

check("retry-bogus", "what is not of digits alone is nothing", async (trial) => {
  const bogus = ["1x", "x1", "1.5", "-1", "+1", "1 ", "\u0661", "1e3", "0x1"].map(
    (value) => `retry: ${value}\n`,
  );
  const url = await trial.serve([
    { body: ["retry: 1600\n", ...bogus, "data: 1\n\n"], end: "end" },
    stream("data: 2\n\n"),
  ]);
  assert.approximately(await timeBetween(trial.open(url)), 1600, 400);
});

check("retry-empty", "nor is an empty one anything", async (trial) => {
  const url = await trial.serve([
    { body: ["retry: 1600\nretry\nretry:\ndata: 1\n\n"], end: "end" },
    stream("data: 2\n\n"),
  ]);
  assert.approximately(await timeBetween(trial.open(url)), 1600, 400);
});

check("retry-lasting", "it holds for the reconnections that follow", async (trial) => {
  const url = await trial.serve([
    ending("data: 1\n\n"),
    { body: ["data: 2\n\n"], end: "end" },
    stream("data: 3\n\n"),
  ]);
  const source = trial.open(url);
  await next(source, "error");
  assert.isBelow(await timeBetween(source), 1000);
});

check("id-header", "the next request has the last event id as `Last-Event-ID`", async (trial) => {
  const { url, recording } = await trial.play([
    ending("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n"),
    stream("data: 3\n\n"),
  ]);
  await recording.reach(4);
  assert.equal(recording.events[3]?.lastEventId, "2");
  const asked = await trial.asked(url, { requests: 2 });
  assert.deepEqual(
    asked.map(({ headers }) => headers["last-event-id"]),
    [undefined, "2"],
  );
});

check("id-header-utf-8", "in UTF-8", async (trial) => {
  const { url, recording } = await trial.play([ending("id: ü…𝄞\ndata: 1\n\n"), stream("data: 3\n\n")]);
  await recording.reach(3);
  const asked = await trial.asked(url, { requests: 2 });
  const bytes = Array.from(new TextEncoder().encode("ü…𝄞"), (byte) => String.fromCharCode(byte)).join("");
  assert.equal(asked[1]?.headers["last-event-id"], bytes);
});

check("id-header-empty", "none when the id was taken back", async (trial) => {
  const { url, recording } = await trial.play([
    ending("id: 1\ndata: 1\n\nid\ndata: 2\n\n"),
    stream("data: 3\n\n"),
  ]);
  await recording.reach(4);
  const asked = await trial.asked(url, { requests: 2 });
  assert.notProperty(asked[1]?.headers, "last-event-id");
});

check("id-lasting", "the id lasts over a stream without one, and over a failure", async (trial) => {
  const { url, recording } = await trial.play([
    ending("id: 1\ndata: 1\n\n"),
    ending("data: 2\n\n"),
    { ...status(200), end: "cut" },
    stream("data: 3\n\n"),
  ]);
  while (recording.data.at(-1) !== "3") await recording.reach(recording.events.length + 1);
  assert.equal(recording.events.at(-1)?.lastEventId, "1");
  const asked = await trial.asked(url, { requests: 4 });
  assert.equal(asked[3]?.headers["last-event-id"], "1");
});

check("id-without-data-header", "the id of a block without data is sent too", async (trial) => {
  const { url, recording } = await trial.play([ending("data: 1\n\nid: 9\n\n"), stream("data: 2\n\n")]);
  await recording.reach(3);
  const asked = await trial.asked(url, { requests: 2 });
  assert.equal(asked[1]?.headers["last-event-id"], "9");
});

check("redirect-id", "the id goes along with a redirect", async (trial) => {
  const target = await trial.serve([ending("id: 1\ndata: 1\n\n"), ending("data: 2\n\n")]);
  const url = await trial.serve(status(307, { location: target }));
  const recording = trial.record(trial.open(url), "message");
  await recording.reach(2);
  const asked = await trial.asked(target, { requests: 2 });
  assert.equal(asked[1]?.headers["last-event-id"], "1");
});

check(
  "redirect-other-id",
  "a stream that is redirected to another origin, which refuses preflights, goes on after an id",
  async (trial) => {
    const target = await trial.serve([cuts, rest], { other: true });
    const recording = trial.record(
      trial.open(await trial.serve(status(307, { location: target }))),
      "message",
    );
    await recording.reach(2);
    assert.deepEqual(recording.data, ["1", "2"]);
  },
  inPagesAndWorkers,
);

check("204-stops", "a 204 at a reconnection ends it: `error`, and CLOSED", async (trial) => {
  const { source, recording } = await trial.play([ending("data: 1\n\n"), status(204)]);
  await recording.reach(3);
  assert.deepEqual([recording.types, source.readyState], [["message", "error", "error"], 2]);
});

check("404-stops", "so does a 404", async (trial) => {
  const { source, recording } = await trial.play([ending("data: 1\n\n"), status(404)]);
  await recording.reach(3);
  assert.deepEqual([recording.types, source.readyState], [["message", "error", "error"], 2]);
});

check(
  "cross-allowed",
  "another origin that allows the header in a preflight gets the id by it",
  async (trial) => {
    const preflight = {
      ...shared(status(204)),
      headers: { "access-control-allow-origin": "*", "access-control-allow-headers": "last-event-id" },
    };
    const url = await trial.serve([cuts, rest], { other: true, preflight });
    const recording = trial.record(trial.open(url), "message");
    await recording.reach(2);
    const asked = (await trial.asked(url, { requests: 2 })).filter(({ method }) => method === "GET");
    assert.deepEqual(
      asked.map(({ headers, query }) => [headers["last-event-id"], query]),
      [
        [undefined, ""],
        ["1", ""],
      ],
    );
  },
  inPagesAndWorkers,
);

check(
  "cross-refused",
  "one that refuses preflights gets it by the header too",
  async (trial) => {
    const url = await trial.serve([cuts, rest], { other: true });
    const recording = trial.record(trial.open(url), "message");
    await recording.reach(2);
    const asked = (await trial.asked(url, { requests: 2 })).filter(({ method }) => method === "GET");
    assert.equal(asked[1]?.headers["last-event-id"], "1");
  },
  inPagesAndWorkers,
);

check(
  "cross-resumed",
  "one that refuses preflights is resumed from the id, however it travels (design: or the query `lastEventId`)",
  async (trial) => {
    const url = await trial.serve([cuts, rest], { other: true });
    const recording = trial.record(trial.open(url), "message", "error");
    await recording.reach(3);
    assert.deepEqual(recording.types, ["message", "error", "message"]);
    const asked = (await trial.asked(url, { requests: 2 })).filter(({ method }) => method === "GET");
    assert.equal(
      asked[1]?.headers["last-event-id"] ?? new URLSearchParams(asked[1]?.query).get("lastEventId"),
      "1",
    );
  },
  inPagesAndWorkers,
);

check(
  "cross-ignorant",
  "one that refuses preflights and knows no ids goes on as it likes",
  async (trial) => {
    const url = await trial.serve([cuts, cuts, rest], { other: true });
    const recording = trial.record(trial.open(url), "message");
    await recording.reach(3);
    assert.deepEqual(recording.data, ["1", "1", "2"]);
  },
  inPagesAndWorkers,
);

export const reconnecting = checks;
