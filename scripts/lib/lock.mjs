// @ts-check
// One process at a time: two terminals that start together must not install or
// build over each other. A lock whose owner is gone is taken over, so a killed
// run leaves nothing to clean up.
//
// A lock is a folder with one file in it, whose name is the owner's: its process
// id, and a part that no other has. Two system calls keep owners apart: renaming
// a folder to that name fails while there is a file in the one before, and what
// is removed is removed by the owner's name, so never somebody else's. A lock that
// was a file with an id in it could not be taken over that way: of two that saw the
// same dead owner, the slower one moved the faster one's fresh lock out of the way.
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./log.mjs";

/**
 * The names under which this process holds or awaits locks.
 * @type {Set<string>}
 */
const own = new Set();

/**
 * @template T
 * @param {string} lock a path; its folder is made when missing
 * @param {string} what for the message to the one that waits
 * @param {() => Promise<T>} work may not ask for the same lock
 * @returns {Promise<T>}
 */
export async function withLock(lock, what, work) {
  const name = `${process.pid}-${randomUUID()}`;
  own.add(name);
  try {
    for (let told = false; !take(lock, name); ) {
      const owner = ownerOf(lock);
      if (owner === undefined) continue;
      if (!isAlive(owner)) {
        rmSync(path.join(lock, owner), { recursive: true, force: true });
        continue;
      }
      if (!told) say(`• waiting for another process (${pidOf(owner)}) that is ${what}`);
      told = true;
      await sleep(200);
    }
    return await work();
  } finally {
    rmSync(path.join(lock, name), { force: true });
    removeEmpty(lock);
    own.delete(name);
  }
}

/**
 * Takes a lock that has no owner.
 * @param {string} lock
 * @param {string} name
 * @returns {boolean} whether it had none
 */
function take(lock, name) {
  // First, since a folder that is made in vain may stay when this process is killed.
  if (ownerOf(lock) !== undefined) return false;
  const mine = `${lock}.${name}`;
  mkdirSync(mine, { recursive: true });
  try {
    writeFileSync(path.join(mine, name), "");
    // Windows doesn't rename to the name of an empty folder, as others do.
    removeEmpty(lock);
    renameSync(mine, lock);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    if (!isTaken(/** @type {NodeJS.ErrnoException} */ (error))) throw error;
    return false;
  }
}

/** @param {NodeJS.ErrnoException} error */
const isTaken = ({ code = "" }) =>
  ["ENOTEMPTY", "EEXIST", ...(process.platform === "win32" ? ["EPERM", "EACCES"] : [])].includes(code);

/** @param {string} lock */
function ownerOf(lock) {
  try {
    return readdirSync(lock)[0];
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    // Locks were files once, and one may have been left behind.
    if (code === "ENOTDIR") rmSync(lock, { force: true });
    else if (code !== "ENOENT") throw error;
    return undefined;
  }
}

/** @param {string} folder */
function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // It isn't there, or isn't empty.
  }
}

/** @param {string} owner */
const pidOf = (owner) => Number.parseInt(owner, 10);

/** @param {string} owner */
function isAlive(owner) {
  const pid = pidOf(owner);
  // An id comes around again, in a container soon: nobody waits for itself.
  if (pid === process.pid) return own.has(owner);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
