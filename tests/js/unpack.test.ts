// The text that carries the wasm: what the build packs, the loader unpacks, all
// at once or in slices.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import text, { size, start } from "#wasm-text";
import { moduleOf, pack, startOfCode, unpack } from "../../scripts/build/pack.mjs";
import { createUnpacker, digits } from "../../src/js/unpack.ts";
import { logged, next } from "./support/fake.ts";
import { serve } from "./support/server.ts";

type Package = typeof import("../../src/js/index.ts");

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** A module whose functions have these bodies, none longer than 62 bytes. */
const moduleWith = (...bodies: number[][]) => {
  const code = bodies.flatMap((body) => [body.length + 2, 0, ...body, 0x0b]);
  const number = (value: number) => [(value & 127) | 128, value >> 7];
  return Uint8Array.from([
    ...header,
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, ...number(bodies.length + 2), ...number(bodies.length), ...bodies.map(() => 0)],
    ...[10, ...number(code.length + 2), ...number(bodies.length), ...code],
  ]);
};

/** Bytes from a seed (xorshift). */
const random = (seed: number, length: number) => {
  let state = seed * 0x9e3779b1 || 1;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 11;
  });
};

describe("what is packed comes back", () => {
  for (const [what, bytes] of [
    ["nothing", new Uint8Array()],
    ["every byte", Uint8Array.from([...everyByte, ...everyByte.toReversed()])],
    ["one byte", Uint8Array.of(0)],
    ["a module of nothing", Uint8Array.from(header)],
    ["a module without code", Uint8Array.from([...header, 0, 3, 1, 0x61, 7])],
    ["a module with a function", moduleWith([])],
    ["one and the same byte, often", new Uint8Array(5000).fill(0xff)],
    ["code that is none", moduleWith(...Array.from({ length: 60 }, (_, seed) => [...random(seed, 60)]))],
    ["code that ends in the midst of an instruction", moduleWith([0x0e]).slice(0, -1)],
  ] as const) {
    test(what, async () => assert.deepEqual(await unpack(await pack(bytes)), bytes));
  }

  test("random bytes, though they are no wasm, taken for code or not, with carries through several digits", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const bytes = random(seed, 100 * seed);
      for (const taken of [bytes, Uint8Array.from([...header, 10, 0, 0, ...bytes])]) {
        assert.deepEqual(await unpack(await pack(taken)), taken, `seed ${seed}`);
      }
    }
  });

  test("from the module that the build writes", async () => {
    const packed = await pack(moduleWith([0x01], [0x41, 7, 0x1a]));
    const { default: text, ...rest } = await import(
      `data:text/javascript,${encodeURIComponent(moduleOf(packed))}`
    );
    assert.deepEqual({ text, ...rest }, packed);
  });
});

test("the code begins where the first function does, or nowhere", () => {
  const wasm = moduleWith([0x01], [0x01]);
  assert.deepEqual([...wasm.slice(startOfCode(wasm))], [3, 0, 1, 0x0b, 3, 0, 1, 0x0b]);
  assert.equal(startOfCode(Uint8Array.from(header)), 8);
  assert.equal(startOfCode(Uint8Array.from([...header, 0, 3, 1, 0x61, 7])), 13);
});

test("no character of the text is escaped in a literal", async () => {
  assert.equal(new Set(digits).size, 64);
  assert.match(digits, /^[ -~]+$/);
  assert.doesNotMatch(digits, /[`$'"\\]/);
  for (const written of [digits, text, (await pack(random(1, 1000))).text]) {
    assert.equal(JSON.stringify(written), `"${written}"`);
  }
});

describe("the built wasm", () => {
  test("comes back as a module, and packed anew is the same text", async () => {
    const bytes = await unpack({ text, size, start });
    assert.ok(WebAssembly.validate(bytes));
    assert.deepEqual(await pack(bytes), { text, size, start });
  });

  test("takes little more than half of what base64 does, at most", () => {
    assert.ok(text.length < 0.55 * size * (4 / 3), `${text.length} characters for ${size} bytes`);
  });

  test("unpacks in slices, with another in between, as it does at once", async () => {
    const whole = await unpack({ text, size, start });
    const other = await pack(everyByte);
    const [bytes, others] = [new Uint8Array(size), new Uint8Array(256)];
    const next = createUnpacker(text, bytes, start);
    const nextOther = createUnpacker(other.text, others, other.start);
    for (let at = 1; at <= size; at++) {
      assert.equal(next(), at === size);
      if (at % 100 === 0 && at <= 25_600) assert.equal(nextOther(), at === 25_600);
    }
    assert.deepEqual(bytes, whole);
    assert.deepEqual(others, everyByte);
  });
});

describe("a copy of the package", () => {
  const url = "https://example.test/stream";

  /**
   * A fresh copy, and what it does from now on: the characters of the text that were read before each turn that was
   * waited for, and the modules that were made at once (by their size) or apart.
   */
  async function watched(name: string, refused = false) {
    const { ResilientEventSource } = (await import(
      new URL(`../../pkg/index.js?${name}`, import.meta.url).href
    )) as Package;
    const { charCodeAt } = String.prototype;
    const { MessageChannel, WebAssembly: wasm } = globalThis;
    const slices: number[] = [];
    let slice = 0;
    const made: number[] = [];
    let apart = 0;
    String.prototype.charCodeAt = function (at) {
      if (this.length === text.length) slice++;
      return charCodeAt.call(this, at);
    };
    globalThis.MessageChannel = class extends MessageChannel {
      constructor() {
        super();
        slices.push(slice);
        slice = 0;
      }
    };
    globalThis.WebAssembly = Object.create(wasm, {
      Module: {
        value: new Proxy(wasm.Module, {
          construct(target, [bytes]) {
            // Node's own fetch makes modules too.
            if (bytes.byteLength === 8 || bytes.byteLength === size) made.push(bytes.byteLength);
            if (refused) throw new wasm.CompileError("refused by Content-Security-Policy");
            return new target(bytes);
          },
        }),
      },
      compile: {
        value(bytes: BufferSource) {
          if (bytes.byteLength === size) apart++;
          return wasm.compile(bytes);
        },
      },
    });
    return {
      ResilientEventSource,
      slices,
      made,
      apart: () => apart,
      read: () => slices.reduce((sum, count) => sum + count, slice),
      restore() {
        String.prototype.charCodeAt = charCodeAt;
        Object.assign(globalThis, { MessageChannel, WebAssembly: wasm });
      },
    };
  }
  type Watched = Awaited<ReturnType<typeof watched>>;

  /** Opens a source with it. */
  async function opens({ ResilientEventSource }: Watched) {
    const server = await serve();
    const source = new ResilientEventSource(server.url);
    const open = next(source, "open");
    (await server.next()).stream();
    await open;
    source.close();
    await server.close();
  }

  test("unpacks at the first new, once", async () => {
    const copy = await watched("unpack at new");
    try {
      assert.equal(copy.read(), 0, "importing unpacks nothing");
      new copy.ResilientEventSource(url).close();
      assert.deepEqual([copy.read(), copy.made], [text.length, [8, size]]);
      new copy.ResilientEventSource(url).close();
      await copy.ResilientEventSource.preload();
      assert.deepEqual([copy.read(), copy.made, copy.apart()], [text.length, [8, size], 0]);
    } finally {
      copy.restore();
    }
  });

  test("is preloaded in slices, with a turn of the event loop after each", async () => {
    const copy = await watched("preload");
    try {
      let turns = 0;
      let over = false;
      const count = () => {
        turns++;
        if (!over) setImmediate(count);
      };
      setImmediate(count);
      await copy.ResilientEventSource.preload();
      over = true;
      assert.equal(copy.read(), text.length);
      assert.ok(copy.slices.length > 3 && turns > 2, `${copy.slices.length} slices, ${turns} turns`);
      assert.deepEqual([copy.made, copy.apart()], [[8], 1]);
      await opens(copy);
      assert.deepEqual([copy.read(), copy.made], [text.length, [8]], "new had nothing left to do");
    } finally {
      copy.restore();
    }
  });

  test("that is preloaded twice at once is unpacked once", async () => {
    const copy = await watched("preload twice");
    try {
      const { ResilientEventSource } = copy;
      await Promise.all([ResilientEventSource.preload(), ResilientEventSource.preload()]);
      assert.equal(copy.read(), text.length);
      await opens(copy);
    } finally {
      copy.restore();
    }
  });

  test("whose new comes in the midst of preload() finishes the job, and both work", async () => {
    const copy = await watched("new in preload");
    try {
      const preloaded = copy.ResilientEventSource.preload();
      await new Promise(setImmediate);
      const before = copy.read();
      assert.ok(before > 0 && before < text.length, `${before} characters`);
      const opened = opens(copy);
      await Promise.all([opened, preloaded]);
      assert.equal(copy.read(), text.length);
      assert.deepEqual([copy.made.at(-1), copy.apart()], [size, 0]);
      await opens(copy);
    } finally {
      copy.restore();
    }
  });

  test("where wasm is refused unpacks a header, and falls back", async () => {
    const copy = await watched("refused", true);
    try {
      await logged("warn", () => {
        const source = new copy.ResilientEventSource(url, { parse: JSON.parse });
        assert.deepEqual(copy.made, [8]);
        assert.ok(copy.read() < 32, `${copy.read()} characters`);
        source.close();
        new copy.ResilientEventSource(url, { parse: JSON.parse }).close();
        assert.deepEqual(copy.made, [8], "nor is it tried again");
      });
    } finally {
      copy.restore();
    }
  });
});
