// The checks with the built package, as one script for pages and workers.
import { existsSync } from "node:fs";
import { build } from "esbuild";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import type { Page } from "./server.ts";

export async function conformancePages(): Promise<Map<string, Page>> {
  if (!existsSync(inRoot("pkg"))) throw new Error("pkg/ is not built: npm run build");
  const { outputFiles } = await build({
    entryPoints: [inRoot("tests/conformance/support/page.ts")],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
  });
  const script: Page = { type: "text/javascript; charset=utf-8", body: outputFiles[0]?.text ?? "" };
  const page: Page = {
    type: "text/html; charset=utf-8",
    body: '<!doctype html><title>conformance</title><body><script src="page.js"></script>',
  };
  const scripts = ["page.js", "worker.js", "shared.js", "service.js"].map((name) => [name, script] as const);
  return new Map([["page.html", page], ...scripts]);
}
