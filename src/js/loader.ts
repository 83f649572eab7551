// The wasm, from text to a running instance, and the guard around it: a trap
// kills an instance, not the page. No knowledge of sources.
import createGlue from "#glue";
import text, { size, start } from "#wasm-text";
import type { SourceClass } from "./boundary.ts";
import { task } from "./tasks.ts";
import { createUnpacker } from "./unpack.ts";

/** How long `preload` unpacks between two turns of the event loop, in milliseconds, and how many bytes at a time. */
const SLICE = 4;
const STEP = 64;

/** The magic number and the version: a module by itself. */
const HEADER = 8;

let compiled: WebAssembly.Module | undefined;
/** The wasm so far, and what unpacks its next byte; let go of once it is compiled. */
let bytes: Uint8Array<ArrayBuffer> | undefined;
let next: (() => boolean) | undefined;
let whole = false;

/** Unpacks so many bytes more. */
const unpack = (most: number): Uint8Array<ArrayBuffer> => {
  bytes ??= new Uint8Array(size);
  next ??= createUnpacker(text, bytes, start);
  while (most-- && !whole) whole = next();
  return bytes;
};

/** A header is a module. Where wasm is refused, that shows before the time for the rest is spent. */
const tryHeader = (): void => {
  if (!compiled) new WebAssembly.Module(unpack(HEADER).slice(0, HEADER));
};

const release = (): void => {
  bytes = next = undefined;
  whole = false;
};

/**
 * Unpacks ahead of time, never long enough to block the page, and compiles off the main thread where the
 * engine can. Where wasm is refused, nothing: `new` tells.
 */
export async function preload(): Promise<void> {
  try {
    tryHeader();
    while (!compiled && !whole) {
      const until = performance.now() + SLICE;
      do unpack(STEP);
      while (!whole && performance.now() < until);
      await new Promise<void>(task);
    }
    if (!compiled) compiled = await WebAssembly.compile(unpack(0));
  } catch {}
  release();
}

/** One instance of the wasm. */
export interface Machine {
  readonly Source: SourceClass;
  /** Tells of its death, if that could not be told when it happened. */
  tell(): void;
}

const compile = (): WebAssembly.Module => {
  try {
    tryHeader();
    return new WebAssembly.Module(unpack(size));
  } finally {
    release();
  }
};

/**
 * Makes an instance, compiling at the first call. Synchronous, so that the
 * constructor is; engines allow 8 MB.
 *
 * Whatever leaves an export as an exception kills the instance, not only a
 * `RuntimeError`: it has unwound Rust frames without running what they owe, so a
 * borrow or a lock may stay taken. The guard sits at the exports and not at the
 * class's calls, since timers and promises call wasm too.
 *
 * @param trapped called once, when the instance has died; from then on every call into it does nothing
 * @throws whatever the engine throws where it refuses wasm
 */
export function instantiate(trapped: (error: unknown) => void): Machine {
  compiled ??= compile();
  let dead: [error: unknown] | undefined;
  let told = false;
  // What trapped may be a stack that is used up, and then telling fails too; the
  // next call into the instance tells.
  const tell = () => {
    if (!dead || told) return;
    try {
      told = true;
      trapped(dead[0]);
    } catch {
      told = false;
    }
  };
  class Instance {
    readonly exports: Record<string, unknown> = {};
    constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
      for (const [name, value] of Object.entries(new WebAssembly.Instance(module, imports).exports)) {
        this.exports[name] =
          typeof value !== "function"
            ? value
            : (...args: unknown[]) => {
                if (!dead)
                  try {
                    return value(...args);
                  } catch (error) {
                    // What traps on its way out through several exports is one death.
                    dead ??= [error];
                  }
                tell();
              };
      }
    }
  }
  const glue = createGlue(Object.create(WebAssembly, { Instance: { value: Instance } }));
  glue.initSync({ module: compiled });
  // A trap in the start function.
  if (dead) throw dead[0];
  return { Source: glue.Source, tell };
}
