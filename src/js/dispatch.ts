// The events of one chunk, read one at a time. What becomes of an event is the
// class's; the pace is told here.

/** The most work between two turns of the event loop, in milliseconds. */
export const SLICE = 8;

/**
 * Microtask turns between two events, so that a consumer that awaits event by
 * event misses none. Measured: back to back one of three arrived, with eight all, for 7 % of the time.
 */
export const TURNS = 8;

/** Flags of a row: the block had an `id:` of its own; it is an event. */
export const HAS_ID = 1;
export const DISPATCH = 2;

/** Numbers in a row of the table. */
const COLUMNS = 5;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Events in order, as the parser left them: a text, and a table of where each part lies. */
export class Batch {
  /** Rows that were read; the fields below are of the last of them. */
  rows = 0;
  /** Rows that were dispatched, the one being dispatched among them. */
  done = 0;
  /** Set when an event ends the stream: no later one is dispatched. */
  over = false;
  flags = 0;
  type = "";
  data = "";
  id = "";
  /** A string where each byte became one unit: only there are lengths in bytes lengths in the text. */
  readonly #text: string | Uint8Array;
  readonly #table: Uint32Array;
  #at = 0;

  /** Both are copied: they are views of wasm memory, which may move when it grows. */
  constructor(bytes: Uint8Array, table: Uint32Array) {
    const text = decoder.decode(bytes);
    this.#text = text.length === bytes.length ? text : bytes.slice();
    this.#table = table.slice();
  }

  /** Reads the next row; false where there is none. */
  next(): boolean {
    const row = this.rows * COLUMNS;
    const cell = (column: number) => this.#table[row + column] as number;
    const take = (column: number) => {
      const start = this.#at;
      this.#at += cell(column) + 1;
      const part = this.#text.slice(start, this.#at - 1);
      return typeof part === "string" ? part : decoder.decode(part);
    };
    if (row === this.#table.length) return false;
    this.rows++;
    this.flags = cell(0);
    this.type = take(1) || "message";
    this.data = take(2);
    this.id = take(3);
    return true;
  }
}
