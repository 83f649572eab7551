// The three stock browsers, each with what was printed in its console.
import { readFileSync } from "node:fs";
import { Builder, logging, type WebDriver } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";
import safari from "selenium-webdriver/safari.js";
import { startDisplay } from "../../../scripts/lib/display.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { which } from "../../../scripts/lib/run.mjs";
import { browsers } from "../../../scripts/setup/browsers.mjs";
import { driverProgram } from "./environment.ts";

/** A browser that runs. */
export interface Browser {
  readonly name: "chromium" | "firefox" | "webkit";
  readonly driver: WebDriver;
  /**
   * What fetch makes of a stream that breaks off after news, its connection closed but not reset. WebKitGTK
   * says that it ended, wherever in a chunk that was.
   */
  readonly cut: "network" | "cycle";
  /**
   * What the console printed in red since the last call, whoever printed it. WebKit's driver tells nothing of
   * the console: there it is what the page's own scripts printed or threw, as fixtures/console.js notes it.
   */
  red(): Promise<string[]>;
  /** Tells the browser that the machine has no network, or has one again; in WebKit the page that is shown. */
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
    cut: "network",
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
    cut: "network",
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

/** On a screen of its own, as the engine knows no headless mode. */
export async function startWebKit(): Promise<Browser> {
  const display = await startDisplay();
  // Selenium knows the driver of this engine by Safari's name; they are started alike.
  const service = new safari.ServiceBuilder(driverProgram("SAFARIDRIVER"))
    .setEnvironment({ ...process.env, ...display.env, ...browsers.webkit.env } as never)
    .build();
  const end = async () => {
    await service.kill();
    await display.end();
  };
  try {
    const driver = await new Builder()
      .usingServer(await service.start())
      .withCapabilities({ browserName: "MiniBrowser" })
      .build();
    oneAtATime(driver);
    return {
      name: "webkit",
      driver,
      cut: "cycle",
      async red() {
        const noted = await driver.executeScript<string[] | null>(() => {
          const { noise, told = 0 } = window as never as { noise?: string[]; told?: number };
          Object.assign(window, { told: noise?.length });
          return noise?.slice(told) ?? null;
        });
        if (!noted) throw new Error("Nothing notes what this page prints: it lacks /console.js");
        return noted.filter((line) => !line.startsWith("console.warn"));
      },
      async setOnline(online) {
        await driver.executeScript((online: boolean) => {
          Object.defineProperty(navigator, "onLine", { configurable: true, get: () => online });
          window.dispatchEvent(new Event(online ? "online" : "offline"));
        }, online);
      },
      async quit() {
        await driver.quit().finally(end);
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Of two commands at once WebKit's driver may never answer one, and it crashes when it is left with one. */
function oneAtATime(driver: WebDriver): void {
  const execute = driver.execute.bind(driver);
  let last: Promise<unknown> = Promise.resolve();
  driver.execute = (command) => {
    const next = last.then(() => execute(command));
    last = next.catch(() => {});
    return next as never;
  };
}
