// @ts-check
// `npm run build`: the package, from Rust and TypeScript to pkg/. Does nothing
// when nothing has changed.
import { fileURLToPath } from "node:url";
import { buildPackage } from "./build/package.mjs";
import { buildWasm } from "./build/wasm.mjs";
import { withLock } from "./lib/lock.mjs";
import { runMain, say } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { ensureNpmPackages } from "./setup/npm.mjs";
import { ensureRust } from "./setup/rust.mjs";

export async function buildAll() {
  await ensureNpmPackages();
  await ensureRust();
  await withLock(inRoot("target/build.lock"), "building the package", async () => {
    const wasm = await buildWasm();
    const pkg = await buildPackage();
    say(wasm || pkg ? "pkg/ is built." : "pkg/ is up to date.");
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runMain(buildAll);
