// A run that is over, and what a page sees of it then.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Context, withServer } from "../support/context.ts";
import { quick } from "../support/options.ts";

const short = { events: 3, delay_ms: 2, persist_ms: 0 };

export function completionSuite(context: Context) {
  describe("a run that is over", () => {
    const { server, load, assertWhole } = withServer("completion", context);

    test("completes the source once, without an error or anything red in the console", async () => {
      const page = await load();
      const id = await page.start("run", short, quick);
      const record = await page.until("the run's end", "run", (record) => record.complete);
      // The server's own end of the stream, which comes after, is nothing to the page.
      await page.until("the server's end", "run", async () => {
        const [request] = await server().requests(id);
        return request?.end;
      });
      const later = await page.record("run");
      assert.deepEqual(later.entries, record.entries);

      assert.deepEqual(record.errors, []);
      assert.deepEqual(record.states, ["open", "completed"]);
      assert.deepEqual(
        record
          .of("streamcomplete")
          .map(({ outcome, terminalType, latched }) => ({ outcome, terminalType, latched })),
        [{ outcome: "completed", terminalType: "run_completed", latched: false }],
      );
      // The terminal event is the last: `stream_end` follows it on the wire and not in the page.
      assert.equal(record.of("event").at(-1)?.type, "run_completed");
      assert.equal((await server().requests(id)).length, 1);
      assert.deepEqual(
        await page.run(() => [e2e.sources.run?.readyState, e2e.sources.run?.snapshot.outcome]),
        [2, "completed"],
      );
      await page.assertQuiet();
      await assertWhole(record, id);
    });

    test("by failing completes the source with that outcome, and is no error of the stream", async () => {
      const page = await load();
      const id = await page.start("failing", { ...short, fail: "OUT_OF_MEMORY" }, quick);
      const record = await page.until("the run's end", "failing", (record) => record.complete);
      assert.deepEqual(record.errors, []);
      assert.deepEqual(
        record.of("streamcomplete").map(({ outcome, terminalType }) => [outcome, terminalType]),
        [["failed", "run_failed"]],
      );
      await page.assertQuiet();
      await assertWhole(record, id);
    });

    test("is not asked for again by a second source, which is complete at once", async () => {
      const page = await load();
      const id = await page.start("first", short, quick);
      await page.until("the run's end", "first", (record) => record.complete);
      const before = await server().requests(id);

      const seen = await page.run(
        (url, options) => {
          e2e.open("second", url, options);
          const { state, readyState, snapshot } = e2e.sources.second as NonNullable<
            typeof e2e.sources.second
          >;
          return { state, readyState, latched: snapshot.latched, fired: e2e.records.second?.length };
        },
        `/v1/runs/${id}/events`,
        quick,
      );
      assert.deepEqual(seen, { state: "completed", readyState: 2, latched: true, fired: 0 });
      const second = await page.until("the second's end", "second", (record) => record.complete);
      assert.deepEqual(
        second.entries.map((entry) => ({ ...entry, at: 0 })),
        [
          {
            ...{ kind: "streamcomplete", outcome: "completed", terminalType: null, latched: true },
            ...{ at: 0, now: "completed", lastEventId: "" },
          },
        ],
      );
      // What wakes others wakes nothing here; the request that shows the end of the wait is another run's.
      await page.run(() => {
        e2e.sources.second?.reconnect();
        for (const type of ["online", "pageshow"]) window.dispatchEvent(new Event(type));
      });
      await page.start("other", short, quick);
      await page.until("another run's end", "other", (record) => record.complete);
      assert.deepEqual(await server().requests(id), before);
      await page.assertQuiet();

      // Until the caller says so.
      await page.run(() => e2e.sources.second?.reset());
      const again = await page.until(
        "the run anew",
        "second",
        (record) => record.of("streamcomplete").length > 1,
      );
      assert.equal((await server().requests(id)).length, before.length + 1);
      await assertWhole(again, id);
    });

    test("completes the source where the server was killed before it could say so", async () => {
      const page = await load();
      // Some five seconds, so that the kill comes before the end also where everything is slow.
      const id = await page.start("late", { events: 24, delay_ms: 100, persist_ms: 0 }, quick);
      await page.until("events", "late", (record) => record.numbered.length >= 3);
      await server().kill();
      await page.until("the loss", "late", (record) => record.errors.length > 0);
      await server().start();
      const record = await page.until("the run's end", "late", (record) => record.complete);
      assert.equal(record.of("streamcomplete").length, 1);
      assert.ok(record.errors.every(({ fatal, retryIn }) => !fatal && retryIn !== null));
      await assertWhole(record, id);
    });
  });
}
