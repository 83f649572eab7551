// Every fault of the server on both transports ends as docs/faults.md says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import type { ResilientEventSourceInit, Transport } from "../../../src/js/index.ts";
import { type Context, withServer } from "../support/context.ts";
import { quick } from "../support/options.ts";
import type { Recording } from "../support/page.ts";
import type { Fault, Run } from "../support/server.ts";

/** How a row of the table is brought about. */
interface Case {
  /** Asked for before the stream is. */
  before?: Fault[];
  /** Asked for while it is under way. */
  under?: Fault[];
  run?: Run;
  options?: ResilientEventSourceInit;
  /** What the page gets of the run: each event once unless told otherwise. */
  gets?: "all" | "twice" | "some";
  /** What else is to be seen. */
  also?: (record: Recording) => void;
}

const transports = ["fetch", "native"] as const;

const cut: Fault = { kind: "cut" };

/** By the first column of the table. */
const cases: Record<string, Case> = {
  cut: { under: [cut] },
  "cut, clean": { under: [{ kind: "cut", clean: true }] },
  reset: { under: [{ kind: "reset" }] },
  hang: { under: [{ kind: "hang" }], options: { idleTimeout: 500 } },
  "status 503, at the first request": {
    before: [{ kind: "status", retry_after: 1 }],
    gets: "all",
    also: ({ errors: [error] }) => {
      if (error?.status) assert.ok(Number(error.retryIn) >= 1000, "Retry-After is waited for");
    },
  },
  "status 503, after a cut": { under: [{ kind: "status" }, cut] },
  "status 410, after a cut": { under: [{ kind: "status", status: 410 }, cut] },
  delay: { before: [{ kind: "delay", delay_ms: 2000 }], options: { connectTimeout: 500 } },
  "slow bytes": { before: [{ kind: "slow_bytes", bytes: 200, interval_ms: 10 }] },
  "single bytes": { before: [{ kind: "single_bytes" }] },
  "oversized event": {
    under: [{ kind: "oversized_event", bytes: 200_000 }],
    options: { maxEventSize: 100_000 },
    gets: "some",
  },
  "content type, at the first request": { before: [{ kind: "content_type" }] },
  "comments only": {
    under: [{ kind: "comments_only", interval_ms: 100, for_ms: 1500 }],
    options: { idleTimeout: 700 },
  },
  "truncated event": { under: [{ kind: "truncated_event" }] },
  "truncated event, broken off": { under: [{ kind: "truncated_event", clean: false }] },
  "wrong ids, shifted, and a cut": { before: [{ kind: "wrong_ids" }], under: [cut], gets: "twice" },
  "wrong ids, missing, and a cut": {
    before: [{ kind: "wrong_ids", mode: "missing" }],
    under: [cut],
    gets: "twice",
  },
  restart: { under: [{ kind: "restart", for_ms: 1200 }] },
  "store, retryable": {
    under: [{ kind: "store", times: 2 }],
    also: (record) => assert.ok(record.of("event").some(({ type }) => type === "error")),
  },
  "store, not retryable": {
    under: [{ kind: "store", retryable: false }],
    options: { maxRetries: 2 },
    gets: "some",
    also: (record) => assert.ok(record.of("event").some(({ type }) => type === "error")),
  },
};

const rows = readFileSync(inRoot("docs/faults.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| (?!fault |---)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

/** The reasons of the errors, each as often as it changes, and the state at the end. */
const story = ({ errors, states }: Recording): string =>
  [
    ...errors.map(({ reason, status }) =>
      [reason, reason === "http-status" && status].filter(Boolean).join(" "),
    ),
    states.at(-1),
  ]
    .filter((part, index, parts) => part !== parts[index - 1])
    .join(" → ");

export function faultSuite(context: Context) {
  describe("each fault ends as documented", () => {
    const { server, load, assertWhole } = withServer("faults", context);

    test("the table has a row for each case, and a case for each row", () => {
      assert.deepEqual(
        rows.map(([, fault]) => fault),
        Object.keys(cases),
      );
    });

    for (const [, name = "", fetch = "", inWebKit, native = ""] of rows) {
      test(`${name}: fetch ${fetch}${inWebKit && ` (in WebKitGTK ${inWebKit})`}; native ${native}`, async () => {
        const page = await load();
        const stories = [(context.browser().name === "webkit" && inWebKit) || fetch, native];
        // So that the run is met in its midst, however long an engine takes to begin.
        await page.run(() => e2e.ResilientEventSource.preload());
        const { before = [], under = [], run, options, gets = "all", also } = cases[name] as Case;
        const body = { events: 40, delay_ms: 40, persist_ms: 0, ...run };
        const ids = await Promise.all(transports.map(() => server().run(body)));
        const each = (visit: (transport: Transport, id: string, told: string) => Promise<void>) =>
          Promise.all(
            transports.map((transport, at) => visit(transport, ids[at]?.run_id ?? "", stories[at] ?? "")),
          );
        const ask = async (faults: Fault[], run_id: string) => {
          for (const fault of faults) await server().fault({ run_id, ...fault });
        };

        await each(async (transport, id) => {
          await ask(before, id);
          await page.open(transport, `/v1/runs/${id}/events`, { ...quick, transport, ...options });
        });
        await each(async (transport, id) => {
          if (under.length === 0) return;
          await page.until("events", transport, ({ numbered }) => numbered.length >= 5);
          await ask(
            under.filter(({ kind }) => kind !== "restart"),
            id,
          );
        });
        for (const fault of under) if (fault.kind === "restart") await server().fault(fault);

        await each(async (transport, id, told) => {
          const record = await page.until("the end", transport, ({ states }) =>
            /^(completed|failed|gaveup)$/.test(states.at(-1) ?? ""),
          );
          assert.equal(story(record), told, transport);
          also?.(record);
          const snapshot = await page.run((name) => e2e.sources[name]?.snapshot, transport);
          assert.equal(snapshot?.transport, transport);
          if (record.states.at(-1) !== "completed") return;
          if (gets === "all") await assertWhole(record, id);
          if (gets === "twice") {
            const data = record.of("event").map(({ data }) => data);
            const seen = new Set(data);
            for (const { data } of await server().history(id)) assert.ok(seen.has(data), data);
            assert.ok(seen.size < data.length, "some came twice");
          }
        });
      });
    }
  });
}
