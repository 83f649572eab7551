// @ts-check
// The wasm as text that JavaScript can carry: arithmetic coding over the model
// of `src/js/model.ts`, six bits a character. `src/js/unpack.ts` reads it back. What it saves and costs:
// `npm run bench:text`, and ARCHITECTURE.md, "Decisions".
import { importTs } from "../lib/import-ts.mjs";

const CODE_SECTION = 10;

/**
 * Where the first function's body begins; the end of a module without one.
 * @param {Uint8Array} wasm
 */
export function startOfCode(wasm) {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < wasm.length) {
    const section = wasm[at++];
    const size = leb();
    if (section === CODE_SECTION) {
      leb();
      return at;
    }
    // What is no wasm may give a length below zero.
    at += size >>> 0;
  }
  return wasm.length;
}

/**
 * @typedef {object} Packed
 * @property {string} text
 * @property {number} size of the wasm, in bytes
 * @property {number} start where its first function begins
 */

/**
 * The module that the loader imports as "#wasm-text".
 * @param {Packed} packed
 */
export const moduleOf = ({ text, size, start }) =>
  `export default ${JSON.stringify(text)};\nexport const size = ${size};\nexport const start = ${start};\n`;

/**
 * What the loader does.
 * @param {Packed} packed
 */
export async function unpack({ text, size, start }) {
  const { createUnpacker } = await importTs("src/js/unpack.ts");
  const bytes = new Uint8Array(size);
  const next = createUnpacker(text, bytes, start);
  while (!next());
  return bytes;
}

/**
 * @param {Uint8Array} wasm
 * @returns {Promise<Packed>}
 */
export async function pack(wasm) {
  const { createModel, digits } = await importTs("src/js/unpack.ts");
  const start = startOfCode(wasm);
  /** @type {number[]} */
  const out = [];
  let low = 0;
  let range = 1;
  let position = 0;
  const shift = () => {
    let carry = Math.floor(low / 2 ** 24);
    low = (low % 2 ** 24) * 64;
    out.push(0);
    for (let digit = out.length - 1; carry > 0; digit--) {
      const sum = (out[digit] ?? 0) + carry;
      out[digit] = sum & 63;
      carry = sum >> 6;
    }
  };
  const next = createModel(new Uint8Array(wasm.length), start, (/** @type {number} */ probability) => {
    while (range < 2 ** 24) {
      range *= 64;
      shift();
    }
    const split = (range >> 16) * probability;
    const bit = ((wasm[position >> 3] ?? 0) >> (7 - (position & 7))) & 1;
    position++;
    if (bit) range = split;
    else {
      low += split;
      range -= split;
    }
    return bit;
  });
  while (!next());
  // `low` holds four digits and a carry; those that came before the first bit are none.
  for (let digit = 0; digit < 5; digit++) shift();
  return {
    text: out
      .slice(5)
      .map((digit) => digits[digit])
      .join(""),
    size: wasm.length,
    start,
  };
}
