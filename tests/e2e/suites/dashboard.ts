// The dashboard's own page: what a person sees who starts a run and breaks it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { By } from "selenium-webdriver";
import { type Context, withServer } from "../support/context.ts";
import { dashboard } from "../support/environment.ts";
import { until } from "../support/until.ts";

export function dashboardSuite(context: Context) {
  describe("the dashboard", () => {
    const { server } = withServer("dashboard", { ...context, fixture: dashboard });
    const driver = () => context.browser().driver;
    const all = (testid: string) => driver().findElements(By.css(`[data-testid="${testid}"]`));

    /** An attribute of the one element of that name, empty where there is none. */
    const attribute = (testid: string, name: string) =>
      driver().executeScript<string>(
        (testid: string, name: string) =>
          document.querySelector(`[data-testid="${testid}"]`)?.getAttribute(name) ?? "",
        testid,
        name,
      );
    const click = async (testid: string) => {
      const element = await until(`there is a ${testid}`, async () => (await all(testid))[0]);
      await element.click();
    };
    const shows = (testid: string, name: string, value: string) =>
      until(`${testid} shows ${name} ${value}`, async () => (await attribute(testid, name)) === value, {
        state: () => attribute(testid, name),
      });

    async function load() {
      await driver().get("about:blank");
      await driver().get(`${server().url}/`);
      await context.browser().red();
    }

    /** Starts a run by the form; answers with its id, from the address. */
    async function start(fields: Record<string, number>): Promise<string> {
      const address = await driver().getCurrentUrl();
      await until("the page is there", async () => (await all("start-run")).length > 0);
      for (const [name, value] of Object.entries(fields)) {
        const field = await driver().findElement(By.name(name));
        await field.clear();
        await field.sendKeys(`${value}`);
      }
      await click("start-run");
      return until("the run is shown", async () => {
        const now = await driver().getCurrentUrl();
        return now !== address && /#run=(\w+)/.exec(now)?.[1];
      });
    }

    test("starts a run by a click and sees it complete, with nothing red in the console", async () => {
      await load();
      const id = await start({ events: 12, delay_ms: 5, persist_ms: 300 });
      await shows("completed-banner", "data-outcome", "completed");
      await shows("log-count", "data-total", "12");
      assert.equal(await attribute("completed-banner", "data-latched"), "false");
      assert.deepEqual(await all("error"), []);
      assert.equal((await server().requests(id)).length, 1);
      assert.deepEqual(await context.browser().red(), []);
    });

    test("asks for nothing when a finished run is looked at again", async () => {
      await load();
      const first = await start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await shows("completed-banner", "data-outcome", "completed");
      await start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await shows("completed-banner", "data-latched", "false");
      const before = await server().requests(first);
      await (await driver().findElement(By.css(`[data-run="${first}"]`))).click();
      await shows("completed-banner", "data-latched", "true");
      await shows("log-count", "data-total", "3");
      assert.deepEqual(await server().requests(first), before);
      assert.deepEqual(await context.browser().red(), []);
    });

    test("goes on where it was when a run that goes on is looked at again", async () => {
      await load();
      const first = await start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await until("lines", async () => Number(await attribute("log-count", "data-total")) >= 5);
      await start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await shows("completed-banner", "data-outcome", "completed");
      await (await driver().findElement(By.css(`[data-run="${first}"]`))).click();
      await shows("run-id", "data-testid", "run-id");
      await until("the first run's end", async () => (await attribute("log-count", "data-total")) === "40");
      await shows("completed-banner", "data-outcome", "completed");
      const [, again, ...more] = await server().requests(first);
      assert.deepEqual(more, []);
      assert.notEqual(again?.last_event_id_header, null);
      assert.deepEqual(await all("missed"), []);
    });

    test("recovers from a cut that its own button makes", async () => {
      await load();
      const id = await start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await until("lines", async () => Number(await attribute("log-count", "data-total")) >= 5);
      await click("fault-cut");
      await shows("state", "data-state", "waiting");
      await shows("completed-banner", "data-outcome", "completed");
      await shows("log-count", "data-total", "40");
      assert.equal(await attribute("error", "data-reason"), "network");
      assert.equal((await all("error")).length, 1);
      assert.deepEqual(await all("missed"), []);
      assert.equal((await server().requests(id)).length, 2);
    });

    test("recovers from a server that is killed", async () => {
      await load();
      const id = await start({ events: 40, delay_ms: 30, persist_ms: 0 });
      await until("lines", async () => Number(await attribute("log-count", "data-total")) >= 5);
      await server().kill();
      await shows("state", "data-state", "waiting");
      await server().start();
      await shows("completed-banner", "data-outcome", "completed");
      await shows("log-count", "data-total", "40");
      assert.deepEqual(await all("missed"), []);
      const [request] = await server().requests(id);
      assert.notEqual(request?.last_event_id_header, null);
    });
  });
}
