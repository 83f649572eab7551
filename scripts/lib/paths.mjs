// @ts-check
// Where things are. Everything a build makes lies under `target/` or `pkg/`;
// tools that are slow to build lie in a cache of the user's, so that a second
// clone finds them.
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);

export const cacheDir = path.join(
  process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"),
  "resilient-eventsource",
);

/** @param {...string} parts */
export const inCache = (...parts) => path.join(cacheDir, ...parts);
