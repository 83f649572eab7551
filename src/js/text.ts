// From the text that carries the wasm to its bytes. `scripts/build/wasm-text.mjs`
// writes it, and tells why it is what it is.

/** Digits that only announce a second one. */
const PREFIXES = 2;

/** A bit for each byte with a digit of its own. */
const HEAD = 64;

export function fromText(text: string): Uint8Array<ArrayBuffer> {
  const digits: number[] = [];
  let base = 0;
  for (let code = 32; code < 127; code++) {
    if (!'"$\\`'.includes(String.fromCharCode(code))) digits[code] = base++;
  }
  const common: number[] = [];
  const rare: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const bits = Number.parseInt(text.charAt(byte >> 2), 16);
    (bits & (1 << (byte & 3)) ? common : rare).push(byte);
  }
  const bytes: number[] = [];
  let at = HEAD;
  const next = () => digits[text.charCodeAt(at++)] as number;
  while (at < text.length) {
    const digit = next();
    bytes.push((digit < PREFIXES ? rare[digit * base + next()] : common[digit - PREFIXES]) as number);
  }
  return Uint8Array.from(bytes);
}
