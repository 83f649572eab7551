// From bytes of a stream to events.
import { assert } from "chai";
import { group } from "../support/check.ts";
import { type Piece, stream } from "../support/script.ts";

const { checks, check } = group();

/** What tells that all before it was read. */
const last = "event: last\ndata: last\n\n";

/** Data of the events named `message` or `x`, in order; a type other than `message`, and an id, are put before it. */
type Told = readonly string[];

const cases: [id: string, rule: string, body: readonly Piece[], told: Told][] = [
  ["data", "a block of one line of data is an event", ["data: one\n\n"], ["one"]],
  ["data-lines", "lines of data are joined by LF", ["data: a\ndata:\ndata\ndata: b\n\n"], ["a\n\n\nb"]],
  ["data-empty", "an empty line of data is an event with empty data", ["data\n\ndata:\n\n"], ["", ""]],
  ["data-two-empty", "two of them are one LF", ["data\ndata\n\n"], ["\n"]],
  ["no-data", "a block without data is no event", ["event: x\n\nid: 1\n\n:\n\n", "data: y\n\n"], ["#1 y"]],
  [
    "colon-space",
    "one space after the colon is dropped, no more and no tab",
    ["data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\ndata: a \n\n"],
    ["a", "a", " a", "\ta", "a "],
  ],
  [
    "colon-more",
    "colons after the first belong to the value",
    ["data: a:b: c\n\ndata:::\n\n"],
    ["a:b: c", "::"],
  ],
  [
    "line-ends",
    "LF, CR and CRLF end a line, mixed too",
    ["data: a\n\ndata: b\r\rdata: c\r\n\r\ndata: d\r\n\ndata: e\n\r\n"],
    ["a", "b", "c", "d", "e"],
  ],
  [
    "crlf-split",
    "a CRLF that is cut in two is one line end",
    ["data: a\r", { wait: 40 }, "\ndata: b\r\n", { wait: 40 }, "\r", { wait: 40 }, "\ndata: c\n\n"],
    ["a\nb", "c"],
  ],
  [
    "other-ends",
    "nothing else ends a line",
    ["data: a\u2028b\u2029c\u0085d\v\f\n\n"],
    ["a\u2028b\u2029c\u0085d\v\f"],
  ],
  [
    "comments",
    "lines that begin with a colon are nothing",
    [": data: x\n:\n:\n\n:data: y\ndata: z\n:\n\n"],
    ["z"],
  ],
  [
    "unknown-field",
    "unknown fields are nothing; names are matched as they are, case and spaces included",
    ["Data: a\nDATA: b\n data: c\ndata : d\nda\u200Bta: e\nfoo: bar\nfoo\ndata: f\n\n"],
    ["f"],
  ],
  [
    "event-type",
    "`event` names the type, of one block, and the last one counts",
    ["event: y\nevent: x\ndata: a\n\ndata: b\n\n"],
    ["x a", "b"],
  ],
  [
    "event-empty",
    "an empty `event` is `message`, after another too",
    ["event: x\nevent:\ndata: a\n\nevent\ndata: b\n\nevent: \ndata: c\n\n"],
    ["a", "b", "c"],
  ],
  ["event-without-data", "a type without data does not last", ["event: x\n\ndata: a\n\n"], ["a"]],
  [
    "id",
    "`id` sets `lastEventId`, which lasts",
    ["id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n"],
    ["#1 a", "#1 b", "#2 c"],
  ],
  [
    "id-empty",
    "an empty `id` takes it back",
    ["id: 1\ndata: a\n\nid\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\n"],
    ["#1 a", "b", "#2 c", "d"],
  ],
  ["id-nul", "an `id` with NUL is nothing", ["id: 1\nid: 2\0\ndata: a\n\n"], ["#1 a"]],
  [
    "id-spaces",
    "an `id` keeps its spaces, colons and characters",
    ["id:  a : ü…𝄞 \ndata: a\n\n"],
    ["# a : ü…𝄞  a"],
  ],
  [
    "id-without-data",
    "a block with an id alone sets it for those that follow",
    ["id: 7\n\ndata: a\n\n"],
    ["#7 a"],
  ],
  ["nul", "NUL in data and in types stays", ["data: a\0b\n\n"], ["a\0b"]],
  [
    "bom",
    "one BOM at the beginning is nothing, a second one belongs to the line",
    [{ bytes: [0xef, 0xbb, 0xbf] }, "data: a\n\n", "\uFEFFdata: b\n\ndata: c\uFEFF\n\n"],
    ["a", "c\uFEFF"],
  ],
  [
    "bom-twice",
    "the second of two at the beginning spoils the first line",
    ["\uFEFF\uFEFFdata: a\n\ndata: b\n\n"],
    ["b"],
  ],
  [
    "bom-split",
    "a BOM may come byte by byte",
    [{ bytes: [0xef] }, { wait: 40 }, { bytes: [0xbb] }, { wait: 40 }, { bytes: [0xbf] }, "data: a\n\n"],
    ["a"],
  ],
  [
    "utf-8-invalid",
    "what is no UTF-8 is U+FFFD, a character for each maximal part",
    [
      "data: ",
      { bytes: [0xff, 0x41, 0xc3, 0x41, 0xe2, 0x82, 0x41, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98] },
      "\n\n",
    ],
    ["\uFFFDA\uFFFDA\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD"],
  ],
  [
    "utf-8-split",
    "a character may be cut between chunks",
    ["data: ", { bytes: [0xf0, 0x9f] }, { wait: 40 }, { bytes: [0x98, 0x80] }, "\n\n"],
    ["😀"],
  ],
  ["blocks-empty", "empty blocks are nothing", ["\n\n\r\n\r\n\r\rdata: a\n\n\n\n\n"], ["a"]],
  [
    "one-by-one",
    "a stream may come byte by byte",
    [..."event: x\r\nid: ü\r\ndata: a\r\n\r\n"].flatMap((char) => [char, { wait: 1 }]),
    ["x #ü a"],
  ],
  [
    "long",
    "a line of a megabyte is a line",
    [`data: ${"long ".repeat(200_000)}\n\n`],
    ["long ".repeat(200_000)],
  ],
];

for (const [id, rule, body, told] of cases) {
  check(id, rule, async (trial) => {
    const { source, recording } = await trial.play(stream(...body, last), "x", "y");
    await trial.record(source, "last").reach(1);
    const heard = recording.events.map(({ type, lastEventId, data }) =>
      [...(type === "message" ? [] : [type]), ...(lastEventId ? [`#${lastEventId}`] : []), data].join(" "),
    );
    assert.deepEqual(heard, told);
  });
}

check(
  "unfinished",
  "a block that the stream's end cuts off is no event, and its id is none",
  async (trial) => {
    const { url, recording } = await trial.play([
      { body: ["retry: 1\nid: 1\ndata: a\n\nid: 2\ndata: b\n"], end: "end" },
      stream("data: c\n\n"),
    ]);
    await recording.reach(3);
    assert.deepEqual(recording.types, ["message", "error", "message"]);
    assert.deepEqual(recording.data, ["a", undefined, "c"]);
    const asked = await trial.asked(url, { requests: 2 });
    assert.equal(asked[1]?.headers["last-event-id"], "1");
  },
);

check(
  "fresh-parser",
  "a reconnection begins with an empty buffer, and a BOM may come again",
  async (trial) => {
    const { recording } = await trial.play([
      { body: ["retry: 1\ndata: a\n\nevent: x\ndata: left"], end: "end" },
      stream("\uFEFFdata: b\n\n"),
    ]);
    await recording.reach(3);
    assert.deepEqual(
      recording.events.slice(2).map(({ type, data }) => [type, data]),
      [["message", "b"]],
    );
  },
);

export const parsing = checks;
