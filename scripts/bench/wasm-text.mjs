// @ts-check
// `npm run bench:text`: what the ways to carry the wasm in a script weigh, and how long each takes to give it back and have it
// compiled. Each time is that of a new process or page, as a visitor has it: nothing is warm yet.
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { pack } from "../build/pack.mjs";
import { wasmFile } from "../build/wasm.mjs";
import { buildAll } from "../build.mjs";
import { runMain } from "../lib/log.mjs";
import { inRoot } from "../lib/paths.mjs";
import { inEngines } from "./engines.mjs";

const RUNS = 11;

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
  const bundled = outputFiles[0]?.text ?? "";
  const unpacker = bundled.replace(/export\s*\{[^}]*\}/, "");
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
      name: "packed (shipped)",
      text: packed.text,
      decoder: unpacker,
      call: `(() => { const bytes = new Uint8Array(${packed.size}); const next = ${nameOf(bundled)}(text, bytes, ${packed.start}); while (!next()); return bytes; })()`,
    },
  ];
  const weigh = (/** @type {string | Buffer} */ content) =>
    `${gzipSync(content, { level: 9 }).length} gzip, ${brotliCompressSync(content).length} brotli`;
  console.log(`wasm: ${wasm.length} bytes, ${weigh(wasm)}\n`);
  /** @type {Record<string, string>} */
  const scripts = {};
  for (const { name, text, decoder, call } of ways) {
    const script = `${decoder};const text=${JSON.stringify(text)};const bytes=${call};`;
    console.log(`${name.padEnd(18)}${weigh(script)}`);
    scripts[name] =
      `const program={async run(){const began=performance.now();${script}new WebAssembly.Module(bytes);return performance.now()-began}}`;
  }
  console.log(
    `\nUntil it is compiled, in milliseconds: median of ${RUNS} cold starts, the quickest and the slowest.`,
  );
  await inEngines(async ({ name: engine, run }) => {
    console.log(`\n${engine}`);
    for (const [name, script] of Object.entries(scripts)) {
      /** @type {number[]} */
      const times = [];
      for (let i = 0; i < RUNS; i++) times.push(Number(await run(script)));
      times.sort((a, b) => a - b);
      const [least, middle, most] = [0, RUNS >> 1, RUNS - 1].map((i) => times[i]?.toFixed(1));
      console.log(`${name.padEnd(18)}${middle?.padStart(6)}  (${least} to ${most})`);
    }
  });
});

/** @param {string} bundle the name that a minified bundle gave to `createUnpacker` */
function nameOf(bundle) {
  return /(\w+) as createUnpacker/.exec(bundle)?.[1] ?? "createUnpacker";
}
