// @ts-check
// A module of the package, for a script that plain Node runs.
import { inRoot } from "./paths.mjs";

/** @param {string} file from the repository's root; what it imports comes along */
export async function importTs(file) {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [inRoot(file)],
    bundle: true,
    format: "esm",
    target: "node20",
    write: false,
    logLevel: "warning",
  });
  const code = outputFiles[0]?.text ?? "";
  return import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
}
