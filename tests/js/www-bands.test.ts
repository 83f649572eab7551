// The page's timeline: from the package's transitions to what is drawn.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Reason, State, Transition } from "../../src/js/types.ts";
import { bandsOf, columnsOf, lanesOf, slotMs, spanOf, ticksOf, totalsOf } from "../../www/src/model/bands.ts";

const start = 1_000_000;

const timeline = (...entries: [seconds: number, state: State, reason: Reason][]): Transition[] =>
  entries.map(([seconds, state, reason]) => ({
    at: start + seconds * 1000,
    state,
    reason,
    attempt: 1,
    retryIn: state === "waiting" ? 3000 : null,
    transport: "fetch",
  }));

const cut = timeline(
  [0, "connecting", "start"],
  [0.5, "open", "opened"],
  [4, "waiting", "network"],
  [7, "connecting", "retry"],
  [7.1, "open", "opened"],
);
const over = [...cut, ...timeline([12, "completed", "terminal"])];

describe("bands", () => {
  test("each stay lasts until the next transition, the last one until now", () => {
    const bands = bandsOf(cut, start + 9000);
    assert.deepEqual(
      bands.map(({ state, from, to }) => [state, from - start, to - start]),
      [
        ["connecting", 0, 500],
        ["open", 500, 4000],
        ["waiting", 4000, 7000],
        ["connecting", 7000, 7100],
        ["open", 7100, 9000],
      ],
    );
    assert.deepEqual(
      bands.map(({ live }) => live),
      [false, false, false, false, true],
    );
  });

  test("a state that only the caller leaves takes no time and stops the picture", () => {
    const [soon, later] = [bandsOf(over, start + 13_000), bandsOf(over, start + 90_000)];
    assert.deepEqual(soon, later);
    assert.equal(soon.at(-1)?.live, false);
    assert.deepEqual(spanOf(soon), spanOf(later));
  });

  test("giving up goes on: the source may come back from it", () => {
    assert.equal(bandsOf(timeline([0, "gaveup", "network"]), start + 5000)[0]?.live, true);
  });

  test("a clock that was set back makes no band of negative length", () => {
    const [band] = bandsOf(timeline([5, "open", "opened"], [2, "waiting", "network"]), start + 9000);
    assert.equal(band?.to, band?.from);
  });

  test("totals count every stay of a state", () => {
    const totals = totalsOf(bandsOf(cut, start + 9100));
    assert.deepEqual(totals, [
      { state: "open", times: 2, ms: 5500 },
      { state: "connecting", times: 2, ms: 600 },
      { state: "waiting", times: 1, ms: 3000 },
    ]);
  });
});

test("lanes for open, connecting and waiting are always there, others when they are needed", () => {
  assert.deepEqual(lanesOf([]), ["open", "connecting", "waiting"]);
  assert.deepEqual(lanesOf(bandsOf(over, start)), ["open", "connecting", "waiting", "completed"]);
});

describe("span", () => {
  const lengthAt = (seconds: number) => {
    const { from, to } = spanOf(bandsOf(cut, start + seconds * 1000));
    return (to - from) / 1000;
  };

  test("a living picture stands still between steps, and always holds now", () => {
    assert.equal(lengthAt(11), lengthAt(14));
    for (const seconds of [8, 10, 59, 61, 3599, 3601, 100_000]) assert.ok(lengthAt(seconds) >= seconds);
  });

  test("an empty one has a length, so that nothing is divided by zero", () => {
    const { from, to } = spanOf([]);
    assert.ok(to > from);
  });
});

test("ticks are round, begin at 0 and are as few as asked for", () => {
  assert.deepEqual(ticksOf(30_000, 6), [0, 5000, 10_000, 15_000, 20_000, 25_000, 30_000]);
  for (const ms of [900, 12_345, 400_000, 90_000_000]) {
    const ticks = ticksOf(ms, 5);
    assert.ok(ticks.length <= 6 && ticks.length >= 2, `${ticks}`);
  }
});

test("arrivals fall into the column of their time, and those outside the span into none", () => {
  const slot = (at: number) => Math.floor(at / slotMs);
  const arrivals = new Map([
    [slot(start - 5000), 7],
    [slot(start + 100), 1],
    [slot(start + 9900), 2],
    [slot(start + 9900) + 1, 3],
    [slot(start + 60_000), 9],
  ]);
  assert.deepEqual(columnsOf(arrivals, start, start + 10_000, 10), [1, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
});
