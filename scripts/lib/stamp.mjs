// @ts-check
// "Nothing has changed since": a stamp is the hash of everything that goes into
// a step, written after the step's last output, so that an interrupted step is
// simply done again.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { inRoot, root } from "./paths.mjs";

/**
 * All files below some files and folders, in a fixed order, as paths from the root.
 * @param {readonly string[]} entries paths from the root; missing ones are left out
 * @param {(file: string) => boolean} [keep]
 * @returns {string[]}
 */
export function filesIn(entries, keep = () => true) {
  /** @type {string[]} */
  const files = [];
  /** @param {string} file */
  const visit = (file) => {
    const absolute = inRoot(file);
    if (!existsSync(absolute) || !keep(file)) return;
    if (!statSync(absolute).isDirectory()) files.push(file);
    else for (const name of readdirSync(absolute).sort()) visit(path.posix.join(file, name));
  };
  for (const entry of entries) visit(entry);
  return files;
}

/**
 * @param {readonly string[]} entries as for `filesIn`
 * @param {readonly string[]} [also] other things that the result depends on, such as tool versions
 * @param {(file: string) => boolean} [keep]
 */
export function hashOf(entries, also = [], keep = undefined) {
  const hash = createHash("sha256");
  for (const text of also) hash.update(`${text}\0`);
  for (const file of filesIn(entries, keep))
    hash.update(`${file}\0`).update(readFileSync(path.join(root, file)));
  return hash.digest("hex");
}

/** @param {string} file @param {string} hash */
export const isStamped = (file, hash) => existsSync(file) && readFileSync(file, "utf8") === hash;

/** @param {string} file @param {string} hash */
export function writeStamp(file, hash) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, hash);
  renameSync(`${file}.new`, file);
}

/** @param {string} file */
export const dropStamp = (file) => rmSync(file, { force: true });
