// What a page does to its sources by coming, going and changing its mind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Context, withServer } from "../support/context.ts";
import { quick } from "../support/options.ts";
import { type Entry, Record } from "../support/page.ts";
import { until } from "../support/until.ts";

const run = { events: 60, delay_ms: 30, persist_ms: 0 };

export function pageLifeSuite(context: Context) {
  describe("a page", () => {
    const { server, load, assertWhole } = withServer("page-life", context);
    const driver = () => context.browser().driver;

    test("prints what the tests look for", async () => {
      const page = await load();
      await page.run(() => {
        const script = document.createElement("script");
        script.text = 'console.error("a red line"); throw new Error("thrown")';
        document.head.append(script);
      });
      await until("the page notes both", () => page.run(() => noise.length === 2));
      const red = await context.browser().red();
      for (const part of ["a red line", "thrown"]) {
        assert.ok(
          red.some((line) => line.includes(part)),
          `the browser tells of "${part}": ${red}`,
        );
      }
    });

    test("that is left fires no error, frees its connection, and resumes when it comes back", async () => {
      const page = await load();
      const id = await page.start("run", run, quick);
      const before = await page.until("events", "run", (record) => record.numbered.length >= 5);
      await page.run(() => {
        Object.assign(window, { same: true });
      });
      await driver().get(`${server().url}/elsewhere`);
      await page.ready();
      const left = await until("the stream is left", async () =>
        (await server().requests(id)).find(({ end }) => end === "client left"),
      );
      assert.equal(left.n, (await server().requests(id))[0]?.n);
      const record = new Record(JSON.parse(await page.run(() => sessionStorage.getItem("run") ?? "[]")) as Entry[]);
      assert.ok(record.numbered.length >= before.numbered.length);
      assert.deepEqual(record.errors, []);
      await page.assertQuiet();

      await driver().navigate().back();
      await page.ready();
      assert.ok(await page.run(() => "same" in window), "the page came out of the back/forward cache");
      const back = await page.until("the run's end", "run", (record) => record.complete);
      assert.deepEqual(back.errors, []);
      assert.deepEqual(back.states, ["open", "paused", "connecting", "open", "completed"]);
      assert.equal((await server().requests(id))[1]?.last_event_id_header, back.of("statechange")[2]?.lastEventId);
      await assertWhole(back, id);
      await page.assertQuiet();
    });

    test("that closes a source at once and makes another has one stream, and hears nothing of the first", async () => {
      const page = await load();
      const { run_id, events_url } = await server().run({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.run(
        (url, options) => {
          e2e.open("first", url, options);
          e2e.sources.first?.close();
          e2e.open("second", url, options);
        },
        events_url,
        quick,
      );
      const second = await page.until("the run's end", "second", (record) => record.complete);
      const first = await page.record("first");
      assert.deepEqual(
        first.entries.map((entry) => entry.kind === "statechange" && [entry.state, entry.reason]),
        [["closed", "close"]],
      );
      assert.deepEqual(second.errors, []);
      assert.deepEqual(second.states, ["open", "completed"]);
      await assertWhole(second, run_id);
      await page.assertQuiet();
      const requests = await server().requests(run_id);
      const streams = requests.filter(({ end }) => end === "run over");
      // The second's, and the one by which the test read the run's history.
      assert.equal(streams.length, 2);
    });

    test("that closes its source in a handler hears no more of it", async () => {
      const page = await load();
      const id = await page.run(async (run) => {
        const id = await e2e.start("run", run);
        const source = e2e.sources.run;
        source?.addEventListener("log", () => source.close());
        return id;
      }, run);
      await page.until("the close", "run", (record) => record.states.at(-1) === "closed");
      await until("the stream is left", async () => (await server().requests(id))[0]?.end === "client left");
      const record = await page.record("run");
      const closed = record.entries.findIndex((entry) => entry.kind === "statechange" && entry.state === "closed");
      // The event in whose handler it was closed is noted before, as its listener came first.
      assert.deepEqual(record.entries.slice(closed + 1), []);
      assert.deepEqual(record.errors, []);
      await page.assertQuiet();
    });
  });
}
