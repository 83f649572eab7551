// @ts-check
// The tools that cargo builds: wasm-pack, the wasm-bindgen CLI, geckodriver.
// One that PATH has is taken where it fits; else it is built once into the
// user's cache, which a second clone finds.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { wasmBindgenVersion } from "../lib/cargo-lock.mjs";
import { withLock } from "../lib/lock.mjs";
import { say, UserError } from "../lib/log.mjs";
import { inCache } from "../lib/paths.mjs";
import { capture, run, which, withProgress } from "../lib/run.mjs";

/**
 * @typedef {object} Tool
 * @property {string} crate
 * @property {string} version
 * @property {readonly string[]} programs the first one is asked for its version
 * @property {string} why
 * @property {(version: string) => boolean} fits whether a version found on PATH will do
 */

/** @returns {Tool} */
export function wasmBindgen(version = wasmBindgenVersion()) {
  return {
    crate: "wasm-bindgen-cli",
    version,
    programs: ["wasm-bindgen", "wasm-bindgen-test-runner"],
    why: "makes the JavaScript glue and runs the browser tests; its version must equal the crate's in Cargo.lock",
    fits: (found) => found === version,
  };
}

/** @type {Tool} */
export const wasmPack = {
  crate: "wasm-pack",
  version: "0.15.1",
  programs: ["wasm-pack"],
  why: "builds the wasm package",
  fits: (found) => atLeast(found, [0, 14]),
};

/** @type {Tool} */
export const geckodriver = {
  crate: "geckodriver",
  version: "0.37.1",
  programs: ["geckodriver"],
  why: "lets the tests drive Firefox",
  fits: (found) => atLeast(found, [0, 36]),
};

/** @param {string} version @param {readonly number[]} least */
function atLeast(version, least) {
  const parts = version.split(".").map(Number);
  for (const [i, want] of least.entries()) {
    const have = parts[i] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}

/**
 * Finds or builds a tool.
 * @param {Tool} tool
 * @returns {Promise<string>} the folder that holds its programs
 */
export async function ensureCargoTool(tool) {
  const bin = inCache(`${tool.crate}-${tool.version}`, "bin");
  const cached = () => tool.programs.every((program) => existsSync(path.join(bin, program)));
  const found = (await onPath(tool)) ?? (cached() ? bin : undefined);
  if (found) return found;
  await withLock(inCache(`${tool.crate}.lock`), `installing ${tool.crate}`, async () => {
    if (!cached()) await install(tool, bin);
  });
  return bin;
}

/** @param {Tool} tool */
async function onPath(tool) {
  const [first = ""] = tool.programs;
  const program = which(first);
  if (!program) return undefined;
  const dir = path.dirname(program);
  if (!tool.programs.every((name) => existsSync(path.join(dir, name)))) return undefined;
  const version = /\d+\.\d+\.\d+/.exec((await capture(program, ["--version"])) ?? "")?.[0];
  return version && tool.fits(version) ? dir : undefined;
}

/** @param {Tool} tool @param {string} bin */
async function install(tool, bin) {
  const cargo = which("cargo");
  if (!cargo)
    throw new UserError(
      `cargo is missing; ${tool.crate} is built with it. Install Rust, then run this again.`,
    );
  say(`Installing ${tool.crate} ${tool.version} into ${path.dirname(bin)}: ${tool.why}.`);
  const final = path.dirname(bin);
  const staging = `${final}.partial`;
  const work = inCache("build", tool.crate);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  await withProgress(`cargo install ${tool.crate} (minutes, once)`, (note) =>
    run(
      cargo,
      // A build folder that stays: an interrupted build goes on where it was.
      [
        "install",
        tool.crate,
        "--version",
        tool.version,
        "--locked",
        "--force",
        "--root",
        staging,
        "--target-dir",
        work,
      ],
      {
        // Away from this repository's .cargo/config.toml.
        cwd: work,
        quiet: true,
        onOutput: note,
        env: { ...process.env, ...quickBuild },
      },
    ),
  );
  rmSync(final, { recursive: true, force: true });
  renameSync(staging, final);
  rmSync(work, { recursive: true, force: true });
}

// These tools wait for other programs most of their time: build them fast
// rather than to be fast, which halves the minutes that a new machine takes.
const quickBuild = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_DEBUG: "false",
};
