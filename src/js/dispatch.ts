// The events of one chunk, out of wasm memory, and the pace at which they are
// dispatched. What becomes of an event is the class's.
import { task } from "./tasks.ts";

/** The most work between two turns of the event loop, in milliseconds. */
const SLICE = 8;

/**
 * Microtask turns between two events, so that a consumer that awaits event by
 * event misses none. Measured: back to back one of three arrived, with eight all, for 7 % of the time.
 */
const TURNS = 8;

/** Flags of a row: the block had an `id:` of its own; it is an event. */
const HAS_ID = 1;
const DISPATCH = 2;

/** Numbers in a row of the table. */
const COLUMNS = 3;

/** A block: without data it is no event, without an id it keeps the last one. */
export type Row = readonly [type: string, data?: string | undefined, id?: string | undefined];

/** Made at the first need: jsdom has none, and a page's tests may import what they do not use. */
let decoder: TextDecoder;

/**
 * The rows as the parser left them: a text with a line feed behind each field, and a table whose rows tell the flags
 * and how many line feeds are within the data. Both are views of wasm memory, and nothing of them is kept.
 */
export const readRows = (bytes: Uint8Array, table: Uint32Array): Row[] => {
  decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
  const text = decoder.decode(bytes);
  let at = 0;
  const take = (feeds = 0) => {
    const start = at;
    for (let line = 0; line <= feeds; line++) at = text.indexOf("\n", at) + 1;
    return text.slice(start, at - 1);
  };
  const rows: Row[] = [];
  for (let row = 0; row < table.length; row += COLUMNS) {
    const cell = (column: number) => table[row + column] as number;
    const flags = cell(0);
    const type = take() || "message";
    const data = take(cell(1));
    const id = take();
    rows.push([type, flags & DISPATCH ? data : undefined, flags & HAS_ID ? id : undefined]);
  }
  return rows;
};

/** When work began in this turn of the event loop; undefined before. Chunks that queue up come without a turn between them. */
let began: number | undefined;

const sinceTurn = (): number => {
  if (began === undefined) {
    began = performance.now();
    task(() => {
      began = undefined;
    });
  }
  return performance.now() - began;
};

/**
 * Goes through a batch: one row at a time, never long enough to block the page.
 *
 * @param isCurrent whether the batch is still to be dispatched: a handler may have ended that
 * @param to.commit comes before the page gets a turn
 */
export const pace = async (
  batch: readonly Row[],
  isCurrent: () => boolean,
  to: { commit(): void; dispatch(row: Row): void },
): Promise<void> => {
  for (const row of batch) {
    for (let turn = TURNS; turn--; ) await 0;
    while (sinceTurn() >= SLICE) {
      to.commit();
      await new Promise<void>(task);
    }
    if (!isCurrent()) return;
    to.dispatch(row);
  }
};
