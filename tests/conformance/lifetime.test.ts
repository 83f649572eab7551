import { after, before, describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ResilientEventSource } from "resilient-eventsource";
import type { Driver } from "selenium-webdriver/chrome.js";
import { type Browser, startChromium } from "../e2e/support/browsers.ts";
import { until } from "../e2e/support/until.ts";
import { conformancePages } from "./support/bundle.ts";
import { type Script, stream } from "./support/script.ts";
import { type ScriptedServer, startServer } from "./support/server.ts";

declare global {
  var heard: string[];
  var source: WeakRef<EventSource>;
}

/** Two events, with time for a collection between them. */
const slow: Script = { answers: [stream("data: 1\n\n", { wait: 1500 }, "data: 2\n\n")] };

let server: ScriptedServer;
let browser: Browser;
before(async () => {
  server = await startServer(await conformancePages());
  browser = await startChromium();
  await fetch(`${server.control}/script?path=/slow`, { method: "POST", body: JSON.stringify(slow) });
});
after(async () => {
  await browser?.quit();
  await server?.close();
});

const collectInNode = () => {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
};

describe("in Node", () => {
  /** Opens a source that only what it brings refers to. */
  const open = () => {
    const heard: string[] = [];
    const source = new ResilientEventSource(`${server.own}/slow`);
    source.onmessage = ({ data }) => heard.push(data);
    return { heard, ref: new WeakRef(source) };
  };

  test("an open source that nobody refers to goes on", async () => {
    const { heard, ref } = open();
    await until("an event", async () => heard.length === 1);
    collectInNode();
    await until("another one", async () => heard.length === 2);
    ref.deref()?.close();
  });

  test("a closed one is freed", async () => {
    const { heard, ref } = open();
    await until("an event", async () => heard.length === 1);
    ref.deref()?.close();
    await until("its end", async () => {
      collectInNode();
      return !ref.deref();
    });
  });
});

for (const transport of ["fetch", "native"] as const) {
  describe(`in Chromium, over ${transport}`, () => {
    const collect = () => (browser.driver as Driver).sendDevToolsCommand("HeapProfiler.collectGarbage", {});
    const hearsOf = (count: number) =>
      until(`${count} events`, () => browser.driver.executeScript((n: number) => heard.length === n, count));

    const open = async () => {
      await browser.driver.get(`${server.own}/lifetime/page.html`);
      await browser.driver.executeScript((transport: "fetch" | "native") => {
        globalThis.heard = [];
        const source = new classes[transport]("/slow");
        source.onmessage = ({ data }) => heard.push(data);
        globalThis.source = new WeakRef(source);
      }, transport);
      await hearsOf(1);
    };

    test("an open source that nobody refers to goes on", async () => {
      await open();
      await collect();
      await hearsOf(2);
    });

    test("a closed one is freed", async () => {
      await open();
      await browser.driver.executeScript(() => source.deref()?.close());
      await until("its end", async () => {
        await collect();
        return browser.driver.executeScript(() => !source.deref());
      });
    });
  });
}
