// @ts-check
// Runs a program where the package runs: in Node, Chromium and Firefox, each time in a process or a page of its own.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { inRoot } from "../lib/paths.mjs";
import { which } from "../lib/run.mjs";
import { browsers, ensureBrowsers } from "../setup/browsers.mjs";

/**
 * A program as one script, whose `run()` resolves with what it measured.
 * @param {string} entry a file, from the root
 * @param {Readonly<Record<string, readonly (readonly [string, string])[]>>} [changes] to the text of files, by their path
 * from the root: each must find what it replaces
 */
export async function bundle(entry, changes = {}) {
  const { build } = await import("esbuild");
  const { readFileSync } = await import("node:fs");
  const { outputFiles } = await build({
    entryPoints: [inRoot(entry)],
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "program",
    target: "es2022",
    write: false,
    plugins: [
      {
        name: "changes",
        setup({ onLoad }) {
          for (const [file, pairs] of Object.entries(changes)) {
            const path = inRoot(file);
            onLoad({ filter: /\.ts$/ }, (args) => {
              if (args.path !== path) return;
              let contents = readFileSync(path, "utf8");
              for (const [from, to] of pairs) {
                if (!contents.includes(from)) throw new Error(`${file} has no ${from}`);
                contents = contents.replace(from, to);
              }
              return { contents, loader: "ts" };
            });
          }
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? "";
}

/**
 * @typedef {object} Engine
 * @property {string} name with its version
 * @property {<T>(script: string) => Promise<T>} run a bundled program, in a process or page of its own
 * @property {() => Promise<void>} quit
 */

/** @returns {Engine} */
function node() {
  return {
    name: `Node ${process.versions.node}`,
    async run(script) {
      const text = `${script};program.run().then((result) => console.log(JSON.stringify(result)))`;
      return JSON.parse(execFileSync(process.execPath, ["-"], { input: text, encoding: "utf8" }));
    },
    async quit() {},
  };
}

/**
 * @param {"chromium" | "firefox"} name
 * @param {string} program the WebDriver server
 * @returns {Promise<Engine>}
 */
async function browser(name, program) {
  const { Builder } = await import("selenium-webdriver");
  const { default: chrome } = await import("selenium-webdriver/chrome.js");
  const { default: firefox } = await import("selenium-webdriver/firefox.js");
  const binary = browsers[name].programs.map((each) => which(each)).find(Boolean);
  const builder = new Builder();
  if (name === "chromium") {
    const options = new chrome.Options();
    options.addArguments("--headless=new", "--no-sandbox");
    if (binary) options.setBinaryPath(binary);
    builder.forBrowser("chrome").setChromeOptions(options);
    builder.setChromeService(new chrome.ServiceBuilder(program));
  } else {
    const options = new firefox.Options();
    options.addArguments("-headless");
    if (binary) options.setBinary(binary);
    builder.forBrowser("firefox").setFirefoxOptions(options);
    builder.setFirefoxService(new firefox.ServiceBuilder(program));
  }
  const driver = await builder.build();
  let page = "";
  // In the page itself: what WebDriver is handed runs elsewhere in Firefox, and slower.
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
    response.end(page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const version = (await driver.getCapabilities()).get("browserVersion").split(".")[0];
  return {
    name: `${name === "chromium" ? "Chromium" : "Firefox"} ${version}`,
    async run(script) {
      const then = "(result) => { window.result = JSON.stringify(result); }";
      page = `<!doctype html><script>${script.replaceAll("</", "<\\/")};program.run().then(${then})</script>`;
      await driver.get(`http://127.0.0.1:${port}/`);
      return JSON.parse(await driver.wait(() => driver.executeScript("return window.result"), 300_000));
    },
    async quit() {
      await driver.quit();
      server.close();
    },
  };
}

/**
 * Hands each engine to a function, one after the other.
 * @param {(engine: Engine) => Promise<void>} visit
 */
export async function inEngines(visit) {
  const { CHROMEDRIVER = "", GECKODRIVER = "" } = await ensureBrowsers(["chromium", "firefox"]);
  const starts = [
    async () => node(),
    () => browser("chromium", CHROMEDRIVER),
    () => browser("firefox", GECKODRIVER),
  ];
  for (const start of starts) {
    const engine = await start();
    try {
      await visit(engine);
    } finally {
      await engine.quit();
    }
  }
}
