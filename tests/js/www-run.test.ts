// What the page makes of a run's events: stages, log, notes, ending.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RunEvent } from "../../www/src/model/events.ts";
import { applyEvent, emptyRun, type RunState } from "../../www/src/model/run.ts";
import { stagesOf } from "../../www/src/model/stages.ts";

const plan = ["intake", "generate", "publish"].map((name, index) => ({ name, index, title: name }));
const totals = { stages: 3, logs: 1, artifacts: 0, duration_ms: 900 };

/** Sends events whose ids and seconds count up from `first`. */
function play(run: RunState, first: number, ...events: [RunEvent["type"], object][]): RunState {
  for (const [index, [type, data]] of events.entries()) {
    const id = first + index;
    const timestamp = new Date(id * 1000).toISOString();
    applyEvent(run, { type, run_id: "r", timestamp, data } as RunEvent, id);
  }
  return run;
}

const statuses = (run: RunState) => stagesOf(plan, run).map(({ status }) => status);
const log = (line: number): ["log", object] => [
  "log",
  { stage: "intake", level: "info", message: `line ${line}`, line },
];

describe("stages", () => {
  test("the plan is drawn before the first event", () => {
    assert.deepEqual(statuses(emptyRun()), ["pending", "pending", "pending"]);
  });

  test("a stage runs from its start to its end", () => {
    const run = play(
      emptyRun(),
      1,
      ["stage_started", { stage: "intake", index: 0, title: "Intake" }],
      ["stage_completed", { stage: "intake", index: 0 }],
      ["stage_started", { stage: "generate", index: 1, title: "Generate" }],
    );
    assert.deepEqual(statuses(run), ["completed", "running", "pending"]);
    const [intake] = stagesOf(plan, run);
    assert.deepEqual([intake?.startedAt, intake?.endedAt], [1000, 2000]);
  });

  test("a stage whose events a gap hid is over when a later one was seen", () => {
    const run = play(emptyRun(), 60, ["stage_started", { stage: "publish", index: 2, title: "Publish" }]);
    assert.deepEqual(statuses(run), ["completed", "completed", "running"]);
  });

  test("a failed stage ends the run, and those after it are not reached", () => {
    const run = play(
      emptyRun(),
      1,
      ["stage_started", { stage: "intake", index: 0, title: "Intake" }],
      ["stage_failed", { stage: "intake", index: 0, code: "E1", message: "stopped" }],
      ["run_failed", { ...totals, code: "E1", stage: "intake", message: "It failed" }],
    );
    assert.deepEqual(statuses(run), ["failed", "skipped", "skipped"]);
    assert.equal(run.ending?.outcome, "failed");
    assert.equal(run.ending?.message, "It failed");
  });

  test("without a plan the stages seen so far are shown", () => {
    const run = play(emptyRun(), 1, ["stage_started", { stage: "intake", index: 0, title: "Intake" }]);
    assert.deepEqual(
      stagesOf(null, run).map(({ title, status }) => [title, status]),
      [["Intake", "running"]],
    );
  });
});

describe("events", () => {
  test("one that was taken in before changes nothing but its count", () => {
    const run = play(emptyRun(), 1, log(1), log(2));
    play(run, 1, log(1), log(2), log(3));
    assert.deepEqual(
      run.logs.map(({ line }) => line),
      [1, 2, 3],
    );
    assert.equal(run.tally.repeated, 2);
    assert.equal(run.tally.missed, 0);
  });

  test("ids that are left out are events that never came", () => {
    assert.equal(play(play(emptyRun(), 1, log(1)), 9, log(2)).tally.missed, 7);
  });

  test("those of the connection neither count nor move the last id", () => {
    const run = play(emptyRun(), 1, log(1));
    play(run, 1, ["heartbeat", { last_event_id: 5 }], ["stream_end", { outcome: "completed" }]);
    assert.deepEqual([run.tally.lastId, run.tally.fresh, run.tally.repeated], [1, 1, 0]);
  });

  test("a line of the log that is none of the run's is left out", () => {
    const run = play(emptyRun(), 1, log(1), ["log", { filler: "xxxx" }]);
    assert.deepEqual([run.logs.length, run.tally.fresh], [1, 1]);
  });

  test("wrong ids lose nothing of the log: what an event tells decides whether it is news", () => {
    const same = emptyRun();
    for (const line of [1, 2, 3]) play(same, 1, log(line));
    assert.deepEqual([same.logs.length, same.tally.missed, same.tally.repeated], [3, 0, 0]);

    const shifted = play(play(emptyRun(), 1, log(1)), 1002, log(2));
    assert.equal(shifted.tally.missed, 1000);
    play(shifted, 3, log(3), log(4));
    assert.deepEqual([shifted.logs.length, shifted.tally.missed, shifted.tally.repeated], [4, 0, 0]);
  });

  test("decisions and checks become notes that say what they are", () => {
    const run = play(
      emptyRun(),
      1,
      [
        "routing_decision",
        { stage: "intake", route: "fast", candidates: [{ route: "fast", score: 0.9 }], reason: "sure" },
      ],
      ["policy_check", { stage: "intake", policy: "residency", verdict: "warn", detail: "elsewhere" }],
    );
    assert.deepEqual(
      run.notes.map(({ kind, title, detail, warn }) => [kind, title, detail, warn]),
      [
        ["routing", "fast", "sure (fast 0.90)", false],
        ["policy", "residency", "elsewhere", true],
      ],
    );
  });

  test("an artifact comes with its content, or with its name alone", () => {
    const artifact = (name: string, content?: string): ["artifact_created", object] => [
      "artifact_created",
      { stage: "intake", name, content_type: "text/html", bytes: 1500, ...(content ? { content } : {}) },
    ];
    const run = play(emptyRun(), 1, artifact("a.html", "<p>"), artifact("b.html"));
    assert.deepEqual(
      run.artifacts.map(({ name, content }) => [name, content]),
      [
        ["a.html", "<p>"],
        ["b.html", null],
      ],
    );
  });
});
