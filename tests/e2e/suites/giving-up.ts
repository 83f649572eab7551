// A server that stays away: giving up, and coming back to life.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Context, withServer } from "../support/context.ts";
import { quick } from "../support/options.ts";

/** Longer than a test leaves the server dead. */
const run = { events: 60, delay_ms: 30, persist_ms: 0 };

export function givingUpSuite(context: Context) {
  describe("a server that stays away", () => {
    const { server, load, assertWhole } = withServer("giving-up", context);

    test("is given up; `online` revives the source, which resumes", async () => {
      const page = await load();
      const id = await page.start("run", run, { ...quick, giveUpAfter: 900 });
      await page.until("events", "run", (record) => record.numbered.length >= 5);
      await server().kill();

      const gone = await page.until("that it gives up", "run", (record) => record.states.at(-1) === "gaveup");
      const last = gone.errors.at(-1);
      assert.deepEqual([last?.now, last?.retryIn, last?.fatal], ["gaveup", null, false]);
      assert.ok(gone.errors.slice(0, -1).every(({ retryIn }) => retryIn !== null));
      assert.ok(gone.errors.length >= 2, "it tried more than once");
      assert.equal(await page.run(() => e2e.sources.run?.readyState), 0);

      await server().start();
      // Nothing but a wake may make it ask.
      assert.deepEqual(await server().requests(id), []);
      await page.run(() => window.dispatchEvent(new Event("online")));
      const record = await page.until("the run's end", "run", (record) => record.complete);
      assert.deepEqual(record.states.slice(gone.states.length), ["connecting", "open", "completed"]);
      const [request, ...more] = await server().requests(id);
      assert.deepEqual(more, []);
      assert.equal(request?.last_event_id_header, last?.lastEventId);
      assert.equal(record.errors.length, gone.errors.length);
      await assertWhole(record, id);
    });

    test("is given up; a wake that finds it still away gives up again, and the caller revives it", async () => {
      const page = await load();
      const id = await page.start("run", run, { ...quick, maxRetries: 1 });
      await page.until("events", "run", (record) => record.numbered.length >= 5);
      await server().kill();
      const gone = await page.until("that it gives up", "run", (record) => record.states.at(-1) === "gaveup");
      const { cut } = context.browser();
      assert.deepEqual(
        gone.errors.map(({ reason }) => reason),
        // A cycle is no failure: two come after it.
        cut === "cycle" ? [cut, "network", "network"] : [cut, "network"],
      );

      await page.run(() => window.dispatchEvent(new Event("online")));
      const again = await page.until(
        "that it gives up again",
        "run",
        (record) => record.states.filter((state) => state === "gaveup").length === 2,
      );
      // Three attempts, whatever maxRetries says.
      assert.deepEqual(again.states.slice(gone.states.length), [
        ...["connecting", "waiting", "connecting", "waiting", "connecting"],
        "gaveup",
      ]);

      await server().start();
      await page.run(() => e2e.sources.run?.reconnect());
      const record = await page.until("the run's end", "run", (record) => record.complete);
      const [request] = await server().requests(id);
      assert.equal(request?.last_event_id_header, again.entries.at(-1)?.lastEventId);
      await assertWhole(record, id);
    });

    test("while the machine is offline is not given up: the source pauses and resumes at `online`", async () => {
      const page = await load();
      const id = await page.start("run", run, { ...quick, giveUpAfter: 300 });
      await page.until("events", "run", (record) => record.numbered.length >= 5);
      await context.browser().setOnline(false);
      try {
        await server().kill();
        const paused = await page.until("the pause", "run", (record) => record.states.at(-1) === "paused");
        assert.equal(paused.of("statechange").at(-1)?.reason, "offline");
        await server().start();
        assert.deepEqual(await server().requests(id), []);
      } finally {
        await context.browser().setOnline(true);
      }
      const record = await page.until("the run's end", "run", (record) => record.complete);
      assert.ok(!record.states.includes("gaveup"));
      await assertWhole(record, id);
    });
  });
}
