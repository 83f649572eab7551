// The dashboard's own page: what a person sees who starts a run and breaks it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { By } from "selenium-webdriver";
import { type Context, withServer } from "../support/context.ts";
import { Dashboard } from "../support/dashboard.ts";
import { dashboard } from "../support/environment.ts";
import { until } from "../support/until.ts";

export function dashboardSuite(context: Context) {
  describe("the dashboard", () => {
    const { server } = withServer("dashboard", { ...context, fixture: dashboard });
    const page = new Dashboard(context, server);

    test("starts a run by a click and sees it complete, with nothing red in the console", async () => {
      await page.load();
      const id = await page.start({ events: 12, delay_ms: 5, persist_ms: 300 });
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "12");
      assert.equal(await page.attribute("completed-banner", "data-latched"), "false");
      assert.deepEqual(await page.all("error"), []);
      assert.equal((await server().requests(id)).length, 1);
      assert.deepEqual(await context.browser().red(), []);
    });

    test("asks for nothing when a finished run is looked at again", async () => {
      await page.load();
      const first = await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.shows("completed-banner", "data-latched", "false");
      const before = await server().requests(first);
      await page.look(first);
      await page.shows("completed-banner", "data-latched", "true");
      await page.shows("log-count", "data-total", "3");
      assert.deepEqual(await server().requests(first), before);
      assert.deepEqual(await context.browser().red(), []);
    });

    test("goes on where it was when a run that goes on is looked at again", async () => {
      await page.load();
      const first = await page.start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.look(first);
      await page.shows("log-count", "data-total", "40");
      await page.shows("completed-banner", "data-outcome", "completed");
      const [, again, ...more] = await server().requests(first);
      assert.deepEqual(more, []);
      assert.notEqual(again?.last_event_id_header, null);
      assert.deepEqual(await page.all("missed"), []);
    });

    test("recovers from a cut that its own button makes", async () => {
      await page.load();
      const id = await page.start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      await page.breakIt("cut");
      await page.shows("state", "data-state", "waiting");
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "40");
      assert.equal(await page.attribute("error", "data-reason"), "network");
      assert.equal((await page.all("error")).length, 1);
      assert.deepEqual(await page.all("missed"), []);
      assert.equal((await server().requests(id)).length, 2);
    });

    test("recovers from a server that is killed", async () => {
      await page.load();
      const id = await page.start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      await server().kill();
      await page.shows("state", "data-state", "waiting");
      await server().start();
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "40");
      assert.deepEqual(await page.all("missed"), []);
      const [request] = await server().requests(id);
      assert.notEqual(request?.last_event_id_header, null);
    });

    test("goes on where it was when another transport is chosen", async () => {
      await page.load();
      const id = await page.start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      await page.choose("transport-choice", "fetch");
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "40");
      assert.equal(await page.text("transport"), "fetch");
      const [, again, ...more] = await server().requests(id);
      assert.deepEqual(more, []);
      assert.notEqual(again?.last_event_id_header, null);
    });

    test("says which transport ran, where the platform's own is chosen", async () => {
      await page.load({ transport: "native" });
      const id = await page.start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      assert.equal(await page.text("transport"), "native");
      await page.says("band-details", /attempt 1 by native/);
      await page.breakIt("cut");
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "40");
      assert.deepEqual(await page.all("missed"), []);
      assert.ok((await server().requests(id)).length >= 2);
      assert.match(await page.text("transitions"), /opened1native/);
    });

    test("lists the faults that can still strike, and ends them", async () => {
      await page.load();
      await page.start({ events: 400, delay_ms: 30, persist_ms: 0 });
      await page.lines(1);
      await page.clickHidden("fault-kind-delay");
      await page.choose("fault-scope", "all");
      await page.choose("fault-mode", "times");
      const times = await page.driver.findElement(By.name("times"));
      await times.clear();
      await times.sendKeys("7");
      await page.click("inject-fault");
      await page.shows("active-fault", "data-kind", "delay");
      await page.says("active-fault", /all streams · [67] times more/);
      await page.click("clear-faults");
      await until("none is in force", async () => (await page.all("active-fault")).length === 0);
      await page.says("fault-result", /^1 waiting fault cleared/);
    });

    test("takes no way to another stream for a run", async () => {
      await page.load();
      await page.driver.executeScript(() => {
        location.hash = "run=..";
      });
      await page.shows("feed-state", "data-state", "open");
      assert.deepEqual(await page.all("run-id"), []);
    });

    test("shows on its first page what any run does, and how runs failed", async () => {
      await page.load();
      await page.shows("feed-state", "data-state", "open");
      const { run_id } = await server().run({ events: 3, delay_ms: 2, persist_ms: 0, fail: "E2E_CODE" });
      // Not the first line: a run of an earlier test may end meanwhile.
      await until("the feed tells how the run failed", () =>
        page.driver.executeScript<boolean>(
          (id: string) =>
            /E2E_CODE/.test(document.querySelector(`[data-feed-run="${id}"]`)?.textContent ?? ""),
          run_id,
        ),
      );
      await page.shows("failure", "data-code", "E2E_CODE");
      assert.deepEqual(await context.browser().red(), []);
    });
  });
}
