// @ts-check
// `npm run test:packaging`: builds the package, and then an app with each tool
// that people use it with.
//
//     npm run test:packaging                       all of them
//     npm run test:packaging -- --only vite,jest   some, by the names of rows or of apps
import { fileURLToPath } from "node:url";
import { buildAll } from "./build.mjs";
import { runMain } from "./lib/log.mjs";
import { run } from "./lib/run.mjs";
import { install } from "./test/needs.mjs";

/**
 * @param {Record<string, string>} drivers each WebDriver server under the name of its variable
 * @param {readonly string[]} [args]
 */
export const runMatrix = (drivers, args = []) =>
  run(
    process.execPath,
    ["--import", "./scripts/lib/register-ts.mjs", "tests/packaging/matrix/main.ts", ...args],
    { env: { ...process.env, ...drivers } },
  );

async function main() {
  const { drivers } = await install(new Set(["npm", "rust", "wasm", "chromium"]));
  await buildAll();
  await runMatrix(drivers, process.argv.slice(2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runMain(main);
