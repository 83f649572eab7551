// @ts-check
// `npm run bench:text`: what the ways to carry the wasm in a script weigh, and how long each takes to give it back. Each
// time is that of a new process, as a page has it: nothing is compiled yet.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { pack } from "../build/pack.mjs";
import { wasmFile } from "../build/wasm.mjs";
import { buildAll } from "../build.mjs";
import { runMain } from "../lib/log.mjs";
import { inRoot } from "../lib/paths.mjs";

const RUNS = 15;

await runMain(async () => {
  await buildAll();
  const { build } = await import("esbuild");
  const wasm = readFileSync(wasmFile);
  const packed = await pack(wasm);
  const { outputFiles } = await build({
    entryPoints: [inRoot("src/js/unpack.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const unpacker = (outputFiles[0]?.text ?? "").replace(/export\s*\{[^}]*\}/, "");
  /** @type {{ name: string, text: string, decoder: string, call: string }[]} */
  const ways = [
    {
      name: "base64",
      text: wasm.toString("base64"),
      decoder: "",
      call: "Uint8Array.from(atob(text), (c) => c.charCodeAt(0))",
    },
    {
      name: "hexadecimal",
      text: wasm.toString("hex"),
      decoder: "",
      call: "Uint8Array.from(text.match(/../g), (digits) => parseInt(digits, 16))",
    },
    {
      name: "packed (what is shipped)",
      text: packed.text,
      decoder: unpacker,
      call: `(() => { const bytes = new Uint8Array(${packed.size}); const next = ${nameOf(outputFiles[0]?.text ?? "")}(text, bytes, ${packed.start}); while (!next()); return bytes; })()`,
    },
  ];
  console.log(
    `wasm: ${wasm.length} bytes, ${gzipSync(wasm, { level: 9 }).length} gzip -9, ${brotliCompressSync(wasm).length} brotli`,
  );
  for (const { name, text, decoder, call } of ways) {
    const script = `${decoder};const text=${JSON.stringify(text)};const bytes=${call};`;
    const times = Array.from({ length: RUNS }, () =>
      Number(
        execFileSync(process.execPath, [
          "--input-type=module",
          "-e",
          `const began=performance.now();${script}const took=performance.now()-began;new WebAssembly.Module(bytes);console.log(took)`,
        ]),
      ),
    ).sort((a, b) => a - b);
    const weigh = gzipSync(script, { level: 9 }).length;
    console.log(
      `${name.padEnd(26)}${String(weigh).padStart(7)} gzip -9${String(brotliCompressSync(script).length).padStart(7)} brotli` +
        `${(times[RUNS >> 1] ?? 0).toFixed(1).padStart(8)} ms, median of ${RUNS} cold starts (${(times[0] ?? 0).toFixed(1)} to ${(times.at(-1) ?? 0).toFixed(1)})`,
    );
  }
});

/** @param {string} bundle the name that a minified bundle gave to `createUnpacker` */
function nameOf(bundle) {
  return /(\w+) as createUnpacker/.exec(bundle)?.[1] ?? "createUnpacker";
}
