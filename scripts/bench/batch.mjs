// @ts-check
// `npm run bench:batch`: the ways of a chunk's events out of wasm memory. One text, cut at line feeds or by a table of lengths;
// or a string for each field, without the calls that those would need.
import { runMain } from "../lib/log.mjs";
import { ensureNpmPackages } from "../setup/npm.mjs";
import { bundle, inEngines } from "./engines.mjs";

await runMain(async () => {
  await ensureNpmPackages();
  const script = await bundle("scripts/bench/programs/batch.mjs");
  console.log("The time for an event with a type, 60 bytes of data and an id.");
  await inEngines(async ({ name, run }) => {
    console.log(`\n${name.padEnd(28)} line feeds (shipped)   lengths   strings`);
    for (const [chunk, ...times] of /** @type {[string, ...number[]][]} */ (await run(script))) {
      const [feeds, lengths, strings] = times.map((time) => `${time.toFixed(0)} ns`);
      console.log(
        `${chunk.padEnd(28)}${feeds?.padStart(21)}${lengths?.padStart(10)}${strings?.padStart(10)}`,
      );
    }
  });
});
