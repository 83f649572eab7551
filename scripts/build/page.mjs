// @ts-check
// The dashboard's page: www/ → www/dist, which the server serves.
import { existsSync } from "node:fs";
import { inRoot } from "../lib/paths.mjs";
import { withProgress } from "../lib/run.mjs";
import { dropStamp, hashOf, isStamped, writeStamp } from "../lib/stamp.mjs";
import { npmTool } from "../lib/tools.mjs";

const stamp = inRoot("target/stamps/page");
const dist = inRoot("www/dist");
const notPage = new Set(["www/server", "www/dist", "www/data"]);

/** @returns {Promise<string>} the folder to serve */
export async function buildPage() {
  const hash = hashOf(["www", "pkg", "package-lock.json", "tsconfig.json"], [], (file) => !notPage.has(file));
  if (!isStamped(stamp, hash) || !existsSync(dist)) {
    dropStamp(stamp);
    await withProgress("vite build (the page)", () =>
      npmTool("vite", ["build", "www", "--logLevel", "warn"]),
    );
    writeStamp(stamp, hash);
  }
  return dist;
}
