// @ts-check
// Checks the architecture that no compiler checks:
//
// - src/core names no browser crate, no clock and no random source;
// - imports go one way, js → bindings → browser → core;
// - no two files import each other, directly or in a circle.
//
// It reads Rust as tokens, comments and strings blanked out, not as a compiler
// does: a name that a macro puts together would pass.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runMain, say, UserError } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { filesIn } from "./lib/stamp.mjs";

/** @typedef {{ path: string, text: string }} Source a file, its path from the root */

/** What src/core may not name. */
const banned = [
  { what: "a browser crate", pattern: /\b(?:\w*web_sys|\w*js_sys|\w*wasm_bindgen\w*|gloo\w*)\b/ },
  // `Duration` is a length of time, not a clock; a variant may be called `Date`.
  {
    what: "a clock",
    pattern: /\b(?:Instant|SystemTime|UNIX_EPOCH)\b|\bDate\s*::|\b(?:web_time|chrono|jiff|instant)::/,
  },
  { what: "a clock", pattern: /\bstd\s*::\s*time\b(?!\s*::\s*(?:Duration\b|\{\s*Duration\s*,?\s*\}))/ },
  { what: "a random source", pattern: /\b(?:rand|rand_\w+|fastrand|oorandom)\s*(?:::|;)|\buse\s+rand\b/ },
  { what: "a random source", pattern: /\b(?:getrandom|RandomState|Math\s*::\s*random)\b/ },
  // Their order changes from run to run: std seeds them from RandomState.
  { what: "a random source (take BTreeMap or BTreeSet)", pattern: /\b(?:HashMap|HashSet)\b/ },
];

/** From the one that may import all others to the one that may import none. */
const layers = ["js", "bindings", "browser", "core"];

/** @param {string} file */
const layerOf = (file) => /^src\/(js|bindings|browser|core)(?:\/|\.rs$)/.exec(file)?.[1];

/**
 * @param {readonly Source[]} sources
 * @returns {string[]} one line a violation, with its file and line
 */
export function violations(sources) {
  const found = sources.flatMap((source) => (isRust(source.path) ? bannedIn(source) : []));
  const modules = new Map(sources.map((source) => [moduleOf(source.path), source.path]));
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  for (const source of sources) {
    const imports = isRust(source.path) ? rustImports(source, modules) : jsImports(source);
    const to = new Set();
    for (const { file, line, reexport } of imports) {
      const [from, target] = [layerOf(source.path), layerOf(file)];
      if (from && target && layers.indexOf(target) < layers.indexOf(from)) {
        found.push(`${source.path}:${line}: ${from} imports ${target}; imports go ${layers.join(" → ")}`);
      }
      // A module that only passes on what its children export imports nothing.
      if (file !== source.path && !reexport) to.add(file);
    }
    graph.set(source.path, to);
  }
  return [...new Set([...found, ...circles(graph)])];
}

/** @param {string} file */
const isRust = (file) => file.endsWith(".rs");

/** @param {Source} source */
function bannedIn(source) {
  if (layerOf(source.path) !== "core") return [];
  const found = [];
  for (const [i, line] of blank(source.text).split("\n").entries()) {
    for (const { what, pattern } of banned) {
      const match = pattern.exec(line);
      if (match) found.push(`${source.path}:${i + 1}: core names ${what}: ${match[0].trim()}`);
    }
  }
  // `use std::time::{` may hold its names on later lines.
  for (const { segments, line } of namedPaths(blank(source.text))) {
    const [first, second, third] = segments;
    if (first === "std" && second === "time" && third !== "Duration") {
      found.push(`${source.path}:${line}: core names a clock: ${segments.join("::")}`);
    }
  }
  return found;
}

/**
 * Rust with its comments and the insides of its strings turned to spaces, line
 * ends kept.
 * @param {string} text
 */
export function blank(text) {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\bb?r(#*)"[\s\S]*?"\1|b?"(?:\\[\s\S]|[^"\\])*"|b?'(?:\\[^\n]{1,8}?|[^'\\\n])'/g;
  return text.replace(token, (match) => match.replace(/[^\n]/g, " "));
}

/** @param {string} file `src/core/retry.rs` → `crate::core::retry` */
function moduleOf(file) {
  const parts = file
    .replace(/^src\//, "")
    .replace(/\.rs$/, "")
    .split("/");
  if (["mod", "lib", "main"].includes(parts.at(-1) ?? "")) parts.pop();
  return ["crate", ...parts].join("::");
}

/**
 * The paths that `use` items and inline paths name, groups spread out.
 * @param {string} text blanked
 * @returns {{ segments: string[], line: number, reexport: boolean }[]}
 */
function namedPaths(text) {
  /** @type {{ segments: string[], line: number, reexport: boolean }[]} */
  const found = [];
  const lineAt = (/** @type {number} */ index) => text.slice(0, index).split("\n").length;
  for (const match of text.matchAll(/(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);/g)) {
    for (const segments of spread(match[2] ?? "")) {
      found.push({ segments, line: lineAt(match.index), reexport: match[1] !== undefined });
    }
  }
  for (const match of text.matchAll(/\b(?:crate|super|self)(?:\s*::\s*\w+)+/g)) {
    const segments = match[0].split("::").map((segment) => segment.trim());
    // One that belongs to a `pub use` is found above.
    const before = text.slice(0, match.index);
    const inReexport =
      /\bpub(?:\([^)]*\))?\s+use\s+[^;]*$/.test(before) || /\bpub\s*\(\s*in\s*$/.test(before);
    if (!inReexport) found.push({ segments, line: lineAt(match.index), reexport: false });
  }
  return found;
}

/**
 * `a::{b, c::d}` → [[a, b], [a, c, d]]
 * @param {string} tree
 * @returns {string[][]}
 */
function spread(tree) {
  const open = tree.indexOf("{");
  if (open === -1) {
    return [
      tree
        .replace(/\s+as\s+\w+/, "")
        .split("::")
        .map((segment) => segment.trim())
        .filter(Boolean),
    ];
  }
  const prefix = spread(tree.slice(0, open))[0] ?? [];
  const inner = tree.slice(open + 1, tree.lastIndexOf("}"));
  const parts = [];
  let depth = 0;
  let start = 0;
  for (const [i, char] of [...inner].entries()) {
    if (char === "{") depth++;
    else if (char === "}") depth--;
    else if (char === "," && depth === 0) {
      parts.push(inner.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(inner.slice(start));
  return parts
    .filter((part) => part.trim())
    .flatMap((part) => spread(part).map((segments) => [...prefix, ...segments]));
}

/**
 * @param {Source} source
 * @param {ReadonlyMap<string, string>} modules the file of each module
 */
function rustImports(source, modules) {
  const own = moduleOf(source.path).split("::");
  /** @type {{ file: string, line: number, reexport: boolean }[]} */
  const found = [];
  for (const { segments, line, reexport } of namedPaths(blank(source.text))) {
    let [head, ...rest] = segments;
    let at = ["crate"];
    if (head === "self") at = own;
    else if (head === "super") {
      at = own.slice(0, -1);
      while (rest[0] === "super") {
        at = at.slice(0, -1);
        rest = rest.slice(1);
      }
    } else if (head !== "crate") {
      // `core::…` outside `crate::` is the standard library's.
      if (head !== "resilient_eventsource") continue;
    }
    const full = [...at, ...rest];
    for (let length = full.length; length > 0; length--) {
      const file = modules.get(full.slice(0, length).join("::"));
      if (file === undefined) continue;
      found.push({ file, line, reexport });
      break;
    }
    // A layer that is named counts, whether its file is among the sources or not.
    const layer = full[1];
    if (layer && layers.includes(layer)) found.push({ file: `src/${layer}/`, line, reexport: true });
  }
  for (const [i, line] of source.text.split("\n").entries()) {
    if (/\bmodule\s*=\s*"[^"]*src\/js\//.test(line))
      found.push({ file: "src/js/", line: i + 1, reexport: true });
  }
  return found;
}

/** @param {Source} source */
function jsImports(source) {
  const found = [];
  for (const [i, line] of source.text.split("\n").entries()) {
    for (const match of line.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      // A type goes away when the code is built.
      if (/^\s*(?:import|export)\s+type\b/.test(line)) continue;
      const target = path.posix.join(path.posix.dirname(source.path), match[1] ?? "");
      found.push({ file: target.replace(/\.js$/, ".ts"), line: i + 1, reexport: false });
    }
  }
  return found;
}

/**
 * @param {ReadonlyMap<string, ReadonlySet<string>>} graph
 * @returns {string[]}
 */
function circles(graph) {
  /** @type {string[]} */
  const found = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} file @param {string[]} trail */
  const visit = (file, trail) => {
    const start = trail.indexOf(file);
    if (start !== -1) {
      found.push(`${[...trail.slice(start), file].join(" → ")}: these import each other in a circle`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

export function checkLayers() {
  const files = filesIn(["src"]).filter(
    (file) => /\.(?:rs|ts|tsx|mjs|js)$/.test(file) && !file.endsWith(".d.ts"),
  );
  const sources = files.map((file) => ({ path: file, text: readFileSync(inRoot(file), "utf8") }));
  if (!sources.some(({ path }) => layerOf(path) === "core"))
    throw new UserError("src/core holds no Rust: nothing was checked.");
  const found = violations(sources);
  for (const line of found) say(line);
  if (found.length > 0) throw new UserError(`${found.length} violation(s) of the layers in src/.`);
  say(`${sources.length} files in src/ keep to their layers.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) runMain(async () => checkLayers());
