// @ts-check
// `node --import ./scripts/lib/register-ts.mjs` lets Node 20 import TypeScript:
// each file is turned into JavaScript by esbuild when it is loaded. No types
// are checked here; tsc does that.
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { transform } from "esbuild";

if (isMainThread) register(import.meta.url);

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    // TypeScript lets "./x.js" mean x.ts.
    if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
    return next(specifier.replace(/js$/, "ts"), context);
  }
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (!/^file:.*\.tsx?$/.test(url)) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), "utf8"), {
    loader: url.endsWith("x") ? "tsx" : "ts",
    jsx: "automatic",
    target: "node20",
    sourcefile: fileURLToPath(url),
    sourcemap: "inline",
  });
  return { format: "module", source: code, shortCircuit: true };
}
