// @ts-check
// `npm run bench:dispatch`: what may pass between two events of one chunk. Nothing, some turns of the microtask queue, or a
// task: what each costs, and how many events a consumer sees that awaits them one by one.
import { runMain } from "../lib/log.mjs";
import { ensureNpmPackages } from "../setup/npm.mjs";
import { bundle, inEngines } from "./engines.mjs";

const file = "src/js/dispatch.ts";
const wait = "for (let turn = TURNS; turn--; ) await 0;";

await runMain(async () => {
  await ensureNpmPackages();
  const program = "scripts/bench/programs/dispatch.mjs";
  /** @param {number} count */
  const turns = (count) => bundle(program, { [file]: [["const TURNS = 8;", `const TURNS = ${count};`]] });
  const ways = {
    "nothing between": await turns(0),
    "1 microtask turn": await turns(1),
    "8 turns (shipped)": await bundle(program),
    "a task": await bundle(program, { [file]: [[wait, "await new Promise<void>(task);"]] }),
  };
  console.log(
    "Of 10,000 events of one chunk: the time for each with one listener, and the share that a consumer sees",
  );
  console.log("which awaits one, and then 0, 2, 5 or 12 promises more, before it listens for the next.");
  await inEngines(async ({ name, run }) => {
    console.log(`\n${name.padEnd(20)}  time for an event      0      2      5     12`);
    for (const [way, script] of Object.entries(ways)) {
      const { cost, shares } = /** @type {{ cost: number, shares: number[] }} */ (await run(script));
      const percent = shares.map((share) => `${(share * 100).toFixed(0)} %`.padStart(7)).join("");
      console.log(`${way.padEnd(20)}${`${cost.toFixed(2)} µs`.padStart(19)}${percent}`);
    }
  });
});
