// @ts-check
// src/js and target/js → pkg/: what npm publishes. One file an entry and module
// system, with the wasm inside, its types, and a package.json without scripts
// or dependencies.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { UserError } from "../lib/log.mjs";
import { inRoot } from "../lib/paths.mjs";
import { capture, withProgress } from "../lib/run.mjs";
import { dropStamp, hashOf, isStamped, writeStamp } from "../lib/stamp.mjs";
import { npmTool } from "../lib/tools.mjs";

/** What can be imported from the package, and the module in src/js behind it. */
const entries = { ".": "index" };

const documents = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
const finalDir = inRoot("pkg");
const stamp = inRoot("target/stamps/package");

/** @returns {Promise<boolean>} whether there was anything to do */
export async function buildPackage() {
  const inputs = [
    "src/js",
    "target/js",
    "Cargo.toml",
    "package-lock.json",
    "tsconfig.json",
    "tsconfig.types.json",
  ];
  const hash = hashOf([...inputs, "scripts/build/package.mjs", ...documents]);
  if (isStamped(stamp, hash) && existsSync(finalDir)) return false;
  dropStamp(stamp);
  // Made aside and then put in place: a page that is served meanwhile never sees half a package.
  const dir = inRoot("target/pkg");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  await withProgress("bundling pkg/", async () => {
    await bundle(dir);
    await types(dir);
    writeFileSync(path.join(dir, "package.json"), `${JSON.stringify(await manifest(), null, 2)}\n`);
    for (const name of documents)
      if (existsSync(inRoot(name))) copyFileSync(inRoot(name), path.join(dir, name));
  });
  rmSync(finalDir, { recursive: true, force: true });
  renameSync(dir, finalDir);
  writeStamp(stamp, hash);
  return true;
}

const textFile = inRoot("target/js/wasm-text.js");
/** Stands for the packed wasm in a bundle. */
const textName = "$wasm";

/**
 * The packed wasm, to be put before everything else: there it fills most of a block of deflate's, which then needs
 * little code for anything else. Where terser leaves it, in the midst of the script, all is 1 % larger.
 */
const wasmText = () =>
  readFileSync(textFile, "utf8").replace(
    /^export default (".*";)[\s\S]*$/,
    (_, text) => `const ${textName}=${text}`,
  );

/** @type {import("esbuild").Plugin} */
const textApart = {
  name: "text apart",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]wasm-text\.js$/ }, ({ path: file }) => ({
      contents: readFileSync(file, "utf8").replace(/^export default ".*";/, `export default ${textName};`),
    }));
  },
};

/** Names of members that only this package's own modules and the glue see. */
const internal =
  /^(_(_wbg_ptr|_destroy_into_raw|wbg_cb_unref)|initSync|heartbeats|demanding|numbers|heard|native|contentType|hear|tell|commit|batch|chunk|input|request)$/;

/** Classes that pages see: a class has the name of its variable, which is read in consoles. */
const seen = [
  "SourceOpenEvent",
  "SourceErrorEvent",
  "StateChangeEvent",
  "StreamCompleteEvent",
  "StreamGapEvent",
  "StreamStallEvent",
];

/**
 * esbuild bundles; terser, which sees more than one statement at a time, takes
 * another 2 % off what a page downloads.
 * @param {string} dir
 */
async function bundle(dir) {
  const { build } = await import("esbuild");
  const { minify } = await import("terser");
  const outputs = Object.values(entries).flatMap((name) => [
    /** @type {const} */ ([name, "esm", ".js"]),
    /** @type {const} */ ([name, "cjs", ".cjs"]),
  ]);
  for (const [name, format, extension] of outputs) {
    const { outputFiles } = await build({
      entryPoints: [inRoot("src/js", `${name}.ts`)],
      outfile: path.join(dir, `${name}${extension}`),
      bundle: true,
      // Neither white space, with which go the annotations of what is pure, nor names: terser does that.
      minifySyntax: true,
      mangleProps: internal,
      format,
      target: "es2022",
      platform: "neutral",
      legalComments: "none",
      logLevel: "warning",
      write: false,
      plugins: [textApart],
    });
    for (const { path: file, text } of outputFiles) {
      const { code = "" } = await minify(text, {
        ecma: 2020,
        module: format === "esm",
        toplevel: true,
        mangle: { reserved: seen },
        // Functions in object literals, wasm's imports above all, are only called here, never constructed.
        compress: { passes: 10, unsafe_methods: true },
        // They tell a bundler what it may leave out.
        format: { preserve_annotations: true },
      });
      // Behind a directive, which is one only where nothing comes before it.
      const placed = code.replace(/^("use strict";)?/, (directive) => directive + wasmText());
      writeFileSync(file, code.includes(textName) ? placed : code);
    }
  }
}

/**
 * Types for both module systems. TypeScript reads a `.d.ts` as what the nearest
 * package.json says, so the same files serve `require` from a folder that says
 * CommonJS.
 * @param {string} dir
 */
async function types(dir) {
  await npmTool("tsc", ["-p", "tsconfig.types.json", "--outDir", path.join(dir, "types")]);
  prune(path.join(dir, "types"), Object.values(entries));
  cpSync(path.join(dir, "types"), path.join(dir, "types-cjs"), { recursive: true });
  writeFileSync(path.join(dir, "types-cjs/package.json"), '{ "type": "commonjs" }\n');
}

/**
 * Removes the declarations that no entry leads to: those of modules that only
 * the implementation uses.
 * @param {string} dir
 * @param {readonly string[]} roots
 */
function prune(dir, roots) {
  const needed = new Set(roots);
  for (const name of needed) {
    const text = readFileSync(path.join(dir, `${name}.d.ts`), "utf8");
    for (const [, specifier = ""] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)) {
      needed.add(path.posix.join(path.posix.dirname(name), specifier).replace(/\.[jt]sx?$/, ""));
    }
  }
  for (const file of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".d.ts") && !needed.has(file.slice(0, -5))) rmSync(path.join(dir, file));
  }
}

async function manifest() {
  const metadata = await capture("cargo", ["metadata", "--no-deps", "--format-version", "1", "--locked"]);
  /** @type {{ packages: { name: string, version: string, description: string, license: string, keywords: string[], repository: string | null }[] }} */
  const { packages } = JSON.parse(metadata ?? '{ "packages": [] }');
  const crate = packages.find(({ name }) => name === "resilient-eventsource");
  if (!crate) throw new UserError("Cargo.toml names no crate resilient-eventsource.");
  const exports = Object.fromEntries(
    Object.entries(entries).map(([name, file]) => [
      name,
      {
        import: { types: `./types/${file}.d.ts`, default: `./${file}.js` },
        require: { types: `./types-cjs/${file}.d.ts`, default: `./${file}.cjs` },
      },
    ]),
  );
  return {
    name: crate.name,
    version: crate.version,
    description: crate.description,
    keywords: crate.keywords,
    license: crate.license,
    ...(crate.repository ? { repository: crate.repository } : {}),
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    main: "./index.cjs",
    module: "./index.js",
    types: "./types/index.d.ts",
    exports: { ...exports, "./package.json": "./package.json" },
    files: ["*.js", "*.cjs", "types", "types-cjs", "CHANGELOG.md", "LICENSE-*"],
  };
}
