// Rollup itself resolves no package: every project that imports one has this plugin.
import resolve from "@rollup/plugin-node-resolve";

export default { input: "src/main.js", output: { dir: "public", format: "es" }, plugins: [resolve()] };
