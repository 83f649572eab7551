// A stream that breaks, in every way that a server can break it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertSame, assertWithin, type Context, withServer } from "../support/context.ts";
import { BASE, flags, quick, RETRY } from "../support/options.ts";
import type { Recording } from "../support/page.ts";
import { Server } from "../support/server.ts";

/** Long enough to be broken in the middle: some 2 s. */
const run = { events: 40, delay_ms: 30, persist_ms: 0 };

export function streamSuite(context: Context) {
  describe("a stream", () => {
    const { server, load, assertWhole } = withServer("stream", context);

    const ended = (record: Recording) => record.complete;
    const underWay = (record: Recording) => record.numbered.length >= 5;

    test("asked for before the run exists begins when it does, and no 404 reaches the page", async () => {
      const page = await load();
      const id = await page.start("early", { events: 3, delay_ms: 2, persist_ms: 2500 }, quick);
      const record = await page.until("the run's end", "early", ended);
      assert.deepEqual(record.errors, []);
      assert.deepEqual(record.states, ["open", "completed"]);
      await page.assertQuiet();

      const [request, ...more] = await server().requests(id);
      assert.deepEqual(more, []);
      assert.equal(request?.status, 200);
      assert.ok((request?.attempts ?? 0) > 1, "the server looked for the run more than once");
      await assertWhole(record, id);
    });

    test("outlives a server that is killed twice: it resumes, nothing lost, nothing twice", async () => {
      const page = await load();
      const id = await page.start("killed", run, quick);
      let record = await page.until("events", "killed", underWay);
      for (const kill of [1, 2]) {
        await server().kill();
        const lost = (record: Recording) => record.errors.filter(({ reason }) => reason === "network");
        const known = lost(record).length;
        record = await page.until("the loss", "killed", (record) => lost(record).length > known);
        const error = lost(record)[known];
        assert.equal(error?.now, "waiting");
        assert.equal(error.fatal, false);
        assertWithin(error.retryIn, RETRY, RETRY + BASE, "the delay after the server's `retry:`");

        await server().start();
        record = await page.until("the stream again", "killed", (record) => record.of("open").length > kill);
        // The process is new, and so is its list.
        const [request] = await server().requests(id);
        assert.equal(request?.last_event_id_header, error.lastEventId);
        assert.equal(request?.last_event_id_query, null);
        const had = record.numbered.length;
        if (kill === 1)
          record = await page.until("more events", "killed", ({ numbered }) => numbered.length > had);
      }
      record = await page.until("the run's end", "killed", ended);
      assert.equal(record.of("open").length, 3);
      assert.equal(record.of("streamcomplete").length, 1);
      await assertWhole(record, id);
    });

    test("waits as long as a 503 with Retry-After asks, then resumes", async () => {
      const page = await load();
      const id = await page.start("busy", run, quick);
      await page.until("events", "busy", underWay);
      await server().fault({ kind: "status", run_id: id, status: 503, retry_after: 1 });
      await server().fault({ kind: "cut", run_id: id });
      const record = await page.until("the run's end", "busy", ended);

      const [cut, busy, ...more] = record.errors;
      assert.deepEqual(more, []);
      assert.equal(cut?.reason, context.browser().cut);
      assert.deepEqual([busy?.reason, busy?.status, busy?.fatal], ["http-status", 503, false]);
      assertWithin(busy?.retryIn, 1000, 1000 + BASE, "the delay after Retry-After: 1");

      const requests = await server().requests(id);
      assert.deepEqual(
        requests.map(({ status }) => status),
        [200, 503, 200],
      );
      const [, refused, again] = requests.map(({ time }) => Date.parse(time));
      assertWithin((again ?? 0) - (refused ?? 0), 1000, Infinity, "the time between the requests");
      assert.equal(requests[2]?.last_event_id_header, busy?.lastEventId);
      await assertWhole(record, id);
    });

    test("that hangs is idle: it is dropped and resumed", async () => {
      const page = await load();
      const id = await page.start("hung", run, { ...quick, idleTimeout: 1200 });
      await page.until("events", "hung", underWay);
      await server().fault({ kind: "hang", run_id: id });
      const record = await page.until("the run's end", "hung", ended);

      const [idle, ...more] = record.errors;
      assert.deepEqual(more, []);
      assert.deepEqual([idle?.reason, idle?.now, idle?.fatal], ["idle", "waiting", false]);
      const before = record.entries.findLast((entry) => entry.kind === "event" && entry.at < (idle?.at ?? 0));
      // Its clock is not the browser's timers': a little less than the timeout may show.
      assertWithin((idle?.at ?? 0) - (before?.at ?? 0), 1150, Infinity, "the silence");

      const requests = await server().requests(id);
      assert.deepEqual(
        requests.map(({ last_event_id_header }) => last_event_id_header),
        [null, idle?.lastEventId],
      );
      assert.equal(requests[0]?.end, "client left");
      await assertWhole(record, id);
    });

    test("that a server ends after news is a cycle, not a failure", async () => {
      const page = await load();
      const id = await page.start("cycle", run, quick);
      await page.until("events", "cycle", underWay);
      await server().fault({ kind: "cut", run_id: id, clean: true });
      const record = await page.until("the run's end", "cycle", ended);
      assert.deepEqual(
        record.errors.map(({ reason, fatal }) => [reason, fatal]),
        [["cycle", false]],
      );
      assertWithin(record.errors[0]?.retryIn, RETRY, RETRY + BASE, "the delay after a cycle");
      await assertWhole(record, id);
    });

    test("that a server answers with 404 at first is waited for within the grace", async () => {
      const page = await load();
      // For all runs: this one's id is not known before the page asks for it.
      await server().fault({ kind: "status", status: 404, times: 2 });
      const id = await page.start(
        "graced",
        { events: 3, delay_ms: 2 },
        {
          ...quick,
          notFoundGrace: 30_000,
          notFoundDelay: 40,
        },
      );
      const record = await page.until("the run's end", "graced", ended);
      assert.deepEqual(
        record.errors.map(({ status, retryIn, fatal }) => ({ status, retryIn, fatal })),
        [1, 2].map(() => ({ status: 404, retryIn: 40, fatal: false })),
      );
      await assertWhole(record, id);
    });

    test("of another origin resumes by the header too, after a preflight", async () => {
      const page = await load();
      const other = await Server.start(`${context.browser().name}-other`, context.fixture(), ...flags);
      try {
        const { run_id, events_url } = await other.run(run);
        await page.open("crossed", other.url + events_url, quick);
        await page.until("events", "crossed", underWay);
        await other.fault({ kind: "cut", run_id });
        const record = await page.until("the run's end", "crossed", ended);
        const [cut, ...more] = record.errors;
        assert.deepEqual(more, []);
        assert.ok(record.of("event").every(({ origin }) => origin === other.url));
        const requests = await other.requests(run_id);
        assert.deepEqual(
          requests.map(({ method, last_event_id_header }) => [method, last_event_id_header]),
          [
            ["GET", null],
            ["OPTIONS", null],
            ["GET", cut?.lastEventId],
          ],
        );
        assertSame(record.numbered, await other.history(run_id));
      } finally {
        await other.stop();
      }
    });
  });
}
