// @ts-check
// One process at a time: two terminals that start together must not install or
// build over each other. A lock whose owner is gone is taken over, so a killed
// run leaves nothing to clean up.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./log.mjs";

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/** @param {string} file */
function owner(file) {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the file has been there for longer than writing an id takes: whoever made it was killed in between.
 * @param {string} file
 */
function isOld(file) {
  try {
    return Date.now() - statSync(file).mtimeMs > 5_000;
  } catch {
    return false;
  }
}

/**
 * @template T
 * @param {string} file the lock; its folder is made when missing
 * @param {string} what for the message to the one that waits
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, what, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; !take(file); ) {
    const pid = owner(file);
    // An id comes around again, in a container soon: nobody waits for itself.
    if (pid === process.pid || (pid === undefined ? isOld(file) : !alive(pid))) {
      // Renaming first: of two that see the same dead owner, one gets it.
      const stale = `${file}.stale-${process.pid}`;
      try {
        renameSync(file, stale);
        rmSync(stale);
      } catch {
        // the other one was faster
      }
      continue;
    }
    if (!told) say(`• waiting for another process${pid ? ` (${pid})` : ""} that is ${what}`);
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    return false;
  }
}
