// The wasm as the script carries it: what the build packs, the loader unpacks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { pack, startOfCode, unpack } from "../../scripts/build/pack.mjs";
import { createUnpacker, digits } from "../../src/js/unpack.ts";

const module = (hex: string) => Uint8Array.from(Buffer.from(`0061736d01000000${hex}`, "hex"));
/** A type section, a function section and a code section of one function: `(func (result i32) i32.const 7)`. */
const small = module("010501600001 7f 0302010 0 0a 06 01 04 00 41 07 0b".replaceAll(" ", ""));
const built = readFileSync(new URL("../../target/js/module.wasm", import.meta.url));

/** Numbers below a bound, the same ones for the same seed. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("what is packed comes back", () => {
  const back = async (bytes: Uint8Array) => assert.deepEqual(await unpack(await pack(bytes)), bytes);

  test("where it is the wasm that the build made", () => back(Uint8Array.from(built)));

  test("where it is a module, also one without code", async () => {
    await back(small);
    await back(module(""));
  });

  test("where it has every byte, often or seldom", async () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await back(module(Buffer.from([...all, ...all.toReversed(), ...all]).toString("hex")));
  });

  test("where it is no wasm at all, and the model is wrong about everything", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const next = random(seed);
      // Few different bytes make probabilities extreme, and carries long.
      const among = [2, 256, 3][seed % 3] ?? 1;
      await back(
        Uint8Array.from({ length: 1 + next(700) }, () => next(among) * Math.floor(255 / (among - 1))),
      );
    }
  });

  test("where a code section is full of nonsense", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const next = random(seed);
      const code = Uint8Array.from({ length: 127 }, () => next(256));
      await back(module(`0a7f${Buffer.from(code).toString("hex")}`));
    }
  });
});

test("the code is found behind the sections before it", () => {
  assert.equal(startOfCode(small), small.length - 5);
  assert.equal(startOfCode(module("")), 8);
});

test("the text is of the digits alone, none of which a literal escapes", async () => {
  const { text } = await pack(small);
  assert.equal(new Set(digits).size, 64);
  assert.ok([...text].every((digit) => digits.includes(digit)));
  assert.equal(JSON.stringify(digits), `"${digits}"`);
  assert.doesNotMatch(digits, /[`$\\]/);
});

test("the built wasm takes two fifths of its bytes", async () => {
  const { text, size } = await pack(built);
  assert.ok((text.length * 6) / 8 < size * 0.42, `${text.length} characters for ${size} bytes`);
});

test("unpacking goes a byte at a time, and says which was the last", async () => {
  const { text, size, start } = await pack(small);
  const bytes = new Uint8Array(size);
  const next = createUnpacker(text, bytes, start);
  for (let at = 0; at < size; at++) {
    assert.deepEqual(bytes.subarray(at), new Uint8Array(size - at), `nothing beyond byte ${at}`);
    assert.equal(next(), at === size - 1);
    assert.equal(bytes[at], small[at]);
  }
});
