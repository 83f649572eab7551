// @ts-check
// Three ways for the events of a chunk to come out of wasm memory, each as Rust would leave it: as shipped, decoded once and cut
// at the line feeds behind the fields; cut by a table of lengths in bytes, which hold for the text where all is ASCII; and
// each field decoded by itself, as wasm-bindgen makes strings.
import { readRows } from "../../../src/js/dispatch.ts";
import { median } from "./measure.mjs";

/** @typedef {import("../../../src/js/dispatch.ts").Row} Row */
/** @typedef {{ bytes: Uint8Array, feeds: Uint32Array, lengths: Uint32Array }} Chunk */

const ROWS = 40_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * @param {number} events
 * @param {string} data
 * @returns {Chunk}
 */
function chunk(events, data) {
  const rows = Array.from({ length: events }, (_, i) => ["log", data, `${1000 + i}`]);
  const text = encoder.encode(rows.flatMap((row) => row.map((field) => `${field}\n`)).join(""));
  const memory = new WebAssembly.Memory({ initial: 1 + ((text.length + events * 32) >> 16) });
  let at = 0;
  /** @param {number[]} numbers */
  const table = (numbers) => {
    const view = new Uint32Array(memory.buffer, at, numbers.length);
    at += view.byteLength;
    view.set(numbers);
    return view;
  };
  const feeds = table(rows.flatMap(() => [3, 0, 0]));
  const lengths = table(rows.flatMap((row) => [3, ...row.map((field) => encoder.encode(field).length), 0]));
  const bytes = new Uint8Array(memory.buffer, at, text.length);
  bytes.set(text);
  return { bytes, feeds, lengths };
}

/**
 * @param {Uint32Array} table of lengths
 * @param {(start: number, end: number) => string} cut
 */
function byLengths(table, cut) {
  /** @type {Row[]} */
  const rows = [];
  let at = 0;
  /** @param {number} cell */
  const take = (cell) => {
    const start = at;
    at += (table[cell] ?? 0) + 1;
    return cut(start, at - 1);
  };
  for (let row = 0; row < table.length; row += 5) {
    const flags = table[row] ?? 0;
    const [type, data, id] = [take(row + 1) || "message", take(row + 2), take(row + 3)];
    rows.push([type, flags & 2 ? data : undefined, flags & 1 ? id : undefined]);
  }
  return rows;
}

/** @type {readonly ((chunk: Chunk) => Row[])[]} */
const ways = [
  ({ bytes, feeds }) => readRows(bytes, feeds),
  ({ bytes, lengths }) => {
    const text = decoder.decode(bytes);
    return byLengths(lengths, (start, end) =>
      text.length === bytes.length ? text.slice(start, end) : decoder.decode(bytes.subarray(start, end)),
    );
  },
  ({ bytes, lengths }) => byLengths(lengths, (start, end) => decoder.decode(bytes.subarray(start, end))),
];

/** @returns for each chunk what it is, and each way's time for an event in nanoseconds */
export async function run() {
  const texts = {
    ASCII: "sixty bytes of text, as a log line of a dashboard has them..",
    "not ASCII": "sechzig Bytes Text, darunter Umlaute: ä, ö, ü, und ein €",
  };
  /** @type {[string, ...number[]][]} */
  const results = [];
  for (const [name, data] of Object.entries(texts)) {
    for (const events of [1, 16, 1000]) {
      const given = chunk(events, data);
      const read = new Set(ways.map((way) => JSON.stringify(way(given))));
      if (read.size > 1) throw new Error("the ways differ");
      const times = [];
      for (const way of ways) {
        let rows = 0;
        const took = await median(9, () => {
          for (let done = 0; done < ROWS; done += events) rows += way(given).length;
        });
        if (rows < ROWS) throw new Error(`${rows} rows`);
        times.push((took / ROWS) * 1e6);
      }
      results.push([`${name}, ${events} in a chunk`, ...times]);
    }
  }
  return results;
}
