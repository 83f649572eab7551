// @ts-check
// The dashboard's server. The development profile: it is quick to build, shares
// what `cargo test` has built, and is fast enough for one page.
import path from "node:path";
import { inRoot } from "../lib/paths.mjs";
import { run, withProgress } from "../lib/run.mjs";

/** @returns {Promise<string>} the program */
export async function buildServer() {
  await withProgress("cargo build (the dashboard's server)", (note) =>
    run("cargo", ["build", "--locked", "--package", "dashboard-server"], { quiet: true, onOutput: note }),
  );
  return path.join(process.env.CARGO_TARGET_DIR ?? inRoot("target"), "debug/dashboard-server");
}
