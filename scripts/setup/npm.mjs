// @ts-check
// The npm packages that build and test. Built-ins only: this runs before them.
import { lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { withLock } from "../lib/lock.mjs";
import { say, UserError } from "../lib/log.mjs";
import { inRoot } from "../lib/paths.mjs";
import { run, withProgress } from "../lib/run.mjs";
import { dropStamp, hashOf, isStamped, writeStamp } from "../lib/stamp.mjs";

const stamp = inRoot("node_modules/.installed");

export async function ensureNpmPackages() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new UserError(`Node ${process.versions.node} is too old: 20.19 is the least.`);
  }
  const hash = hashOf(["package-lock.json"], [process.platform, process.arch]);
  if (isStamped(stamp, hash)) return linkPackage();
  await withLock(inRoot("target/npm.lock"), "installing npm packages", async () => {
    if (isStamped(stamp, hash)) return;
    say("Installing the npm packages that build and test: their versions are in package-lock.json.");
    dropStamp(stamp);
    await withProgress("npm ci", (note) =>
      // No package here needs its install script; esbuild's only saves a few ms a start.
      run(
        "npm",
        ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"],
        {
          quiet: true,
          onOutput: note,
        },
      ),
    );
    writeStamp(stamp, hash);
  });
  linkPackage();
}

/**
 * Makes `import "resilient-eventsource"` mean pkg/ for the page and the tests:
 * they resolve the built package as a consumer does, through its exports.
 */
function linkPackage() {
  const link = inRoot("node_modules/resilient-eventsource");
  const to = "../pkg";
  try {
    if (lstatSync(link).isSymbolicLink() && readlinkSync(link) === to) return;
    rmSync(link, { recursive: true });
  } catch {
    // not there yet
  }
  mkdirSync(inRoot("node_modules"), { recursive: true });
  symlinkSync(to, link, "junction");
}
