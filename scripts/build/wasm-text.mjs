// @ts-check
// The wasm as text that JavaScript can carry: one printable ASCII character for
// each of the most frequent bytes, two for each of the others. `src/js/text.ts`
// reads it back.
//
// Measured on this wasm (37,607 bytes; 18,332 after gzip -9): base64 23,138 after
// gzip, hexadecimal 20,031, latin-1 18,696, this 18,223; with brotli hexadecimal
// 17,542 and this 16,790. It stays byte for byte what deflate sees in the wasm,
// and is plain ASCII, so no server's charset can break it.

/** Printable ASCII but for what a string literal or a template would escape. */
export const digits = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
  .filter((character) => !'"$\\`'.includes(character))
  .join("");

/** Digits that only announce a second one: enough for the bytes without a digit of their own. */
export const PREFIXES = 2;

/**
 * 64 hexadecimal digits, a bit for each byte that has a digit of its own (the
 * lowest bit first), and then the bytes.
 * @param {Uint8Array} bytes
 */
export function toText(bytes) {
  /** @type {number[]} */
  const count = new Array(256).fill(0);
  for (const byte of bytes) count[byte] = (count[byte] ?? 0) + 1;
  const byFrequency = [...count.keys()].sort((a, b) => (count[b] ?? 0) - (count[a] ?? 0));
  const common = new Set(byFrequency.slice(0, digits.length - PREFIXES));
  let head = "";
  for (let byte = 0; byte < 256; byte += 4) {
    head += [0, 1, 2, 3].reduce((sum, bit) => sum | (+common.has(byte + bit) << bit), 0).toString(16);
  }
  /** @type {string[]} */
  const spelt = [];
  let own = PREFIXES;
  let rare = 0;
  for (let byte = 0; byte < 256; byte++) {
    if (common.has(byte)) spelt.push(digits.charAt(own++));
    else {
      spelt.push(digits.charAt(Math.floor(rare / digits.length)) + digits.charAt(rare % digits.length));
      rare++;
    }
  }
  return head + Array.from(bytes, (byte) => spelt[byte]).join("");
}
