// Documents that runs make are shown where their scripts can do the page no harm.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WebElement } from "selenium-webdriver";
import { type Context, withServer } from "../support/context.ts";
import { Dashboard } from "../support/dashboard.ts";
import { dashboard } from "../support/environment.ts";
import { until } from "../support/until.ts";

/** Run as a script of the document itself: what it can reach, as `name: result` in its body's dataset. */
const probe = `
  const attempts = {
    parent: () => parent.document.title,
    top: () => top.document.body.innerHTML,
    storage: () => localStorage.length,
    session: () => sessionStorage.length,
    cookies: () => document.cookie,
    frame: () => frameElement.id,
  };
  for (const [name, attempt] of Object.entries(attempts)) {
    try { document.body.dataset[name] = "reached " + attempt(); }
    catch (error) { document.body.dataset[name] = error.name; }
  }
  document.body.dataset.origin = origin;
  fetch("/v1/runs").then(
    () => { document.body.dataset.fetch = "reached"; },
    (error) => { document.body.dataset.fetch = error.name; },
  );
`;

export function artifactSuite(context: Context) {
  describe("an HTML artifact", () => {
    const { server } = withServer("artifacts", { ...context, fixture: dashboard });
    const page = new Dashboard(context, server);

    /** A document that is put in place under a driver's script ends that script with an error. */
    async function loadsAreMarked() {
      await page.driver.executeScript(() => {
        const mark = ({ target }: Event) => {
          if (target instanceof HTMLIFrameElement && target.srcdoc) target.dataset.loaded = "";
        };
        document.addEventListener("load", mark, true);
      });
    }

    async function enter(frame: WebElement) {
      await until("its document is loaded", async () => (await frame.getAttribute("data-loaded")) !== null);
      await page.driver.switchTo().frame(frame);
    }

    test("draws itself by its script, which reaches neither the page nor its storage, cookies or server", async () => {
      await page.load();
      await loadsAreMarked();
      await page.driver.manage().addCookie({ name: "secret", value: "told" });
      assert.equal(await page.driver.executeScript(() => document.cookie), "secret=told");
      await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      const frame = await page.one("artifact-frame");
      assert.equal(await frame.getAttribute("sandbox"), "allow-scripts");
      assert.match((await frame.getAttribute("title")) ?? "", /^Artifact \w+\.html$/);
      await page.driver.executeScript((frame: HTMLElement) => frame.scrollIntoView(), frame);
      await enter(frame);
      try {
        await until("its script draws bars", () =>
          page.driver.executeScript<boolean>(() => document.querySelectorAll("li").length > 2),
        );
        await page.driver.executeScript((probe: string) => {
          const script = document.createElement("script");
          script.textContent = probe;
          document.body.append(script);
        }, probe);
        const found = await until("its script has tried everything", () =>
          page.driver.executeScript<Record<string, string> | null>(() =>
            document.body.dataset.fetch ? { ...document.body.dataset } : null,
          ),
        );
        assert.deepEqual(found, {
          parent: "SecurityError",
          top: "SecurityError",
          storage: "SecurityError",
          session: "SecurityError",
          // WebKit answers as if there were none.
          cookies: context.browser().name === "webkit" ? "reached " : "SecurityError",
          frame: found.frame,
          origin: "null",
          fetch: "TypeError",
        });
        assert.doesNotMatch(found.frame ?? "", /^reached/);
      } finally {
        await page.driver.switchTo().defaultContent();
        await page.driver.manage().deleteCookie("secret");
      }
    });

    for (const [way, leave] of [
      ["its script", "location = address;"],
      [
        "a refresh",
        `const refresh = document.createElement("meta");
         refresh.httpEquiv = "refresh";
         refresh.content = "0;url=" + address;
         document.head.append(refresh);`,
      ],
    ] as const) {
      test(`goes to no other address by ${way}`, async () => {
        await page.load();
        await loadsAreMarked();
        await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
        const frame = await page.one("artifact-frame");
        await page.driver.executeScript((frame: HTMLElement) => {
          document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
            document.body.dataset.violated = effectiveDirective;
          });
          frame.scrollIntoView();
        }, frame);
        await enter(frame);
        try {
          await until("its script draws bars", () =>
            page.driver.executeScript<boolean>(() => document.querySelectorAll("li").length > 2),
          );
          // Of the document, not of the driver, which could do more.
          await page.driver.executeScript((code: string) => {
            const script = document.createElement("script");
            script.textContent = code;
            document.body.append(script);
          }, `{ const address = "${server().url}/v1/runs/escaped/events"; ${leave} }`);
        } finally {
          await page.driver.switchTo().defaultContent();
        }
        await until("it left, or was kept from it", async () => {
          const violated = await page.driver.executeScript(() => document.body.dataset.violated);
          return violated === "frame-src" || (await server().requests("escaped")).length > 0;
        });
        assert.deepEqual(await server().requests("escaped"), []);
      });
    }

    test("is not run before it comes into sight", async () => {
      await page.load();
      await page.driver.manage().window().setRect({ width: 900, height: 500 });
      await page.start({ events: 3, delay_ms: 2, persist_ms: 0 });
      await page.shows("completed-banner", "data-outcome", "completed");
      const frame = await page.one("artifact-frame");
      assert.equal(await frame.getAttribute("srcdoc"), "");
      await page.driver.executeScript((frame: HTMLElement) => frame.scrollIntoView(), frame);
      await until("it is there", async () => Boolean(await frame.getAttribute("srcdoc")));
    });
  });
}
