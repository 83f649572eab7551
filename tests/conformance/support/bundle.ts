// The pages that the tests open: scripts of this folder with the built package, and what they run in.
import { existsSync } from "node:fs";
import { build } from "esbuild";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import type { Page } from "./server.ts";

async function bundle(name: string): Promise<Page> {
  const { outputFiles } = await build({
    entryPoints: [inRoot("tests/conformance/support", name)],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
  });
  return { type: "text/javascript; charset=utf-8", body: outputFiles[0]?.text ?? "" };
}

const pageOf = (script: string): Page => ({
  type: "text/html; charset=utf-8",
  body: `<!doctype html><title>conformance</title><body><script src="${script}"></script>`,
});

/** Policies that a page may be under, by the name of the page. */
const policies = {
  "no-wasm": "script-src 'self'",
  wasm: "script-src 'self' 'wasm-unsafe-eval'",
  "one-host": "script-src 'self' 'wasm-unsafe-eval'; connect-src http://127.0.0.1:*",
};

export async function conformancePages(): Promise<Map<string, Page>> {
  if (!existsSync(inRoot("pkg"))) throw new Error("pkg/ is not built: npm run build");
  const [checks, policy] = await Promise.all([bundle("page.ts"), bundle("policy-page.ts")]);
  const pages = new Map([["page.html", pageOf("page.js")]]);
  for (const name of ["page.js", "worker.js", "shared.js", "service.js"]) pages.set(name, checks);
  for (const [name, value] of Object.entries(policies)) {
    const headers = { "content-security-policy": value };
    pages.set(`${name}.html`, { ...pageOf(`${name}.js`), headers });
    // A worker is under the policy of its own script.
    pages.set(`${name}.js`, { ...policy, headers });
  }
  return pages;
}
