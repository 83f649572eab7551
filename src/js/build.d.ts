// What the build makes of the Rust code: package.json maps these names to
// target/js/.

declare module "#glue" {
  /**
   * Evaluates wasm-bindgen's glue afresh. The argument stands for the global
   * `WebAssembly` inside of it.
   */
  export default function createGlue(webAssembly?: typeof WebAssembly): {
    initSync(input: { module: WebAssembly.Module }): unknown;
    Source: import("./boundary.ts").SourceClass;
  };
}

declare module "#wasm-text" {
  /** The wasm, as `scripts/build/pack.mjs` spells it. */
  const text: string;
  export default text;
  /** Of the wasm, in bytes. */
  export const size: number;
  /** Where its first function begins. */
  export const start: number;
}
