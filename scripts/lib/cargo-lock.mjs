// @ts-check
// Reading a version out of Cargo.lock, so that it is written in one place.
import { readFileSync } from "node:fs";
import { UserError } from "./log.mjs";
import { inRoot } from "./paths.mjs";

/**
 * The version of a crate in a lock file's text; undefined when it isn't there.
 * @param {string} lock
 * @param {string} name
 */
export function versionIn(lock, name) {
  for (const entry of lock.split("[[package]]")) {
    if (entry.includes(`\nname = "${name}"\n`)) return /\nversion = "([^"]+)"/.exec(entry)?.[1];
  }
  return undefined;
}

/** The version of wasm-bindgen that the crate is built with; the CLI must be the same. */
export function wasmBindgenVersion() {
  const version = versionIn(readFileSync(inRoot("Cargo.lock"), "utf8"), "wasm-bindgen");
  if (!version) throw new UserError("Cargo.lock names no wasm-bindgen: the crate has to depend on it.");
  return version;
}
