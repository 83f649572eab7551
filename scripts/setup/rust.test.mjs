// @ts-check
// What is done about a Rust that is there in part, on a PATH of made-up programs.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { UserError } from "../lib/log.mjs";
import { ensureRust, ensureRustLinters } from "./rust.mjs";

// Made-up programs are shell scripts.
const options = { skip: process.platform === "win32" };

/**
 * rustup's programs: they are all there, whatever is installed. An install is a
 * file beside them.
 * @param {import("node:test").TestContext} t
 * @param {object} state
 * @param {readonly string[]} state.installed of "rust", "clippy" and "fmt"
 * @param {"adds" | "fails" | "adds elsewhere"} [state.rustup] what becomes of an install
 * @returns {() => string} what rustup was asked for
 */
function proxies(t, { installed, rustup = "fails" }) {
  const folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-rust-"));
  const before = process.env.PATH;
  t.mock.method(process.stderr, "write", () => true);
  t.after(() => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  });
  // Nothing else is on PATH, so that no package manager is called either.
  process.env.PATH = folder;
  /** @param {string} name @param {string} script */
  const program = (name, script) => {
    writeFileSync(path.join(folder, name), `#!/bin/sh\ncd '${folder}'\n${script}\n`);
    chmodSync(path.join(folder, name), 0o755);
  };
  for (const name of installed) writeFileSync(path.join(folder, `has-${name}`), "");
  const proxy = 'case "$1" in clippy|fmt) [ -e has-rust ] && [ -e "has-$1" ];; *) [ -e has-rust ];; esac';
  for (const name of ["cargo", "rustc"]) program(name, proxy);
  for (const name of ["clippy", "fmt"]) program(`cargo-${name}`, `[ -e has-${name} ]`);
  program("cc", "exit 1");
  const install = { adds: ": >has-clippy; : >has-fmt", fails: "exit 1", "adds elsewhere": "exit 0" }[rustup];
  program("rustup", `echo "$@" >>asked; ${install}`);
  const asked = path.join(folder, "asked");
  return () => (existsSync(asked) ? readFileSync(asked, "utf8") : "");
}

/** @param {RegExp} message */
const userError = (message) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof UserError);
  assert.match(error.message, message);
  return true;
};

for (const installed of [["rust"], ["rust", "fmt"], ["rust", "clippy"]]) {
  const what = installed.join(" and ");
  test(`of ${what} alone, rustup's stand-ins for the linters don't pass for them`, options, async (t) => {
    const asked = proxies(t, { installed, rustup: "adds" });
    await ensureRustLinters();
    assert.equal(asked(), "component add clippy rustfmt\n");
  });
}

test("linters that run are not installed again", options, async (t) => {
  const asked = proxies(t, { installed: ["rust", "clippy", "fmt"] });
  await ensureRustLinters();
  assert.equal(asked(), "");
});

for (const rustup of /** @type {const} */ (["fails", "adds elsewhere"])) {
  test(`one is told which linter is missing where rustup ${rustup}`, options, async (t) => {
    proxies(t, { installed: ["rust", "fmt"], rustup });
    await assert.rejects(
      ensureRustLinters(),
      userError(/^cargo clippy missing[\s\S]*rustup component add clippy/),
    );
  });
}

test("a Rust that runs is Rust", options, async (t) => {
  proxies(t, { installed: ["rust"] });
  await ensureRust();
});

test("rustup without a Rust is none, and one is told how to get one", options, async (t) => {
  proxies(t, { installed: [] });
  await assert.rejects(ensureRust(), userError(/rustup default stable/));
});
