// The class itself in a real browser, with a `fetch` that the page makes up:
// what a server cannot show.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertWithin, type Context, withServer } from "../support/context.ts";
import { until } from "../support/until.ts";

export function classSuite(context: Context) {
  describe("the class", () => {
    const { server, load } = withServer("class", context);

    test("calls fetch before its constructor returns", async () => {
      const page = await load();
      const seen = await page.run(() => {
        const { fetch } = window;
        const calls: unknown[][] = [];
        window.fetch = (...args) => {
          calls.push(args);
          return new Promise(() => {});
        };
        const source = new e2e.ResilientEventSource("/stream?a=1", { params: { b: "ü" } });
        window.fetch = fetch;
        source.close();
        const [url, init] = calls[0] as [string, RequestInit];
        return {
          calls: calls.length,
          url: url.replace(location.origin, ""),
          accept: new Headers(init.headers).get("accept"),
          cache: init.cache,
          aborted: init.signal?.aborted,
        };
      });
      assert.deepEqual(seen, {
        ...{ calls: 1, url: "/stream?a=1&b=%C3%BC", accept: "text/event-stream" },
        ...{ cache: "no-store", aborted: true },
      });
      await page.assertQuiet();
    });

    test("sends a last event id beyond ASCII as UTF-8 bytes", async () => {
      const page = await load();
      const { run_id, events_url } = await server().run({ events: 1, delay_ms: 1, persist_ms: 0 });
      await page.open("run", events_url, {
        lastEventId: "ü – 日本",
        terminal: ["run_completed"],
      });
      await page.until("the run's end", "run", (record) => record.complete);
      const sent = (await server().requests(run_id))[0]?.last_event_id_header;
      // WebKitGTK takes what a script sets for Latin-1 and encodes it once more; its own EventSource is spared that.
      if (context.browser().name === "webkit") assert.equal(sent, Buffer.from("ü – 日本").toString("latin1"));
      else assert.equal(sent, "ü – 日本");
    });

    test("sends a last event id beyond ASCII in the query where it is told to", async () => {
      const page = await load();
      const { run_id, events_url } = await server().run({ events: 1, delay_ms: 1, persist_ms: 0 });
      await page.open("run", events_url, {
        lastEventId: "ü – 日本",
        resume: { query: "lastEventId" },
        terminal: ["run_completed"],
      });
      await page.until("the run's end", "run", (record) => record.complete);
      const [request] = await server().requests(run_id);
      assert.deepEqual([request?.last_event_id_header, request?.last_event_id_query], [null, "ü – 日本"]);
    });

    test("asks headers before each attempt, and takes their rejection for a failure", async () => {
      const page = await load();
      await page.run(() => {
        const asked: [number, string][] = [];
        const sent: (string | null)[] = [];
        Object.assign(window, { asked, sent });
        e2e.open("run", "/stream", {
          retry: { initial: 1, max: 1, floor: 0 },
          headers: async ({ attempt, reason }) => {
            asked.push([attempt, reason]);
            if (attempt === 1) throw new Error("no token yet");
            return { authorization: `Bearer ${attempt}` };
          },
          fetch: async (_url, init) => {
            sent.push(new Headers(init.headers).get("authorization"));
            return new Response(null, { status: sent.length === 1 ? 401 : 204 });
          },
        });
      });
      const record = await page.until("the end", "run", (record) => record.complete);
      assert.deepEqual(
        record.errors.map(({ reason, status, fatal }) => [reason, status, fatal]),
        [
          ["headers", null, false],
          ["http-status", 401, false],
          ["no-content", 204, false],
        ],
      );
      assert.deepEqual(await page.run(() => Reflect.get(window, "sent")), ["Bearer 2", "Bearer 3"]);
      assert.deepEqual(await page.run(() => Reflect.get(window, "asked")), [
        [1, "start"],
        [2, "headers"],
        [3, "http-status"],
      ]);
      await page.assertQuiet();
    });

    test("fails the attempt, and no other source, where a custom fetch gives no response", async () => {
      const page = await load();
      await page.run(() => {
        e2e.open("other", "/stream", { fetch: () => new Promise(() => {}) });
        const used = new Response("data: x\n\n", { headers: { "content-type": "text/event-stream" } });
        used.body?.getReader();
        for (const [index, answer] of [undefined, null, 7, { status: 200, headers: {} }, used].entries()) {
          e2e.open(`broken ${index}`, "/stream", {
            fetch: async () => answer as Response,
            maxRetries: 0,
          });
        }
      });
      for (const index of [0, 1, 2, 3, 4]) {
        const record = await page.until(
          "the failure",
          `broken ${index}`,
          (record) => record.errors.length > 0,
        );
        assert.deepEqual(
          record.errors.map(({ reason, now }) => [reason, now]),
          [["network", "gaveup"]],
          `answer ${index}`,
        );
      }
      assert.equal(await page.run(() => e2e.sources.other?.state), "connecting");
      await page.assertQuiet();
    });

    test("reads Retry-After as seconds and as a date, and nothing in what is neither", async () => {
      const page = await load();
      await page.run(() => {
        // Made when it is answered: the first source of a page takes its time.
        const date = () => new Date(Date.now() + 9500).toUTCString();
        for (const [index, value] of [
          "7",
          date,
          "99999999999999999999",
          "Fri, 31 Dec 9999 23:59:59 GMT",
          "soon",
          "",
        ].entries()) {
          e2e.open(`${index}`, "/stream", {
            fetch: async () =>
              new Response(null, {
                status: 503,
                headers: { "retry-after": typeof value === "string" ? value : value() },
              }),
            retry: { initial: 20, jitter: "none", floor: 0 },
          });
        }
      });
      const retryIn: (number | null | undefined)[] = [];
      for (const index of [0, 1, 2, 3, 4, 5]) {
        const record = await page.until("the failure", `${index}`, (record) => record.errors.length > 0);
        retryIn.push(record.errors[0]?.retryIn);
      }
      const [date] = retryIn.splice(1, 1, null);
      assert.deepEqual(retryIn, [7020, null, 300_020, 300_020, 20, 20]);
      // A date is whole seconds.
      assertWithin(date, 8000, 9520, "the delay until a date");
    });

    test("cancels the body of a custom fetch when it is closed, and leaves no rejection unhandled", async () => {
      const page = await load();
      await page.run(() => {
        Object.assign(window, { cancelled: 0 });
        e2e.open("run", "/stream", {
          fetch: async () =>
            new Response(
              new ReadableStream({
                cancel: () => {
                  Object.assign(window, { cancelled: 1 });
                },
              }),
              { headers: { "content-type": "text/event-stream" } },
            ),
        });
      });
      await page.until("the stream", "run", (record) => record.of("open").length);
      await page.run(() => e2e.sources.run?.close());
      await until("the body is cancelled", () => page.run(() => Reflect.get(window, "cancelled") === 1));
      await page.assertQuiet();
    });

    test("listens to the page while it lives and no longer", async () => {
      const page = await load();
      const counts = await page.run(async () => {
        let count = 0;
        const types = new Set<string>();
        for (const target of [window, document]) {
          const { addEventListener, removeEventListener } = target;
          target.addEventListener = (...args: Parameters<typeof addEventListener>) => {
            count++;
            types.add(args[0]);
            addEventListener.apply(target, args);
          };
          target.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
            count--;
            removeEventListener.apply(target, args);
          };
        }
        const counts: number[] = [];
        const source = new e2e.ResilientEventSource("/stream", { fetch: () => new Promise(() => {}) });
        counts.push(count);
        source.close();
        counts.push(count);
        source.reset();
        counts.push(count);
        source.close();
        counts.push(count);
        return { counts, unload: [...types].filter((type) => /unload/.test(type)) };
      });
      assert.ok((counts.counts[0] ?? 0) > 0);
      assert.deepEqual(counts, { counts: [counts.counts[0], 0, counts.counts[0], 0], unload: [] });
    });

    test("hears the page's own events, each where the browser fires it", async () => {
      const page = await load();
      await page.run(() => {
        const fetch = () => new Promise<Response>(() => {});
        const fails = () => Promise.reject(new TypeError("away"));
        const slow = { initial: 60_000, max: 60_000, floor: 60_000 };
        e2e.open("waiting", "/stream", { fetch: fails, retry: slow });
        e2e.open("hiding", "/stream", { fetch, pauseWhenHidden: true });
        e2e.open("leaving", "/stream", { fetch });
      });
      await page.until("a wait", "waiting", (record) => record.errors.length);
      const states = await page.run(() => {
        const { waiting, hiding, leaving } = e2e.sources as Record<string, { state: string }>;
        const hide = (hidden: boolean) => {
          Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        };
        const states: (string | undefined)[] = [];
        window.dispatchEvent(new Event("online"));
        states.push(waiting?.state);
        hide(true);
        states.push(hiding?.state);
        hide(false);
        states.push(hiding?.state);
        window.dispatchEvent(new Event("pagehide"));
        states.push(leaving?.state);
        window.dispatchEvent(new Event("pageshow"));
        states.push(leaving?.state);
        return states;
      });
      assert.deepEqual(states, ["connecting", "paused", "connecting", "paused", "connecting"]);
      await page.assertQuiet();
    });

    test("dispatches 20,000 events of one chunk in order without blocking the page", async () => {
      const page = await load();
      const seen = await page.run(async () => {
        const count = 20_000;
        const text = Array.from({ length: count }, (_, n) => `id: ${n}\ndata: é${n}\n\n`).join("");
        let ticks = 0;
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          ticks++;
          port2.postMessage(0);
        };
        port2.postMessage(0);
        const source = new e2e.ResilientEventSource("/stream", {
          fetch: async () =>
            new Response(`${text}event: done\ndata\n\n`, {
              headers: { "content-type": "text/event-stream" },
            }),
          terminal: ["done"],
        });
        let next = 0;
        source.onmessage = ({ data, lastEventId }) => {
          if (data === `é${next}` && lastEventId === `${next}`) next++;
        };
        await new Promise((resolve) => {
          source.onstreamcomplete = resolve;
        });
        port1.close();
        return { next, ticks, events: source.stats().events };
      });
      assert.equal(seen.next, 20_000);
      assert.equal(seen.events, 20_001);
      assert.ok(seen.ticks > 3, `other tasks ran ${seen.ticks} times meanwhile`);
      await page.assertQuiet();
    });
  });
}
