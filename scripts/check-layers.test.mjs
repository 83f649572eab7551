// @ts-check
// Plants each violation and expects it to be found, and the honest neighbours
// of each not to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { violations } from "./check-layers.mjs";

/** @param {Record<string, string>} files */
const check = (files) => violations(Object.entries(files).map(([path, text]) => ({ path, text })));

for (const line of [
  "use web_sys::Window;",
  "let n = js_sys::Date::now();",
  "#[wasm_bindgen]",
  "use gloo_timers::callback::Timeout;",
  "use serde_wasm_bindgen::to_value;",
  "use std::time::Instant;",
  "use std::time::{Duration, Instant};",
  "use std::time::{\n    Duration,\n    Instant as I,\n};",
  "use std::time;",
  "use std::time::*;",
  "let t = std::time::SystemTime::now();",
  "let now = Date::now();",
  "use rand::Rng;",
  "let r = rand::random::<u64>();",
  "getrandom::fill(&mut seed);",
  "use std::hash::RandomState;",
  "let r = Math::random();",
  "use std::collections::HashMap;",
]) {
  test(`core may not say: ${line.replaceAll("\n", " ")}`, () => {
    assert.notDeepEqual(check({ "src/core/retry.rs": line }), []);
    assert.notDeepEqual(check({ "src/core/deep/down.rs": `fn ok() {}\n${line}` }), []);
  });
}

for (const line of [
  "use std::time::Duration;",
  "use std::time::{Duration};",
  "use core::time::Duration;",
  "let d = std::time::Duration::from_millis(1);",
  "// Instant would be a clock, web_sys a browser",
  "/* rand::random\n Math::random */",
  'let text = "std::time::Instant, not \\" Date";',
  "let operand = 1; let brand = operand;",
  "enum RetryAfter { Seconds(u64), Date(Millis) }",
  "struct RetryAfterDate; struct Instantly;",
  "use crate::core::retry::Backoff;",
]) {
  test(`core may say: ${line.replaceAll("\n", " ")}`, () => {
    assert.deepEqual(check({ "src/core/other.rs": line, "src/core/retry.rs": "" }), []);
  });
}

for (const [file, line] of [
  ["src/core/a.rs", "use crate::browser::timer;"],
  ["src/core/a.rs", "let x = crate::bindings::Source;"],
  ["src/core/a.rs", "use super::super::browser::timer;"],
  ["src/core/a.rs", "use crate::{core::b, browser::timer};"],
  ["src/core/mod.rs", "pub use crate::browser::timer;"],
  ["src/browser/a.rs", "use crate::bindings::Source;"],
  ["src/browser/a.rs", '#[wasm_bindgen(module = "/src/js/loader.js")]'],
  ["src/js/a.ts", 'import x from "../bindings.ts";'],
]) {
  const wrong = file !== "src/js/a.ts";
  test(`${file} ${wrong ? "may not" : "may"}: ${line}`, () => {
    const found = check({ [file ?? ""]: line ?? "", "src/browser/timer.rs": "", "src/bindings.rs": "" });
    assert.equal(found.length > 0, wrong, found.join("\n"));
  });
}

test("the right way round is no violation", () => {
  const files = {
    "src/lib.rs": "pub mod core;\nmod browser;\nmod bindings;\npub use crate::core::Source;",
    "src/bindings.rs": "use crate::browser::Driver;\nuse crate::core::Source;",
    "src/browser/mod.rs": "mod timer;\npub use timer::Timer;\nuse crate::core::{Input, Output};",
    "src/browser/timer.rs": "use core::time::Duration;\nuse crate::core::Timer;",
    "src/core/mod.rs": "pub mod retry;\npub use retry::Backoff;",
    "src/core/retry.rs": "use super::phase::Phase;",
    "src/core/phase.rs": "",
    "src/js/index.ts": 'import createGlue from "#glue";\nimport { load } from "./load.ts";',
    "src/js/load.ts": 'import type { Source } from "./index.ts";',
  };
  assert.deepEqual(check(files), []);
});

test("two Rust files that import each other are a circle", () => {
  const found = check({ "src/core/a.rs": "use super::b::B;", "src/core/b.rs": "use crate::core::a::A;" });
  assert.match(found.join("\n"), /a\.rs → src\/core\/b\.rs → src\/core\/a\.rs/);
});

test("three scripts that import each other are a circle", () => {
  const found = check({
    "src/js/a.ts": 'import { b } from "./b.ts";',
    "src/js/b.ts": 'export * from "./c.js";',
    "src/js/c.ts": 'const a = await import("./a.ts");',
  });
  assert.equal(found.length, 1, found.join("\n"));
});

test("a module and its child that import each other are a circle", () => {
  const found = check({
    "src/core/mod.rs": "use self::phase::Phase;\npub struct Source;",
    "src/core/phase.rs": "use super::Source;",
  });
  assert.match(found.join("\n"), /circle/);
});
