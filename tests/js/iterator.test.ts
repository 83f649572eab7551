// `for await` over a source.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadClass, turn } from "./support/fake.ts";

const loaded = await loadClass();
const { ResilientEventSource } = loaded;

function opened() {
  const source = new ResilientEventSource("https://example.test/?secret");
  const machine = loaded.latest();
  machine.open();
  return { source, machine };
}

/** Reads to the end; a throw is the last entry. */
async function drain(events: AsyncIterable<MessageEvent>) {
  const seen: unknown[] = [];
  try {
    for await (const { type, data } of events) seen.push(`${type} ${data}`);
  } catch (error) {
    seen.push(error);
  }
  return seen;
}

test("it yields every server event from the call on, named ones too, and ends at completed", async () => {
  const { source, machine } = opened();
  machine.batch({ data: "early" });
  await machine.called("drained");
  const events = source[Symbol.asyncIterator]();
  machine.batch({ data: "1" }, { type: "tick", data: "2" });
  await turn();
  machine.go("completed", "terminal");
  assert.deepEqual(await drain(events), ["message 1", "tick 2"]);
});

test("it does not yield the class's own events", async () => {
  const { source, machine } = opened();
  const seen = drain(source);
  machine.host.stall(true);
  machine.error("network", { retryIn: 5 });
  source.close();
  assert.deepEqual(await seen, []);
});

test("close ends it at once: what is buffered is not yielded after close() returned", async () => {
  const { source, machine } = opened();
  const events = source[Symbol.asyncIterator]();
  machine.batch({ data: "1" }, { data: "2" });
  await turn();
  assert.equal((await events.next()).value.data, "1");
  source.close();
  assert.deepEqual(await drain(events), []);
});

for (const state of ["failed", "gaveup"] as const) {
  test(`it throws at ${state}, after what is buffered, with the error event as cause`, async () => {
    const { source, machine } = opened();
    const events = source[Symbol.asyncIterator]();
    machine.batch({ data: "1" });
    await turn();
    machine.go(state, "network");
    machine.error("network", { attempt: 4, fatal: state === "failed" });
    const [first, error] = (await drain(events)) as [string, Error];
    assert.equal(first, "message 1");
    assert.ok(error instanceof Error);
    assert.ok(error.cause instanceof loaded.SourceErrorEvent);
    assert.doesNotMatch(error.message, /secret/);
    assert.deepEqual(await events.next(), { done: true, value: undefined });
  });

  test(`one that begins in ${state} throws`, async () => {
    const { source, machine } = opened();
    machine.go(state, "network");
    assert.ok((await drain(source))[0] instanceof Error);
  });
}

for (const state of ["completed", "closed"] as const) {
  test(`one that begins in ${state} ends`, async () => {
    const { source, machine } = opened();
    machine.go(state, "close");
    assert.deepEqual(await drain(source), []);
  });
}

test("an error that is not final does not end it", async () => {
  const { source, machine } = opened();
  const seen = drain(source);
  machine.go("waiting", "network", { retryIn: 5 });
  machine.error("network", { retryIn: 5 });
  machine.open();
  machine.batch({ data: "1" });
  await turn();
  machine.go("completed", "terminal");
  assert.deepEqual(await seen, ["message 1"]);
});

test("break ends the iteration and not the source", async () => {
  const { source, machine } = opened();
  machine.batch({ data: "0" });
  const loop = (async () => {
    for await (const _ of source) break;
  })();
  machine.batch({ data: "1" });
  await loop;
  assert.equal(source.state, "open");
  assert.ok(!machine.calls.includes("close"));
});

test("several iterators each get everything", async () => {
  const { source, machine } = opened();
  const both = [drain(source), drain(source)];
  machine.batch({ data: "1" }, { data: "2" });
  await turn();
  machine.go("completed", "terminal");
  for (const seen of await Promise.all(both)) assert.deepEqual(seen, ["message 1", "message 2"]);
});

test("next() may be called ahead, and return() settles what waits", async () => {
  const { source, machine } = opened();
  const events = source[Symbol.asyncIterator]();
  const ahead = [events.next(), events.next(), events.next()];
  machine.batch({ data: "1" }, { data: "2" });
  await turn();
  assert.deepEqual([(await ahead[0])?.value.data, (await ahead[1])?.value.data], ["1", "2"]);
  await events.return?.();
  assert.deepEqual(await ahead[2], { done: true, value: undefined });
});

test("it buffers 10,000 events, then throws after having given them", { timeout: 60_000 }, async () => {
  const { source, machine } = opened();
  const events = source[Symbol.asyncIterator]();
  const rows = Array.from({ length: 10_001 }, (_, i) => ({ data: String(i) }));
  machine.batch(...rows);
  await machine.called("drained");
  const seen = await drain(events);
  assert.equal(seen.length, 10_001);
  assert.equal(seen[9_999], "message 9999");
  assert.match((seen[10_000] as Error).message, /10000 events/);
});

describe("a consumer that waits", () => {
  test("is woken by each event", async () => {
    const { source, machine } = opened();
    const events = source[Symbol.asyncIterator]();
    for (const data of ["1", "2"]) {
      const waiting = events.next();
      machine.batch({ data });
      assert.equal((await waiting).value.data, data);
      await turn();
    }
  });
});
