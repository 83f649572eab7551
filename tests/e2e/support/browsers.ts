// The two stock browsers, each with what it printed in its console.
import { readFileSync } from "node:fs";
import { Builder, logging, type WebDriver } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { which } from "../../../scripts/lib/run.mjs";
import { browsers } from "../../../scripts/setup/browsers.mjs";
import { driverProgram } from "./environment.ts";

/** A browser that runs. */
export interface Browser {
  readonly name: "chromium" | "firefox";
  readonly driver: WebDriver;
  /** What the console printed in red since the last call, whoever printed it. */
  red(): Promise<string[]>;
  /** Tells the whole browser that the machine has no network, or has one again. */
  setOnline(online: boolean): Promise<void>;
  quit(): Promise<void>;
}

/** The flags that the wasm-bindgen tests run with too. */
const capabilities = JSON.parse(readFileSync(inRoot("webdriver.json"), "utf8"));

const installed = (name: Browser["name"]) =>
  browsers[name].programs.map((program) => which(program)).find(Boolean);

export async function startChromium(): Promise<Browser> {
  const options = new chrome.Options();
  options.addArguments(...capabilities["goog:chromeOptions"].args);
  const binary = installed("chromium");
  if (binary) options.setBinaryPath(binary);
  const logs = new logging.Preferences();
  logs.setLevel(logging.Type.BROWSER, logging.Level.ALL);
  options.setLoggingPrefs(logs);
  const driver = (await new Builder()
    .forBrowser("chrome")
    .setChromeOptions(options)
    .setChromeService(new chrome.ServiceBuilder(driverProgram("CHROMEDRIVER")))
    .build()) as chrome.Driver;
  return {
    name: "chromium",
    driver,
    red: async () =>
      (await driver.manage().logs().get(logging.Type.BROWSER))
        .filter(({ level }) => level.value >= logging.Level.SEVERE.value)
        .map(({ message }) => message),
    setOnline: async (online) => {
      if (online) await driver.deleteNetworkConditions();
      else {
        await driver.setNetworkConditions({
          offline: true,
          latency: 0,
          download_throughput: 0,
          upload_throughput: 0,
        });
      }
    },
    quit: () => driver.quit(),
  };
}

export async function startFirefox(): Promise<Browser> {
  const options = new firefox.Options().addArguments(...capabilities["moz:firefoxOptions"].args);
  options.enableBidi();
  const binary = installed("firefox");
  if (binary) options.setBinary(binary);
  const service = new firefox.ServiceBuilder(driverProgram("GECKODRIVER"));
  // Lets a test switch the network off, which is the browser's and not a page's.
  service.addArguments("--allow-system-access");
  const driver = (await new Builder()
    .forBrowser("firefox")
    .setFirefoxOptions(options)
    .setFirefoxService(service)
    .build()) as firefox.Driver;

  let red: string[] = [];
  const bidi = await driver.getBidi();
  bidi.socket.addEventListener("message", ({ data }) => {
    const { method, params } = JSON.parse(String(data));
    if (method === "log.entryAdded" && params.level === "error") red.push(`${params.type}: ${params.text}`);
  });
  await bidi.subscribe("log.entryAdded");
  return {
    name: "firefox",
    driver,
    async red() {
      // What was printed before this answer has arrived before it.
      await bidi.send({ method: "session.status", params: {} });
      const printed = red;
      red = [];
      return printed;
    },
    async setOnline(online) {
      await driver.setContext(firefox.Context.CHROME);
      await driver.executeScript((offline: boolean) => {
        (globalThis as never as { Services: { io: { offline: boolean } } }).Services.io.offline = offline;
      }, !online);
      await driver.setContext(firefox.Context.CONTENT);
    },
    quit: () => driver.quit(),
  };
}
