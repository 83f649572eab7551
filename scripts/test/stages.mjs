// @ts-check
// The stages of `npm test`, cheap ones first.

import { buildPage } from "../build/page.mjs";
import { buildServer } from "../build/server.mjs";
import { refuseWarnings } from "../build/wasm.mjs";
import { buildAll } from "../build.mjs";
import { checkLayers } from "../check-layers.mjs";
import { startDisplay } from "../lib/display.mjs";
import { UserError } from "../lib/log.mjs";
import { run } from "../lib/run.mjs";
import { filesIn } from "../lib/stamp.mjs";
import { npmTool } from "../lib/tools.mjs";
import { runMatrix } from "../packaging.mjs";
import { browsers } from "../setup/browsers.mjs";
import { wasmTarget } from "../setup/rust.mjs";
import { reportSize } from "../size.mjs";

/**
 * @typedef {object} Stage
 * @property {string} name for `--only`
 * @property {string} what
 * @property {readonly import("./needs.mjs").Need[]} needs
 * @property {NodeJS.Platform} [platform] where alone it can run; elsewhere it runs only when it is named
 * @property {(tools: import("./needs.mjs").Tools) => Promise<unknown>} run throws when it fails
 */

const webkitTest = "tests/e2e/webkit.test.ts";

const hasWebkit = process.platform === "linux";

/** @type {readonly Stage[]} */
export const stages = [
  {
    name: "layers",
    what: "src/core stays pure, imports go one way; the scripts' own tests",
    needs: ["npm"],
    run: async () => {
      await nodeTests("scripts");
      checkLayers();
    },
  },
  {
    name: "lint",
    what: "Biome, rustfmt, clippy and rustdoc, warnings denied",
    needs: ["npm", "rust", "linters"],
    run: () =>
      all([
        () => npmTool("biome", ["ci", "--error-on-warnings", "."]),
        () => run("cargo", ["fmt", "--all", "--check"]),
        () => run("cargo", "clippy --locked --workspace --all-targets -- -D warnings".split(" ")),
        () =>
          run("cargo", ["doc", "--locked", "--workspace", "--no-deps"], {
            env: { ...process.env, RUSTDOCFLAGS: "-D warnings" },
          }),
      ]),
  },
  {
    name: "native",
    what: "Rust tests, native",
    needs: ["rust"],
    run: () => run("cargo", ["test", "--locked", "--workspace"]),
  },
  {
    name: "build",
    what: "the package, from Rust and TypeScript to pkg/",
    needs: ["npm", "rust", "wasm"],
    run: buildAll,
  },
  {
    name: "types",
    what: "TypeScript, strict, in scripts, src/js, tests and the page",
    needs: ["npm"],
    run: () => npmTool("tsc", ["--noEmit"]),
  },
  {
    name: "size",
    what: "what a page downloads, against its limit",
    needs: ["npm", "rust", "wasm"],
    run: reportSize,
  },
  { name: "js", what: "JavaScript tests in Node", needs: ["npm"], run: () => nodeTests("tests/js") },
  {
    name: "packaging",
    what: "the package as npm packs it",
    needs: ["npm"],
    run: () => nodeTests("tests/packaging"),
  },
  {
    name: "matrix",
    what: "the package in each bundler, runtime and test runner",
    needs: ["npm", "chromium"],
    run: ({ drivers }) => runMatrix(drivers),
  },
  {
    name: "chromium",
    what: "wasm-bindgen tests in Chromium",
    needs: ["rust", "wasm", "chromium"],
    run: (tools) => browserTests(tools, "CHROMEDRIVER"),
  },
  {
    name: "firefox",
    what: "wasm-bindgen tests in Firefox",
    needs: ["rust", "wasm", "firefox"],
    run: (tools) => browserTests(tools, "GECKODRIVER"),
  },
  {
    name: "webkit",
    what: "wasm-bindgen tests in WebKitGTK",
    needs: ["rust", "wasm", "webkit"],
    platform: "linux",
    run: async (tools) => {
      const display = await startDisplay();
      try {
        // The five seconds that the runner waits unless told otherwise are not enough for this driver on a busy machine.
        const env = { ...display.env, ...browsers.webkit.env, WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "30" };
        await browserTests(tools, "SAFARIDRIVER", env);
      } finally {
        await display.end();
      }
    },
  },
  {
    name: "conformance",
    what: "the class against the standards and the browsers' own, in all engines and Node",
    needs: [
      "npm",
      "rust",
      "wasm",
      "chromium",
      "firefox",
      ...(hasWebkit ? /** @type {const} */ (["webkit"]) : []),
    ],
    run: async ({ drivers }) => {
      await buildAll();
      // All at once: the checks wait most of the time.
      await nodeTests("tests/conformance", {
        flags: ["--test-concurrency=4"],
        env: drivers,
        only: (file) => hasWebkit || !file.endsWith("webkit.test.ts"),
      });
    },
  },
  {
    name: "e2e",
    what: "Chromium and Firefox against the real server",
    needs: ["npm", "rust", "wasm", "chromium", "firefox"],
    run: (tools) => endToEndTests(tools, (file) => file !== webkitTest),
  },
  // A stage of its own, for those whose system has no WebKitGTK.
  {
    name: "e2e-webkit",
    what: "WebKitGTK against the real server",
    needs: ["npm", "rust", "wasm", "webkit"],
    platform: "linux",
    run: (tools) => endToEndTests(tools, (file) => file === webkitTest),
  },
];

/**
 * Runs each step, also after one that fails, so that one run tells of all faults.
 * @param {readonly (() => Promise<unknown>)[]} steps
 */
async function all(steps) {
  /** @type {string[]} */
  const failures = [];
  for (const step of steps) {
    await step().catch((error) => failures.push(error.message));
  }
  if (failures.length > 0) throw new UserError(failures.join("\n"));
}

/**
 * Runs a folder's node:test files. A folder without any fails: a stage that
 * tests nothing must not look green.
 * @param {string} folder
 * @param {{ flags?: readonly string[], env?: Record<string, string>, only?: (file: string) => boolean }} [options]
 */
async function nodeTests(folder, { flags = [], env = {}, only = () => true } = {}) {
  const files = filesIn([folder]).filter((file) => /\.test\.(?:ts|tsx|mjs)$/.test(file) && only(file));
  if (files.length === 0) throw new UserError(`${folder} holds no test (*.test.ts, *.test.tsx, *.test.mjs).`);
  const args = [
    "--import",
    "./scripts/lib/register-ts.mjs",
    "--test",
    "--test-reporter=spec",
    ...flags,
    ...files,
  ];
  await run(process.execPath, args, { env: { ...process.env, ...env } });
}

/**
 * @param {import("./needs.mjs").Tools} tools
 * @param {(file: string) => boolean} only
 */
async function endToEndTests({ drivers }, only) {
  await buildAll();
  const server = await buildServer();
  const dist = await buildPage();
  await nodeTests("tests/e2e", {
    // One at a time: a browser and a server are enough for a small machine.
    flags: ["--test-concurrency=1"],
    env: { ...drivers, DASHBOARD_SERVER: server, DASHBOARD_DIST: dist },
    only,
  });
}

/**
 * Runs tests/browser*.rs, which are for wasm32 alone, in the browser whose
 * driver is given. webdriver.json holds the browsers' flags.
 * @param {import("./needs.mjs").Tools} tools
 * @param {"CHROMEDRIVER" | "GECKODRIVER" | "SAFARIDRIVER"} driver
 * @param {NodeJS.ProcessEnv} [more] variables
 */
async function browserTests({ wasm, testRunner, drivers }, driver, more) {
  const names = filesIn(["tests"])
    .map((file) => /^tests\/(browser\w*)(?:\.rs|\/main\.rs)$/.exec(file)?.[1])
    .filter((name) => name !== undefined);
  if (names.length === 0) throw new UserError("tests/ holds no browser test (tests/browser*.rs).");
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...wasm?.env,
    ...more,
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: testRunner,
    WASM_BINDGEN_TEST_TIMEOUT: "300",
  };
  // The runner takes the first driver that it finds a variable for.
  for (const other of ["CHROMEDRIVER", "GECKODRIVER", "SAFARIDRIVER", "MSEDGEDRIVER"]) delete env[other];
  const { output } = await run(
    "cargo",
    [
      ...["test", "--locked", "--package", "resilient-eventsource", "--target", wasmTarget],
      ...names.flatMap((name) => ["--test", name]),
    ],
    { env: { ...env, [driver]: drivers[driver] } },
  );
  refuseWarnings(output);
  if (/no tests to run/.test(output)) throw new UserError("A browser test file ran no test.");
}
