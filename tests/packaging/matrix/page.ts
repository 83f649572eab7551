// A built app in Chromium: from a folder, or from the server that the tool brings.
import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import path from "node:path";
import { By } from "selenium-webdriver";
import { kill, start } from "../../../scripts/lib/children.mjs";
import { root } from "../../../scripts/lib/paths.mjs";
import { type Browser, startChromium } from "../../e2e/support/browsers.ts";
import { until } from "../../e2e/support/until.ts";
import type { PageRow } from "./rows.ts";
import { expected } from "./stream.ts";

let browser: Browser | undefined;

export async function quitBrowser() {
  await browser?.quit();
  browser = undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address && typeof address === "object");
  return address.port;
}

/** Starts the row's server, or for a folder this project's own Vite, whose static server is as good as any. */
async function serve({ page }: PageRow, app: string, env: NodeJS.ProcessEnv) {
  const port = `${await freePort()}`;
  const isFolder = "folder" in page;
  const [program = "", ...args] = isFolder
    ? ["vite", "preview", "--outDir", ".", "--host", "127.0.0.1", "--port", port, "--strictPort"]
    : page.server(port);
  const cwd = isFolder ? path.join(app, page.folder) : app;
  const child = start(path.join(isFolder ? root : app, "node_modules/.bin", program), args, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = () => {
    kill(child);
    return ended;
  };
  const url = `http://127.0.0.1:${port}/`;
  try {
    await until(`${program} listens`, () => isThere(port) || child.exitCode !== null, {
      within: 60_000,
      state: () => output,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  assert.equal(child.exitCode, null, output);
  return { url, stop };
}

/** Whether something listens; a request instead would already build the page. */
async function isThere(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Follows the stream in a page, and checks what the page saw of it. */
export async function checkPage(row: PageRow, cwd: string, stream: string, env: NodeJS.ProcessEnv) {
  const served = await serve(row, cwd, env);
  try {
    const url = new URL(`?stream=${encodeURIComponent(stream)}`, served.url).href;
    if (row.rendered) {
      const html = await (await fetch(url)).text();
      assert.ok(html.includes(row.rendered), `the server rendered\n${html}`);
    }
    browser ??= await startChromium();
    const { driver, red } = browser;
    await red();
    await driver.get(url);
    const printed = await until(
      "the page prints what it saw",
      async () => (await driver.findElement(By.css("output"))).getText(),
      { within: 30_000, state: async () => [await driver.getPageSource(), await red()] },
    );
    assert.deepEqual(JSON.parse(printed), expected);
    const faults = (await red()).filter((line) => !line.includes("/favicon.ico"));
    assert.deepEqual(faults, []);
    await driver.get("about:blank");
  } finally {
    await served.stop();
  }
}
