// The text that carries the wasm: what the build writes, the loader reads back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { digits, toText } from "../../scripts/build/wasm-text.mjs";
import { fromText } from "../../src/js/text.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

test("every byte comes back, whichever bytes are frequent", () => {
  for (const frequent of [0, 0x20, 0x7f, 0xff]) {
    const bytes = Uint8Array.from([...everyByte, ...new Array(9).fill(frequent), ...everyByte.toReversed()]);
    assert.deepEqual(fromText(toText(bytes)), bytes);
  }
});

test("nothing comes back as nothing", () => {
  assert.deepEqual(fromText(toText(new Uint8Array())), new Uint8Array());
});

test("the text is printable ASCII that no literal escapes", () => {
  assert.match(toText(everyByte), /^[ -~]+$/);
  assert.equal(JSON.stringify(digits), `"${digits}"`);
  assert.doesNotMatch(digits, /[`$]/);
});

test("a frequent byte takes one character", () => {
  const bytes = new Uint8Array(1000).fill(0xfe);
  assert.equal(toText(bytes).length, 64 + 1000);
});
