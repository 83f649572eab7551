// @ts-check
// `npm run format`: puts all sources into the format that the tests ask for.
import { runMain } from "./lib/log.mjs";
import { run } from "./lib/run.mjs";
import { npmTool } from "./lib/tools.mjs";
import { ensureNpmPackages } from "./setup/npm.mjs";
import { ensureRustLinters } from "./setup/rust.mjs";

runMain(async () => {
  await ensureNpmPackages();
  await ensureRustLinters();
  await npmTool("biome", ["check", "--write", "."]);
  await run("cargo", ["fmt", "--all"]);
});
