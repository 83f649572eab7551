// @ts-check
// `npm run size`: how much a page downloads, wasm included, against the limit.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { pack } from "./build/pack.mjs";
import { wasmFile } from "./build/wasm.mjs";
import { buildAll } from "./build.mjs";
import { runMain, UserError } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";

/** What a page may have to download for the class, gzipped. */
export const limit = 20 * 1024;

// zlib with its usual memory, as Node and nginx have it. GNU gzip, which ends its blocks elsewhere, makes
// 3 % more of the bundle.

/** @param {Uint8Array | string} data */
const gzipped = (data) => gzipSync(data, { level: 9 }).length;

/** @param {Buffer} entry the built entry @param {Buffer} wasm */
export async function measure(entry, wasm) {
  const { text } = await pack(wasm);
  const script = entry.toString().replace(text, "");
  if (script.length === entry.length) throw new Error("pkg/index.js does not hold the wasm");
  return {
    entry: { raw: entry.length, gzip: gzipped(entry) },
    script: { raw: script.length, gzip: gzipped(script) },
    wasm: { raw: wasm.length, gzip: gzipped(wasm) },
  };
}

export async function reportSize() {
  await buildAll();
  const sizes = await measure(readFileSync(inRoot("pkg/index.js")), readFileSync(wasmFile));
  const row = (/** @type {string} */ name, /** @type {{ raw: number, gzip: number }} */ { raw, gzip }) =>
    console.log(`${name.padEnd(34)}${String(raw).padStart(8)} bytes${String(gzip).padStart(8)} gzipped`);
  row("pkg/index.js, all a page downloads", sizes.entry);
  row("  its JavaScript alone", sizes.script);
  row("  its wasm alone, as a file", sizes.wasm);
  console.log(`limit ${limit}, left ${limit - sizes.entry.gzip}`);
  if (sizes.entry.gzip > limit) {
    throw new UserError(
      `pkg/index.js is ${sizes.entry.gzip - limit} bytes over its limit of ${limit}, gzipped.`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runMain(reportSize);
