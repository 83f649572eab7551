// @ts-check
// Empties functions that the linker keeps and nothing can call.
//
// js-sys declares functions of JavaScript that take closures. For each kind of closure wasm-bindgen has a shim, which JavaScript
// calls by the export that wasm-bindgen gives to those in use. The others stay behind: the code that described
// them put them into the function table, and a table's entries are roots to every later tool. So are the wakers of
// js-sys's tasks, of which none is spawned here. Measured: 0.7 KB of 34.8, 0.2 KB of what a page downloads.
const shims = /wasm_bindgen\[?\w*\]?::convert::closures::_::invoke|js_sys\[?\w*\]?::futures::jspi/;

/**
 * @param {Uint8Array} wasm with its names
 * @returns {Promise<Uint8Array>}
 */
export async function dropShims(wasm) {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(wasm);
  try {
    const exported = new Set();
    for (let i = 0; i < module.getNumExports(); i++) {
      const { value } = binaryen.getExportInfo(module.getExportByIndex(i));
      exported.add(value);
      // One with references among its arguments is exported by a wrapper, which calls it.
      exported.add(value.replace(/ externref shim$/, ""));
    }
    const dead = Array.from({ length: module.getNumFunctions() }, (_, index) =>
      binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
    ).filter(({ name, module: from }) => !from && !exported.has(name) && shims.test(name));
    for (const { name, params, results } of dead) {
      module.removeFunction(name);
      // What can't be called may trap.
      module.addFunction(name, params, results, [], module.unreachable());
    }
    if (dead.length === 0) throw new Error("the wasm has no shims to drop: has it lost its names?");
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
