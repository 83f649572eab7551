// @ts-check
// src/**/*.rs → target/wasm-pack/ (wasm-bindgen's glue, types and the wasm) →
// target/js/ (two modules that the class imports as "#glue" and "#wasm-text").
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { say, UserError } from "../lib/log.mjs";
import { inRoot } from "../lib/paths.mjs";
import { pathWith, run, withProgress } from "../lib/run.mjs";
import { dropStamp, hashOf, isStamped, writeStamp } from "../lib/stamp.mjs";
import { npmTool } from "../lib/tools.mjs";
import { ensureCargoTool, wasmBindgen, wasmPack } from "../setup/cargo-tools.mjs";
import { ensureRustSource, ensureWasmTarget } from "../setup/rust.mjs";
import { dropShims } from "./drop-shims.mjs";
import { moduleOf, pack, unpack } from "./pack.mjs";

const name = "resilient_eventsource";
const rawDir = inRoot("target/wasm-pack");
const outDir = inRoot("target/js");
const stamp = inRoot("target/stamps/wasm");

/** The wasm after optimisation, for `npm run size`. */
export const wasmFile = path.join(outDir, "module.wasm");

/**
 * The standard library is built along, without what only tells of panics: a
 * trap says as much to a page. Measured on this crate: 83 KB of wasm became 69.
 * Cargo and rustc take these flags from a nightly compiler only, or from a
 * stable one that is told to.
 */
const forSize = {
  args: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
  env: {
    RUSTC_BOOTSTRAP: "1",
    CARGO_ENCODED_RUSTFLAGS: [
      "-Ctarget-feature=+simd128",
      ...["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"],
      // Of what a page downloads, 251 bytes less than without it; 206 with 25, 205 with 40.
      "-Cllvm-args=-inline-threshold=30",
    ].join("\x1f"),
  },
};

/** @returns {Promise<boolean>} whether there was anything to do */
export async function buildWasm() {
  const inputs = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "src",
    "package-lock.json",
    "scripts/build/wasm.mjs",
    "scripts/build/drop-shims.mjs",
    "scripts/build/pack.mjs",
    "src/js/model.ts",
    "src/js/unpack.ts",
  ];
  const hash = hashOf(inputs, [wasmPack.version], (file) => file !== "src/js" && file !== "src/README.md");
  if (isStamped(stamp, hash)) return false;

  const toolchain = await ensureWasmTarget();
  const tools = [await ensureCargoTool(wasmPack), await ensureCargoTool(wasmBindgen())];
  await ensureRustSource(toolchain);
  dropStamp(stamp);
  const { output } = await withProgress(`wasm-pack build (with ${toolchain.name})`, (note) =>
    run(
      path.join(tools[0] ?? "", "wasm-pack"),
      [
        // no-install and no-opt: wasm-pack would download wasm-bindgen and wasm-opt. Its own
        // log is off, as it warns when it cannot ask whether it is the newest wasm-pack.
        ...["--log-level", "error", "build", "--mode", "no-install", "--no-opt", "--no-pack"],
        ...["--target", "web", "--profile", "wasm", "--out-dir", rawDir, "--out-name", name],
        // The crate's dependencies are those of the committed lock file.
        ...["--", "--locked", ...forSize.args],
      ],
      {
        env: { ...toolchain.env, ...forSize.env, PATH: pathWith(tools, toolchain.env.PATH) },
        quiet: true,
        onOutput: note,
      },
    ),
  );
  refuseWarnings(output);

  mkdirSync(outDir, { recursive: true });
  const renamed = await withProgress("wasm-opt -Oz", async () => {
    const wasm = path.join(outDir, "linked.wasm");
    writeFileSync(wasm, await dropShims(readFileSync(path.join(rawDir, `${name}_bg.wasm`))));
    await npmTool(
      "wasm-opt",
      [
        ...["-Oz", "--converge", "--low-memory-unused", "--zero-filled-memory"],
        ...["--strip-debug", "--strip-producers", wasm, "-o", wasmFile],
      ],
      { quiet: true },
    );
    // Prints which name became which. Apart, since `--converge` would rename twice.
    const { output } = await npmTool(
      "wasm-opt",
      ["--minify-imports-and-exports-and-modules", "--strip-target-features", wasmFile, "-o", wasmFile],
      { quiet: true },
    );
    return JSON.parse(output);
  });
  await writeGlue(renamed);
  await withProgress("packing the wasm", async () => {
    const wasm = readFileSync(wasmFile);
    const packed = await pack(wasm);
    if (!wasm.equals(await unpack(packed))) throw new Error("the packed wasm does not unpack to what it was");
    writeFileSync(path.join(outDir, "wasm-text.js"), moduleOf(packed));
  });
  writeStamp(stamp, hash);
  return true;
}

/** @param {string} output what a build printed */
export function refuseWarnings(output) {
  const found = output.split("\n").filter((line) => /^\s*warning\b|\[WARN\]/.test(line));
  if (found.length === 0) return;
  say(output);
  throw new UserError(`The build prints warnings, and warnings are errors here: ${found[0]?.trim()}`);
}

/**
 * target/js/glue.js: a module whose default export makes a fresh, independent
 * copy of wasm-bindgen's glue. The glue keeps its state (instance, heap, cached
 * views) in module variables, and after a trap that state is dead: only a second
 * copy can serve a second instance. A function that encloses the glue gives one
 * without `eval`, which a content security policy may forbid. Its argument stands
 * for the global `WebAssembly` inside.
 * @param {{ imports: [string, string, string][], exports: [string, string][] }} renamed the names that
 * wasm-opt shortened: module, old and new name of an import; old and new name of an export
 */
async function writeGlue(renamed) {
  const { build } = await import("esbuild");
  const file = path.join(rawDir, `${name}.js`);
  /** @type {import("esbuild").BuildOptions} */
  const options = { bundle: true, format: "esm", target: "es2022", write: false, logLevel: "warning" };

  const whole = await build({ ...options, entryPoints: [file], metafile: true, outdir: outDir });
  const names = Object.values(whole.metafile.outputs)
    .flatMap((output) => output.exports)
    // `default` fetches the wasm by URL. Left unnamed, it is shaken off, and no
    // bundler sees `new URL("….wasm", import.meta.url)` and looks for that file.
    .filter((exported) => exported !== "default")
    .sort();

  const list = names.join(", ");
  /** @type {Record<string, string>} */
  const short = {};
  for (const [module, old, fresh] of renamed.imports) {
    short[module] = "a";
    short[old] = fresh;
  }
  for (const [old, fresh] of renamed.exports) short[old] = fresh;
  const escaped = Object.keys(short).map((old) => old.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const inner = await build({
    ...options,
    mangleProps: new RegExp(`^(${escaped.join("|")})$`),
    mangleCache: short,
    mangleQuoted: true,
    // A warning of `initSync` that no call here earns, and `free`, which the registry of finalisers does.
    drop: ["console"],
    define: { "Symbol.dispose": "undefined" },
    stdin: {
      contents: `import { ${list} } from ${JSON.stringify(file)};\nglue = { ${list} };`,
      resolveDir: rawDir,
    },
  });
  const code = inner.outputFiles?.[0]?.text ?? "";
  if (code.includes("import.meta"))
    throw new Error("the glue still names import.meta: its default export was not shaken off");
  writeFileSync(
    path.join(outDir, "glue.js"),
    // wasm-bindgen's own JavaScript: not ours to check.
    `// @ts-nocheck\nexport default function createGlue(WebAssembly = globalThis.WebAssembly) {\n  let glue;\n${leaner(code)}\n  return glue;\n}\n`,
  );
}

/** What of the glue nobody needs here; together 90 bytes of what a page downloads. */
const needless = [
  {
    what: "a decoder, replaced after 2 GB for Safari's sake: what is decoded here is the message of a fault, once in an instance's life",
    is: /^var cachedTextDecoder = [\s\S]*?^function decodeText\(ptr, len\) \{[\s\S]*?^\}$/m,
    instead:
      "function decodeText(ptr, len) {\n  return new TextDecoder().decode(getUint8ArrayMemory0().subarray(ptr, ptr + len));\n}",
  },
  {
    what: "a stand-in for FinalizationRegistry, which comes with WeakRef, and the class needs that",
    is: /typeof FinalizationRegistry === "undefined" \? \{[\s\S]*?\} : (?=new FinalizationRegistry)/,
    instead: "",
  },
  {
    what: "other ways to name the module, and to make an instance once only: each copy of the glue is given one, compiled, once",
    is: /(?<=^function initSync\()module\) \{[\s\S]*?(?=^ {2}const imports)/m,
    instead: "{ module }) {\n",
  },
  {
    what: "a module in other forms than compiled",
    is: /^ {2}if \(!\(module instanceof WebAssembly\.Module\)\) \{[^}]*\}\n/m,
    instead: "",
  },
];

/** @param {string} code */
function leaner(code) {
  return needless.reduce((left, { what, is, instead }) => {
    if (!is.test(left)) throw new Error(`the glue has no longer, or in another form: ${what}`);
    return left.replace(is, instead);
  }, code);
}
