// @ts-check
// What npm would publish: the files a user needs, no more, and a package.json
// that runs nothing and pulls in nothing, as the linters of packages see it too.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const pkg = new URL("../../pkg/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", pkg), "utf8"));

/** @returns {string[]} */
function packed() {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: pkg,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [result] = Object.values(JSON.parse(output));
  return result.files.map((/** @type {{ path: string }} */ file) => file.path).sort();
}

test("npm packs the entry for both module systems, types, documents, and nothing else", () => {
  const files = packed();
  const types = files.filter((file) => /^types(?:-cjs)?\//.test(file));
  assert.deepEqual(
    files.filter((file) => !types.includes(file)),
    ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "index.cjs", "index.js", "package.json"],
  );
  for (const file of types) assert.match(file, /\.d\.ts$|^types-cjs\/package\.json$/);
  const esm = types.filter((file) => file.startsWith("types/"));
  const cjs = types.filter((file) => file.startsWith("types-cjs/") && file.endsWith(".d.ts"));
  assert.ok(esm.includes("types/index.d.ts"));
  assert.deepEqual(
    cjs.map((file) => file.replace("types-cjs/", "types/")),
    esm,
  );
});

test("package.json runs nothing on install and depends on nothing", () => {
  assert.equal(manifest.scripts, undefined);
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.sideEffects, false);
});

test("every path that package.json names is there", () => {
  /** @param {unknown} value @returns {string[]} */
  const paths = (value) =>
    typeof value === "string" ? [value] : Object.values(/** @type {object} */ (value)).flatMap(paths);
  for (const path of paths([manifest.main, manifest.module, manifest.types, manifest.exports])) {
    assert.ok(existsSync(new URL(path, pkg)), path);
  }
});

test("import and require give the same names", async () => {
  const imported = await import("resilient-eventsource");
  const required = createRequire(import.meta.url)("resilient-eventsource");
  assert.deepEqual(Object.keys(imported).sort(), Object.keys(required).sort());
  assert.equal(typeof imported.ResilientEventSource, "function");
});

test("no bundler is led to look for a wasm file", () => {
  for (const name of ["index.js", "index.cjs"]) {
    const text = readFileSync(new URL(name, pkg), "utf8");
    assert.ok(!text.includes("import.meta"), name);
    assert.doesNotMatch(text, /["'][^"']*\.wasm["']/, name);
    assert.doesNotMatch(text, /\bnew Function\b|[^.\w]eval\(/, name);
  }
});

test("no type refers to a name that only this repository resolves", () => {
  for (const file of packed().filter((path) => path.endsWith(".d.ts"))) {
    assert.doesNotMatch(readFileSync(new URL(file, pkg), "utf8"), /["']#(?:glue|wasm-text)["']/, file);
  }
});

test("require() gives strict code: nothing comes before the directive that says so", () => {
  assert.match(readFileSync(new URL("index.cjs", pkg), "utf8"), /^"use strict";/);
});

describe("the tarball", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-tarball-"));
  let tarball = "";
  before(() => {
    const flags = ["--ignore-scripts", "--loglevel=error", "--pack-destination", folder];
    const name = execFileSync("npm", ["pack", ...flags], { cwd: pkg, encoding: "utf8" }).trim();
    tarball = path.join(folder, name);
  });
  after(() => rmSync(folder, { recursive: true }));

  test("gives publint nothing to suggest", async () => {
    const { buffer, byteOffset, byteLength } = readFileSync(tarball);
    const data = buffer.slice(byteOffset, byteOffset + byteLength);
    assert.ok(data instanceof ArrayBuffer);
    const { messages } = await publint({ pack: { tarball: data }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, manifest, { color: false })),
      [],
    );
  });

  test("has types that each module resolution finds, as attw sees it", () => {
    const attw = fileURLToPath(new URL("../../node_modules/.bin/attw", import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      attw,
      [tarball, "--profile", "strict", "--no-emoji", "--no-color"],
      { encoding: "utf8" },
    );
    assert.equal(status, 0, stdout + stderr);
  });
});
