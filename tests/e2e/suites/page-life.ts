// What a page does to its sources by coming, going and changing its mind.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Context, withServer } from "../support/context.ts";
import { quick } from "../support/options.ts";
import { Recording } from "../support/page.ts";
import { until } from "../support/until.ts";

const run = { events: 60, delay_ms: 30, persist_ms: 0 };
const underWay = (record: Recording) => record.numbered.length >= 5;

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

    test("that is left fires no error and frees its connection", async () => {
      const page = await load();
      const id = await page.start("run", run, quick);
      const before = await page.until("events", "run", underWay);
      await driver().get(`${server().url}/elsewhere`);
      await page.ready();
      await until("the stream is left", async () => (await server().requests(id))[0]?.end === "client left");
      const record = new Recording(JSON.parse(await page.run(() => sessionStorage.getItem("run") ?? "[]")));
      assert.ok(record.numbered.length >= before.numbered.length);
      assert.deepEqual(record.errors, []);
      assert.equal((await server().requests(id)).length, 1);
      await page.assertQuiet();
    });

    for (const state of ["open", "waiting"] as const) {
      test(`that comes back out of the back/forward cache resumes a source that was ${state}`, async (t) => {
        if (state === "open" && context.browser().name === "firefox") {
          t.skip("Firefox caches no page that has a request under way");
          return;
        }
        const page = await load();
        const id = await page.start("run", run, quick);
        await page.until("events", "run", underWay);
        if (state === "waiting") {
          await server().fault({ kind: "status", run_id: id, retry_after: 60 });
          await server().fault({ kind: "cut", run_id: id });
          await page.until("the 503", "run", (record) => record.errors.at(-1)?.status === 503);
        }
        const { errors } = await page.record("run");
        await page.run(() => void Object.assign(window, { same: true }));
        await driver().get(`${server().url}/elsewhere`);
        await page.ready();
        await driver().navigate().back();
        await page.ready();
        assert.ok(await page.run(() => "same" in window), "it is the page that was left");

        const record = await page.until("the run's end", "run", (record) => record.complete);
        assert.deepEqual(record.errors, errors);
        const changes = record.of("statechange").slice(-4);
        assert.deepEqual(
          changes.map(({ state, reason }) => [state, reason]),
          [
            ["paused", "pagehide"],
            ["connecting", "pageshow"],
            ["open", "opened"],
            ["completed", "terminal"],
          ],
        );
        const request = (await server().requests(id)).at(-1);
        assert.equal(request?.last_event_id_header, changes[0]?.lastEventId);
        await assertWhole(record, id);
      });
    }

    test("that closes a source at once and makes another is left with one stream, and hears nothing of the first", async () => {
      const page = await load();
      // Of an answer that is aborted between its headers and its body, Chromium reads on for up to
      // 16 KB, in the hope of keeping the connection: this run has three times as much to say.
      const { run_id, events_url } = await server().run({ events: 200, delay_ms: 10, persist_ms: 0 });
      await page.run(
        (url, options) => {
          e2e.open("first", url, options);
          e2e.sources.first?.close();
          e2e.open("second", url, options);
        },
        events_url,
        quick,
      );
      await page.until("events", "second", underWay);
      // The first request may have been taken back before it left; else the server sees it left.
      const ends = await until("one stream is left", async () => {
        const requests = (await server().requests(run_id)).map(({ end }) => end);
        return requests.filter((end) => end === null).length === 1 && requests;
      });
      assert.ok(ends.length <= 2 && ends.every((end) => end === null || end === "client left"), `${ends}`);

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
      const closed = record.entries.findIndex(
        (entry) => entry.kind === "statechange" && entry.state === "closed",
      );
      // The event in whose handler it was closed is noted before, as its listener came first.
      assert.deepEqual(record.entries.slice(closed + 1), []);
      assert.deepEqual(record.errors, []);
      await page.assertQuiet();
    });
  });
}
