// The page's fault panel: what it asks of the server.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeActive, faultKinds, type Reach, requestsOf } from "../../www/src/model/faults.ts";

const kinds = faultKinds(20_000);
const kindOf = (id: string) => {
  const kind = kinds.find((kind) => kind.id === id);
  assert.ok(kind, `there is a kind ${id}`);
  return kind;
};
const reach: Reach = { runId: "r", mode: "once", times: 3, seconds: 9, eachClient: false };

describe("a fault of the panel", () => {
  test("strikes the run alone or every stream, once, some times or for a while", () => {
    const cut = (more: Partial<Reach>) => requestsOf(kindOf("cut"), { clean: false }, { ...reach, ...more });
    const own = { kind: "cut", clean: false };
    assert.deepEqual(cut({}), [{ ...own, run_id: "r", times: 1 }]);
    assert.deepEqual(cut({ runId: null }), [{ ...own, times: 1 }]);
    assert.deepEqual(cut({ mode: "times" }), [{ ...own, run_id: "r", times: 3 }]);
    assert.deepEqual(cut({ mode: "while" }), [{ ...own, run_id: "r", for_ms: 9000 }]);
  });

  test("meets each client by itself where the browser's own runs too", () => {
    const requests = requestsOf(kindOf("reset"), {}, { ...reach, eachClient: true });
    assert.deepEqual(requests, [{ kind: "reset", run_id: "r", times: 1, each_client: true }]);
  });

  test("of a request is laid out before the cut that sends the streams to it", () => {
    const values = { status: 503, retry_after: 5 };
    assert.deepEqual(requestsOf(kindOf("status"), values, { ...reach, mode: "times" }), [
      { kind: "status", status: 503, retry_after: 5, run_id: "r", times: 3 },
      { kind: "cut", run_id: "r", times: 1, for_ms: 1000 },
    ]);
  });

  test("names no Retry-After of nothing", () => {
    const [status] = requestsOf(kindOf("status"), { status: 500, retry_after: 0 }, reach);
    assert.ok(status && !("retry_after" in status));
  });

  test("that lasts is given its time, also when it strikes once", () => {
    assert.deepEqual(requestsOf(kindOf("hang"), {}, reach), [
      { kind: "hang", run_id: "r", times: 1, for_ms: 9000 },
    ]);
  });

  test("of the process knows no run and no times", () => {
    assert.deepEqual(requestsOf(kindOf("restart"), { for: 2 }, { ...reach, eachClient: true }), [
      { kind: "restart", for_ms: 2000 },
    ]);
  });

  test("has a name of its own, and says what to expect on either side", () => {
    assert.equal(new Set(kinds.map(({ id }) => id)).size, kinds.length);
    for (const { id, ours, twin } of kinds) assert.ok(ours && twin, id);
  });
});

test("a fault in force says what is left of it", () => {
  const fault = {
    id: 1,
    kind: "cut",
    run_id: "r",
    times_left: 2,
    each_client: false,
    for_ms_left: 4200,
    streams: 1,
  };
  assert.equal(describeActive(fault), "one run · 2 times more · 5 s left · struck 1 stream");
  assert.match(describeActive({ ...fault, each_client: true }), /2 times per client/);
  assert.equal(
    describeActive({ ...fault, run_id: null, times_left: null, for_ms_left: null, streams: 0 }),
    "all streams",
  );
});
