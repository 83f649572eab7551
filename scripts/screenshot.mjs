// @ts-check
// `npm run screenshot`: the pictures of the dashboard in docs/, made anew. Builds
// and serves the page, starts a run in a stock Chromium, cuts its connection and has
// it answered 503, which ends the browser's own source beside ours, and takes the page
// while the run goes on.
//
//     npm run screenshot
//     npm run screenshot -- --width 390 --out target/phone
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildPage } from "./build/page.mjs";
import { buildServer } from "./build/server.mjs";
import { buildAll } from "./build.mjs";
import { runMain, say, UserError } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { which } from "./lib/run.mjs";
import { startServer } from "./lib/server.mjs";
import { browsers, ensureBrowsers } from "./setup/browsers.mjs";
import { ensureNpmPackages } from "./setup/npm.mjs";

await ensureNpmPackages();
// Not before: a fresh clone has none.
const { Builder, By, until } = await import("selenium-webdriver");
const { default: chrome } = await import("selenium-webdriver/chrome.js");

/** Long enough for both faults, and still running when the picture is taken. */
const run = { events: 90, delay_ms: 300 };

async function main() {
  const { values } = parseArgs({
    options: { width: { type: "string", default: "1280" }, out: { type: "string", default: "docs" } },
  });
  const width = Number(values.width);
  if (!(width >= 320 && width <= 4000)) throw new UserError(`--width takes 320 to 4000: ${values.width}`);
  const out = inRoot(values.out);

  await buildAll();
  const program = await buildServer();
  const dist = await buildPage();
  const { CHROMEDRIVER } = await ensureBrowsers(["chromium"]);
  const scratch = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-"));
  const server = await startServer(program, { port: 0, dist, data: path.join(scratch, "runs.sqlite") });
  const driver = await startChromium(CHROMEDRIVER, path.join(scratch, "profile"));
  try {
    await play(driver, server.address, width);
    mkdirSync(out, { recursive: true });
    for (const scheme of /** @type {const} */ (["light", "dark"])) {
      const file = path.join(out, `dashboard-${scheme}.png`);
      writeFileSync(file, await picture(driver, scheme, width));
      say(`${path.relative(inRoot(), file)}: ${Math.round(statSync(file).size / 1000)} kB`);
    }
  } finally {
    await driver.quit();
    server.child.kill("SIGTERM");
    await server.ended;
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string | undefined} driverProgram
 * @param {string} profile a folder that isn't there yet
 */
async function startChromium(driverProgram, profile) {
  const capabilities = JSON.parse(readFileSync(inRoot("webdriver.json"), "utf8"));
  const options = new chrome.Options();
  options.addArguments(...capabilities["goog:chromeOptions"].args, `--user-data-dir=${profile}`);
  const binary = browsers.chromium.programs.map((name) => which(name)).find(Boolean);
  if (binary) options.setBinaryPath(binary);
  const driver = await new Builder()
    .forBrowser("chrome")
    .setChromeOptions(options)
    .setChromeService(new chrome.ServiceBuilder(driverProgram))
    .build();
  return /** @type {import("selenium-webdriver/chrome.js").Driver} */ (driver);
}

/**
 * A short finished run and a failed one for the list; then one that loses its
 * connection twice, ours and the browser's own, and is still under way at the end.
 * @param {import("selenium-webdriver/chrome.js").Driver} driver
 * @param {string} address
 * @param {number} width
 */
async function play(driver, address, width) {
  await start(address, { events: 12, delay_ms: 10 });
  await start(address, { events: 30, delay_ms: 10, fail: "QUOTA_EXCEEDED" });
  await sleep(2000);
  await layOut(driver, width, 1000);
  await driver.get(address);

  /** @param {string} testid */
  const find = (testid) =>
    driver.wait(until.elementLocated(By.css(`[data-testid="${testid}"]`)), 10_000, `no ${testid}`);
  /** @param {string} state */
  const reach = (state) =>
    driver.wait(
      until.elementLocated(By.css(`[data-testid="state"][data-state="${state}"]`)),
      30_000,
      `never ${state}`,
    );
  /** @param {string} kind */
  const breakIt = async (kind) => {
    // The panel hides the input behind its label.
    await driver.executeScript("arguments[0].click()", await find(`fault-kind-${kind}`));
    await (await find("inject-fault")).click();
  };
  for (const [name, value] of Object.entries(run)) {
    await driver.findElement(By.name(name)).sendKeys(String(value));
  }
  await (await find("start-run")).click();
  await reach("open");
  await sleep(6000);
  await breakIt("cut");
  await reach("waiting");
  await reach("open");
  await sleep(5000);
  await breakIt("status");
  await reach("waiting");
  await reach("open");
  await sleep(5000);
  await driver.executeScript("document.activeElement?.blur(); scrollTo(0, 0)");
}

/**
 * @param {string} address
 * @param {object} request
 */
const start = (address, request) =>
  fetch(new URL("/v1/runs", address), { method: "POST", body: JSON.stringify(request) });

/**
 * @param {import("selenium-webdriver/chrome.js").Driver} driver
 * @param {number} width
 * @param {number} height
 */
const layOut = (driver, width, height) =>
  driver.sendDevToolsCommand("Emulation.setDeviceMetricsOverride", {
    width,
    height,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });

/**
 * The page from its top down to the log, where what is long begins.
 * @param {import("selenium-webdriver/chrome.js").Driver} driver
 * @param {"light" | "dark"} scheme
 * @param {number} width
 */
async function picture(driver, scheme, width) {
  await driver.sendDevToolsCommand("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  /** @type {[number, number]} */
  const [whole, height] = await driver.executeScript(
    "return [document.body.scrollHeight, Math.ceil(document.querySelector('.log-panel').getBoundingClientRect().bottom) + 16]",
  );
  await layOut(driver, width, whole);
  // The picture of the timeline follows the width in a frame of its own.
  await sleep(300);
  // driver.takeScreenshot() knows no clip, and a page taller than its window has a scroll bar.
  const { data } = /** @type {{ data: string }} */ (
    /** @type {unknown} */ (
      await driver.sendAndGetDevToolsCommand("Page.captureScreenshot", {
        format: "png",
        clip: { x: 0, y: 0, width, height, scale: 1 },
      })
    )
  );
  return Buffer.from(data, "base64");
}

runMain(main);
