// What crosses the boundary as numbers means the same on both sides: the lists
// here follow the Rust sources.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as inputs from "../../src/js/inputs.ts";
import { outcomes, reasons, states } from "../../src/js/names.ts";
import { callNames } from "./support/host.ts";
import { flagNames, numberNames, textNames } from "./support/options.ts";

const rust = (path: string) => readFileSync(new URL(`../../src/${path}`, import.meta.url), "utf8");

/** The variants of an enum, in lower case. */
function variants(path: string, head: RegExp) {
  const [, after] = rust(path).split(head);
  assert.ok(after, `${path} has no ${head}`);
  const body = after.slice(0, after.search(/^\}/m)).replace(/\/\/.*/g, "");
  return [...body.matchAll(/^ {4}(\w+)/gm)].map(([, name = ""]) => name.toLowerCase());
}

const flat = (names: readonly string[]) => names.map((name) => name.replaceAll("-", ""));

describe("names", () => {
  test("of states are Rust's, in its order", () => {
    assert.deepEqual(states, variants("core/state.rs", /pub enum State \{\n/));
  });

  test("of reasons are Rust's, in its order", () => {
    const theirs = variants("core/reason.rs", /^(?:reasons! \{|pub enum Reason \{)\n/m);
    assert.ok(theirs.length > 20);
    assert.deepEqual(flat(reasons), theirs);
  });

  test("of outcomes are Rust's, in its order", () => {
    assert.deepEqual(outcomes, variants("core/state.rs", /pub enum Outcome \{\n/));
  });

  test("of ways for the last event id to travel are numbered as the class takes them", () => {
    assert.deepEqual(variants("core/io.rs", /pub enum Resume \{\n/), ["none", "header", "query"]);
  });
});

test("inputs have the numbers that the bindings read", () => {
  const arms = rust("bindings.rs").matchAll(
    /^ {12}(\d+) => (?:\{[\s\S]*?\bInput::|Input::|return self\.driver\.)(\w+)/gm,
  );
  const numbers = new Map([...arms].map(([, number, name = ""]) => [name.toUpperCase(), Number(number)]));
  assert.ok(numbers.size > 10);
  for (const [name, number] of Object.entries(inputs)) {
    if (typeof number === "number") assert.equal(numbers.get(name), number, name);
  }
});

test("calls have the numbers that Rust calls", () => {
  const ours = readFileSync(new URL("../../src/js/boundary.ts", import.meta.url), "utf8");
  const [, tuple = ""] = /type Calls = readonly \[\n([\s\S]*?)\n\];/.exec(ours) ?? [];
  const labels = [...tuple.matchAll(/^ {2}(\w+): \(/gm)].map(([, name]) => name);
  assert.deepEqual(labels, callNames);
  assert.deepEqual(
    callNames.map((name) => name.toLowerCase()),
    variants("browser/host.rs", /^enum Call \{\n/m),
  );
});

describe("options are read in the order in which they are written", () => {
  const reader = rust("browser/options.rs");
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  /** What Rust calls otherwise. */
  const renamed: Record<string, string> = { mixed: "mixed_content" };

  test("numbers", () => {
    const listed = [...reader.matchAll(/&mut config\.(?:retry\.)?(\w+),/g)].map(([, name]) => name);
    const asked = [...reader.matchAll(/config\.(\w+) = millis\(host, (\d+)\)/g)];
    const order = [...listed];
    for (const [, name, index] of asked) order[Number(index)] = name;
    assert.match(reader, /let factor = host\.number\(13\)/);
    assert.deepEqual([...order, "factor"], numberNames.map(snake));
    assert.match(reader, new RegExp(`flags = host\\.number\\(${numberNames.length}\\)`));
  });

  test("flags", () => {
    for (const [index, name] of flagNames.slice(0, 10).entries()) {
      assert.match(reader, new RegExp(`\\b${renamed[name] ?? snake(name)}\\b.*flag\\(${index + 2}\\)`), name);
    }
    assert.deepEqual(flagNames.slice(10), ["resumeHeader", "resumeQuery", "native"]);
    assert.match(reader, /flags >> 12 & 3 \{\s+1 => ResumeMode::Header,\s+2 => ResumeMode::Query/);
    assert.match(reader, /config\.native = flag\(14\)/);
  });

  test("texts", () => {
    for (const [index, name] of textNames.entries()) {
      assert.match(reader, new RegExp(`\\b${snake(name)} = .*host\\.text\\(${index}\\)`), name);
    }
  });
});
