// The browser's own EventSource beside ours, on the dashboard's page, under the same faults.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Context, withServer } from "../support/context.ts";
import { Dashboard } from "../support/dashboard.ts";
import { dashboard } from "../support/environment.ts";
import { until } from "../support/until.ts";

export function twinSuite(context: Context) {
  describe("the browser's own source beside ours", () => {
    const { server } = withServer("twin", { ...context, fixture: dashboard });
    const page = new Dashboard(context, server);

    const requestsOf = async (run: string, client: string) =>
      (await server().requests(run)).filter((request) => request.client === client);
    const number = async (testid: string) => Number(await page.text(testid));

    test("hears the same while nothing is wrong", async () => {
      await page.load({ twin: true });
      await page.start({ events: 400, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      await page.shows("twin-state", "data-state", "open");
      await page.shows("difference", "data-worse", "false");
      assert.equal(await page.text("twin-duplicates"), "0");
      assert.equal(await page.text("twin-missing"), "0");
    });

    test("comes back to a run that is over, with an error each time, and ours does not", async () => {
      await page.load({ twin: true });
      const id = await page.start({ events: 6, delay_ms: 5, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      await until("it comes back twice", async () => (await requestsOf(id, "native")).length >= 3);
      assert.equal((await requestsOf(id, "resilient")).length, 1);
      await page.shows("difference", "data-worse", "true");
      await page.says("difference", /does not know: it connected \d+ times? since/);
      assert.ok((await number("twin-errors")) >= 2);
      assert.equal(await page.text("ours-errors"), "0");
    });

    test("is sent the tail again when the finished run is looked at again", async () => {
      await page.load({ twin: true });
      const id = await page.start({ events: 6, delay_ms: 5, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.shows("completed-banner", "data-latched", "false");
      await page.look(id);
      await page.shows("completed-banner", "data-latched", "true");
      await until("duplicates", async () => (await number("twin-duplicates")) >= 6);
      assert.equal(await page.text("ours-duplicates"), "0");
    });

    test("is dead after a 503 that both meet, while ours gets the whole run", async () => {
      await page.load({ twin: true });
      const id = await page.start({ events: 60, delay_ms: 30, persist_ms: 0 });
      await page.lines(5);
      await page.shows("twin-state", "data-state", "open");
      await page.clickHidden("fault-kind-status");
      const wait = await page.driver.findElement({ css: '[name="retry_after"]' });
      await wait.clear();
      await wait.sendKeys("0");
      await page.click("inject-fault");
      await page.shows("twin-state", "data-state", "closed");
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "60");
      await page.says("difference", /been closed for good since/);
      assert.ok((await number("twin-missing")) > 0);
      assert.equal(await page.text("ours-missing"), "0");
      for (const client of ["native", "resilient"]) {
        const statuses = (await requestsOf(id, client)).map(({ status }) => status);
        assert.ok(statuses.includes(503), `${client} met it: ${statuses}`);
      }
    });

    test("is closed by its switch, which the tab remembers", async () => {
      await page.load({ twin: true });
      const id = await page.start({ events: 400, delay_ms: 30, persist_ms: 0 });
      await page.shows("twin-state", "data-state", "open");
      await page.clickHidden("twin-switch");
      await until(
        "the server sees it go",
        async () => (await requestsOf(id, "native"))[0]?.end === "client left",
      );
      assert.deepEqual(await page.all("twin-state"), []);
      await page.driver.navigate().refresh();
      await page.shows("state", "data-state", "open");
      assert.deepEqual(await page.all("twin-state"), []);
      assert.equal((await requestsOf(id, "native")).length, 1);
    });
  });

  describe("a server that asks for a key", () => {
    const { server } = withServer("key", { ...context, fixture: dashboard }, "--api-key", "e2e-secret");
    const page = new Dashboard(context, server);

    test("is given it by ours, while the browser's own cannot send it", async () => {
      await page.load({ twin: true });
      await (await page.one("api-key-input")).sendKeys("e2e-secret");
      await page.click("api-key-submit");
      await until("the form is gone", async () => (await page.all("api-key")).length === 0);
      await page.start({ events: 6, delay_ms: 5, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      await page.shows("log-count", "data-total", "6");
      await page.shows("twin-state", "data-state", "closed");
      await page.says("difference", /cannot send headers/);
    });

    test("is asked again with another key when it refused the first", async () => {
      await page.load();
      await (await page.one("api-key-input")).sendKeys("wrong");
      await page.click("api-key-submit");
      await page.says("api-key", /It refused the one that was given/);
      await (await page.one("api-key-input")).sendKeys("e2e-secret");
      await page.click("api-key-submit");
      await page.shows("feed-state", "data-state", "open");
      assert.deepEqual(await page.all("api-key"), []);
    });

    test("is asked with no key that a header cannot carry, for which the form would be gone", async () => {
      await page.load();
      const input = await page.one("api-key-input");
      await input.sendKeys("ключ");
      await page.click("api-key-submit");
      assert.equal((await page.all("api-key")).length, 1);
      await input.clear();
      await input.sendKeys(" e2e-secret ");
      await page.click("api-key-submit");
      await page.shows("feed-state", "data-state", "open");
    });
  });
}
