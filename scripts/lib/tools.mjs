// @ts-check
// Running the programs that npm installed.
import { inRoot } from "./paths.mjs";
import { run } from "./run.mjs";

/**
 * @param {"biome" | "tsc" | "vite" | "wasm-opt"} name
 * @param {readonly string[]} args
 * @param {import("./run.mjs").RunOptions} [options]
 */
export const npmTool = (name, args, options) => run(inRoot("node_modules/.bin", name), args, options);
