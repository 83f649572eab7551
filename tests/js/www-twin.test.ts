// The page's comparison: what is counted of the browser's own source, and the
// sentence that tells the two apart.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { spanOf, twinBandsOf } from "../../www/src/model/bands.ts";
import { differenceOf, type Ours, oursAsSide, twinAsSide } from "../../www/src/model/difference.ts";
import type { RunEvent } from "../../www/src/model/events.ts";
import { countEvent, emptyTally, type Tally } from "../../www/src/model/tally.ts";
import {
  emptyTwin,
  stayOf,
  type TwinState,
  twinErred,
  twinHeard,
  twinOpened,
  twinStarted,
  twinStopped,
} from "../../www/src/model/twin.ts";

const start = 1_000_000;
const at = (seconds: number) => start + seconds * 1000;

const event = (type: RunEvent["type"], data: object = {}) =>
  ({ type, run_id: "r", timestamp: new Date(start).toISOString(), data }) as RunEvent;
const line = (n: number) => event("log", { stage: "intake", level: "info", message: "m", line: n });
const completed = event("run_completed", { stages: 1, logs: 1, artifacts: 0, duration_ms: 1 });

/** Lines from..to at a moment, the id of each its number. */
function hear(twin: TwinState, from: number, to: number, seconds: number) {
  for (let n = from; n <= to; n++) twinHeard(twin, line(n), n, at(seconds));
}

function tallied(lines: number): Tally {
  const tally = emptyTally();
  for (let n = 1; n <= lines; n++) countEvent(tally, line(n), n);
  return tally;
}

function startedTwin(): TwinState {
  const twin = emptyTwin();
  twinStarted(twin, start);
  return twin;
}

/** Open since the start, with the first `lines` lines at second 1. */
function openTwin(lines: number): TwinState {
  const twin = startedTwin();
  twinOpened(twin, start);
  hear(twin, 1, lines, 1);
  return twin;
}

const ours = (lines: number, more: Partial<Ours> = {}): Ours => ({
  state: "open",
  reason: "opened",
  tally: tallied(lines),
  connections: 1,
  errors: 0,
  heardAt: at(1),
  retryAt: null,
  ...more,
});
const sayOf = (ours: Ours, twin: TwinState, seconds: number, keyed = false) =>
  differenceOf(ours, twin, at(seconds), keyed);

describe("the browser's own source", () => {
  test("counts an event that came before as a duplicate, and its streams and errors", () => {
    const twin = openTwin(3);
    twinErred(twin, "connecting", at(2));
    twinOpened(twin, at(5));
    hear(twin, 2, 4, 5);
    assert.deepEqual([twin.tally.fresh, twin.tally.repeated], [4, 2]);
    assert.deepEqual([twin.connections, twin.errors], [2, 1]);
    assert.deepEqual(
      twin.stays.map(({ phase, from, to }) => [phase, from, to]),
      [
        ["connecting", start, start],
        ["open", start, at(2)],
        ["connecting", at(2), at(5)],
        ["open", at(5), null],
      ],
    );
  });

  test("counts by itself what comes after the run's end", () => {
    const twin = openTwin(2);
    twinHeard(twin, completed, 3, at(2));
    twinErred(twin, "connecting", at(2));
    twinOpened(twin, at(5));
    hear(twin, 1, 2, 5);
    twinHeard(twin, completed, 3, at(5));
    assert.deepEqual(twin.after, { connections: 1, repeated: 3, errors: 1 });
  });

  test("an error that the server sent leaves it open", () => {
    const twin = openTwin(1);
    twinErred(twin, "open", at(2));
    assert.equal(stayOf(twin).phase, "open");
    assert.deepEqual([twin.stays.length, twin.errors], [2, 1]);
  });

  test("looked at again, it is sent again what the page had already", () => {
    const twin = openTwin(3);
    twinStopped(twin, at(2));
    twinStarted(twin, at(9));
    twinOpened(twin, at(9));
    hear(twin, 1, 3, 9);
    assert.equal(twin.tally.repeated, 3);
    assert.deepEqual(
      twin.stays.slice(-2).map(({ phase, from, to }) => [phase, from, to]),
      [
        ["connecting", at(9), at(9)],
        ["open", at(9), null],
      ],
    );
    assert.equal(twin.stays.at(-3)?.to, at(2));
  });

  test("keeps its last stays only, however long it goes on", () => {
    const twin = startedTwin();
    for (let n = 0; n < 500; n++) {
      twinOpened(twin, at(n));
      twinErred(twin, "connecting", at(n));
    }
    assert.equal(twin.stays.length, 200);
    assert.equal(twin.connections, 500);
  });
});

describe("the two sides", () => {
  test("what one has and the other lacks is missing there, once nothing is under way to ask for it", () => {
    const twin = openTwin(3);
    assert.equal(twinAsSide(twin, ours(5), at(1.5)).missing, 0);
    assert.equal(twinAsSide(twin, ours(5), at(9)).missing, 2);
    twinErred(twin, "connecting", at(9));
    assert.equal(twinAsSide(twin, ours(5), at(9)).missing, 0);
    twinErred(twin, "closed", at(9));
    assert.equal(twinAsSide(twin, ours(5), at(9)).missing, 2);
    const waiting = ours(1, { state: "waiting", heardAt: at(1) });
    assert.equal(oursAsSide(waiting, twin, at(9)).missing, 0);
    assert.equal(oursAsSide({ ...waiting, state: "failed" }, twin, at(9)).missing, 2);
  });

  test("silence is counted from the last sign of life, and not where none is due", () => {
    const twin = openTwin(3);
    assert.equal(twinAsSide(twin, ours(3), at(13)).silentMs, 12_000);
    assert.equal(oursAsSide(ours(3), twin, at(13)).silentMs, 12_000);
    assert.equal(oursAsSide(ours(3), twin, at(0.9)).silentMs, 0);
    assert.equal(oursAsSide(ours(3, { state: "completed" }), twin, at(13)).silentMs, null);
  });
});

describe("the difference in a sentence", () => {
  test("there is none while both are open and hear the same", () => {
    const { text, worse } = sayOf(ours(3), openTwin(3), 2);
    assert.match(text, /^No difference so far/);
    assert.equal(worse, false);
  });

  test("a source that is closed for good is named with the time, and what ours does", () => {
    const twin = openTwin(3);
    twinErred(twin, "closed", at(4));
    const waiting = ours(3, { state: "waiting", reason: "http-status", retryAt: at(9) });
    const { text, worse } = sayOf(waiting, twin, 5);
    assert.match(
      text,
      /been closed for good since \d\d:\d\d:\d\d: .*Ours waits \(http-status\) and tries again in 4 s\./,
    );
    assert.equal(worse, true);
  });

  test("where a key is asked for, that is why it is closed", () => {
    const twin = startedTwin();
    twinErred(twin, "closed", at(1));
    assert.match(sayOf(ours(3), twin, 2, true).text, /cannot send headers/);
  });

  test("silence of both is no difference, until ours replaced the connection", () => {
    const twin = openTwin(3);
    assert.equal(sayOf(ours(3), twin, 10).worse, false);
    const { text, worse } = sayOf(ours(9, { connections: 2, heardAt: at(24) }), twin, 25);
    assert.match(text, /been open and silent for 24 s.*Ours is open again, on its 2nd connection\./);
    assert.equal(worse, true);
  });

  test("comments are no silence for ours", () => {
    const { text, worse } = sayOf(ours(3, { heardAt: at(9.5) }), openTwin(3), 10);
    assert.match(text, /silent for 9 s .*Ours hears comments/);
    assert.equal(worse, true);
  });

  test("after the end it tells how often the browser's own came back, and with how much", () => {
    const twin = openTwin(2);
    twinHeard(twin, completed, 3, at(2));
    const over = ours(2, { state: "completed", reason: "terminal" });
    assert.match(sayOf(over, twin, 2).text, /does not know that yet/);
    twinErred(twin, "connecting", at(2));
    assert.match(sayOf(over, twin, 3).text, /fired an error at the end/);
    for (const second of [5, 8]) {
      twinOpened(twin, at(second));
      hear(twin, 1, 2, second);
      twinErred(twin, "connecting", at(second));
    }
    assert.match(sayOf(over, twin, 9).text, /connected 2 times since and was sent 4 events again/);
  });

  test("after the end streams that bring nothing are told by their errors", () => {
    const twin = openTwin(2);
    twinHeard(twin, completed, 3, at(2));
    twinErred(twin, "connecting", at(2));
    twinOpened(twin, at(5));
    const over = ours(2, { state: "completed", reason: "terminal" });
    assert.match(sayOf(over, twin, 6).text, /connected 1 time since and found nothing, with 1 error/);
  });

  test("ours may come back later, and says why", () => {
    const waiting = ours(3, { state: "waiting", reason: "network", retryAt: at(4) });
    const { text, worse } = sayOf(waiting, openTwin(3), 2);
    assert.match(
      text,
      /is open\. Ours waits \(network\) and tries again in 2 s\. Its waits are drawn at random/,
    );
    assert.equal(worse, false);
  });

  test("a reconnection is the worse one only while ours is open", () => {
    const twin = openTwin(3);
    twinErred(twin, "connecting", at(2));
    assert.equal(sayOf(ours(3, { state: "waiting", reason: "network" }), twin, 3).worse, false);
    assert.equal(sayOf(ours(3, { connections: 2 }), twin, 3).worse, true);
  });
});

describe("the lane of the browser's own", () => {
  const band = { index: 0, state: "completed", reason: "terminal", attempt: 1, retryIn: null } as const;
  const done = [{ ...band, transport: "fetch", from: at(0), to: at(10), live: false } as const];

  test("the picture goes on after our end for some of its reconnections, and then stands still", () => {
    assert.equal(spanOf(done).to, at(10.6));
    assert.equal(spanOf(done, at(14)).to, at(14));
    assert.equal(spanOf(done, at(500)).to, at(25));
  });

  test("its stays are cut to the picture", () => {
    const twin = openTwin(1);
    twinErred(twin, "connecting", at(20));
    twinOpened(twin, at(40));
    const bands = twinBandsOf(twin, { from: at(5), to: at(25) }, at(60));
    assert.deepEqual(bands.slice(0, 2), [
      { phase: "connecting", from: at(20), to: at(25) },
      { phase: "open", from: at(5), to: at(20) },
    ]);
  });

  test("long silences of an open stream are shown, past ones and the present one", () => {
    const twin = openTwin(1);
    hear(twin, 2, 2, 12);
    hear(twin, 3, 3, 14);
    const silent = (now: number) =>
      twinBandsOf(twin, { from: start, to: at(100) }, now).filter(({ phase }) => phase === "silent");
    assert.deepEqual(silent(at(15)), [{ phase: "silent", from: at(1), to: at(12) }]);
    assert.deepEqual(silent(at(30))[1], { phase: "silent", from: at(14), to: at(30) });
    twinErred(twin, "connecting", at(40));
    assert.deepEqual(silent(at(90))[1], { phase: "silent", from: at(14), to: at(40) });
  });
});
