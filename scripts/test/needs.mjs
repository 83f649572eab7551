// @ts-check
// What the stages of `npm test` need, and how it gets there.

import path from "node:path";
import { wasmBindgenVersion } from "../lib/cargo-lock.mjs";
import { UserError } from "../lib/log.mjs";
import { capture } from "../lib/run.mjs";
import { ensureBrowsers } from "../setup/browsers.mjs";
import { ensureCargoTool, wasmBindgen, wasmPack } from "../setup/cargo-tools.mjs";
import { ensureNpmPackages } from "../setup/npm.mjs";
import { ensureRust, ensureRustLinters, ensureWasmTarget } from "../setup/rust.mjs";

/** @typedef {"npm" | "rust" | "linters" | "wasm" | "chromium" | "firefox" | "webkit"} Need */

/**
 * @typedef {object} Tools
 * @property {import("../setup/rust.mjs").WasmToolchain} [wasm]
 * @property {string} [testRunner] wasm-bindgen-test-runner
 * @property {Record<string, string>} drivers each WebDriver server under the name of its variable
 */

/**
 * @param {ReadonlySet<Need>} needs
 * @returns {Promise<Tools>}
 */
export async function install(needs) {
  /** @type {Tools} */
  const tools = { drivers: {} };
  if (needs.has("npm")) await ensureNpmPackages();
  if (needs.has("rust")) await ensureRust();
  if (needs.has("linters")) await ensureRustLinters();
  // Before the minutes of building tools: a person who must type a line learns it now.
  const wanted = /** @type {const} */ (["chromium", "firefox", "webkit"]).filter((name) => needs.has(name));
  tools.drivers = await ensureBrowsers(wanted);
  if (needs.has("wasm")) {
    tools.wasm = await ensureWasmTarget();
    await ensureCargoTool(wasmPack);
    const dir = await ensureCargoTool(wasmBindgen());
    await sameVersion(path.join(dir, "wasm-bindgen"));
    tools.testRunner = path.join(dir, "wasm-bindgen-test-runner");
  }
  return tools;
}

/**
 * Glue and wasm of two wasm-bindgen versions don't fit, and say so in ways that
 * are hard to read.
 * @param {string} cli
 */
async function sameVersion(cli) {
  const crate = wasmBindgenVersion();
  const found = (await capture(cli, ["--version"]))?.split(" ")[1];
  if (found !== crate) {
    throw new UserError(
      `wasm-bindgen's CLI is ${found}, the crate in Cargo.lock is ${crate}: they must be equal.`,
    );
  }
}
