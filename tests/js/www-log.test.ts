// The filter of the page's log, and its numbers and times as text.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatAgo, formatBytes, formatDuration, formatTick } from "../../www/src/model/format.ts";
import { filterLog } from "../../www/src/model/log.ts";
import type { LogLine } from "../../www/src/model/run.ts";

const line = (number: number, level: LogLine["level"], stage: string, message: string): LogLine => ({
  line: number,
  at: 0,
  level,
  stage,
  message,
});

const lines = [
  line(1, "info", "intake", "Request accepted"),
  line(2, "warn", "generate", "Draft started"),
  line(3, "info", "generate", "Draft finished"),
];
const shown = (text: string, level: "all" | "warn" = "all") =>
  filterLog(lines, { text, level }).map((entry) => entry.line);

describe("log filter", () => {
  test("an empty one lets the very same list through", () => {
    assert.equal(filterLog(lines, { text: "  ", level: "all" }), lines);
  });

  test("a line must hold every word, in message or stage, in any case", () => {
    assert.deepEqual(shown("DRAFT"), [2, 3]);
    assert.deepEqual(shown("generate finished"), [3]);
    assert.deepEqual(shown("intake draft"), []);
  });

  test("warnings only leaves out the rest, text or not", () => {
    assert.deepEqual(shown("", "warn"), [2]);
    assert.deepEqual(shown("finished", "warn"), []);
  });
});

describe("text", () => {
  test("lengths of time grow in unit", () => {
    assert.deepEqual([0, 99, 450, 12_340, 59_960, 125_000, 3_840_000].map(formatDuration), [
      "0 ms",
      "99 ms",
      "0.5 s",
      "12.3 s",
      "1 min 0 s",
      "2 min 5 s",
      "1 h 4 min",
    ]);
  });

  test("marks on the axis are short", () => {
    assert.deepEqual([0, 200, 30_000, 90_000, 3_600_000].map(formatTick), [
      "0 s",
      "0.2 s",
      "30 s",
      "1:30",
      "1:00:00",
    ]);
  });

  test("how long ago, and how much", () => {
    assert.deepEqual([900, 42_000, 7_200_000, 90_000_000].map(formatAgo), [
      "just now",
      "42 s ago",
      "2 h ago",
      "1 day ago",
    ]);
    assert.deepEqual([999, 1500, 4_000_000].map(formatBytes), ["999 B", "1.5 kB", "4.0 MB"]);
  });
});
