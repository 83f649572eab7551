// @ts-check
// The browsers that tests run in, each with the WebDriver server that drives it.
// Stock browsers: downloaded test builds aren't to be had everywhere.
import { existsSync } from "node:fs";
import path from "node:path";
import { which } from "../lib/run.mjs";
import { ensureCargoTool, geckodriver } from "./cargo-tools.mjs";
import { installPackages } from "./system.mjs";

/**
 * @typedef {object} Browser
 * @property {readonly string[]} programs any one of these on PATH is the browser
 * @property {readonly string[]} apps or any of these files
 * @property {readonly string[]} packages Debian's names
 * @property {string} elsewhere what to type where there is no apt
 * @property {string} driverVariable the variable in which wasm-bindgen-test and the end-to-end tests look for the driver
 * @property {() => string | undefined} findDriver without installing anything
 * @property {() => Promise<string | undefined>} [installDriver] one that no Debian package brings
 * @property {Readonly<Record<string, string>>} [env] variables that the browser is started with
 */

/** @type {Record<"chromium" | "firefox" | "webkit", Browser>} */
export const browsers = {
  chromium: {
    programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    apps: ["/Applications/Google Chrome.app", "/Applications/Chromium.app"],
    packages: ["chromium", "chromium-driver"],
    elsewhere: "    brew install --cask google-chrome chromedriver",
    driverVariable: "CHROMEDRIVER",
    findDriver: () => process.env.CHROMEDRIVER ?? which("chromedriver"),
  },
  firefox: {
    programs: ["firefox", "firefox-esr"],
    apps: ["/Applications/Firefox.app"],
    packages: ["firefox-esr"],
    elsewhere: "    brew install --cask firefox",
    driverVariable: "GECKODRIVER",
    findDriver: () => process.env.GECKODRIVER,
    installDriver: async () => path.join(await ensureCargoTool(geckodriver), "geckodriver"),
  },
  // WebKitGTK's own small browser comes with its driver. It knows no headless mode: Xvfb is its screen.
  webkit: {
    programs: ["Xvfb"],
    apps: [],
    packages: ["webkit2gtk-driver", "xvfb"],
    elsewhere: "    install what your system calls WebKitWebDriver and Xvfb; WebKitGTK is for Linux alone",
    driverVariable: "SAFARIDRIVER",
    findDriver: () => process.env.SAFARIDRIVER ?? which("WebKitWebDriver"),
    // Else a machine without a route to the world, such as a container, is offline to it, 127.0.0.1 or not.
    env: { GIO_USE_NETWORK_MONITOR: "base" },
  },
};

/**
 * Makes sure that browsers and their drivers are there.
 * @param {readonly (keyof typeof browsers)[]} names
 * @returns {Promise<Record<string, string>>} each driver under its variable's name
 */
export async function ensureBrowsers(names) {
  const missing = names.map((name) => browsers[name]).filter((browser) => !isThere(browser));
  if (missing.length > 0) {
    await installPackages(
      missing.flatMap(({ packages }) => packages),
      "browsers, and what drives them, for the tests that run in one",
      missing.map(({ elsewhere }) => elsewhere).join("\n"),
    );
  }
  /** @type {Record<string, string>} */
  const drivers = {};
  for (const name of names) {
    const { driverVariable, findDriver, installDriver } = browsers[name];
    const driver = findDriver() ?? (await installDriver?.());
    if (driver) drivers[driverVariable] = driver;
  }
  return drivers;
}

/** @param {Browser} browser */
const isThere = ({ programs, apps, findDriver, installDriver }) =>
  (programs.some((program) => which(program)) || apps.some((app) => existsSync(app))) &&
  (installDriver !== undefined || findDriver() !== undefined);
