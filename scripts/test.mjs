// @ts-check
// `npm test`: installs what the tests need, then runs every one of them.
//
//     npm test                        all stages
//     npm test -- --only native,js    some of them
//     npm test -- --list              their names
import { parseArgs } from "node:util";
import { isEnding } from "./lib/children.mjs";
import { bold, duration, green, red, runMain, say, UserError } from "./lib/log.mjs";
import { install } from "./test/needs.mjs";
import { stages } from "./test/stages.mjs";

const { values } = parseArgs({ options: { only: { type: "string" }, list: { type: "boolean" } } });

/** @param {import("./test/stages.mjs").Stage} stage */
const isForHere = ({ platform = process.platform }) => platform === process.platform;

/** @returns {typeof stages} */
function chosen() {
  if (values.only === undefined) return stages.filter(isForHere);
  const names = values.only.split(",");
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    throw new UserError(
      `No stage ${unknown.join(", ")}; there are ${stages.map(({ name }) => name).join(", ")}.`,
    );
  }
  return stages.filter(({ name }) => names.includes(name));
}

async function main() {
  if (values.list) return say(stages.map(({ name, what }) => `${name.padEnd(12)}${what}`).join("\n"));
  const selected = chosen();
  const began = Date.now();
  const tools = await install(new Set(selected.flatMap(({ needs }) => needs)));
  say(`Everything needed is there (${duration(Date.now() - began)}).`);

  /** @type {{ name: string, what: string, ms: number, error: string | undefined }[]} */
  const results = [];
  for (const [i, { name, what, run }] of selected.entries()) {
    if (isEnding()) throw new UserError("Interrupted.");
    say(bold(`\n── ${i + 1}/${selected.length} ${name}: ${what}`));
    const start = Date.now();
    let error;
    try {
      await run(tools);
    } catch (thrown) {
      error =
        thrown instanceof UserError ? thrown.message : String(/** @type {any} */ (thrown)?.stack ?? thrown);
      say(red(error));
    }
    results.push({ name, what, ms: Date.now() - start, error });
  }

  say(bold(`\n── summary, after ${duration(Date.now() - began)}`));
  for (const { name, what, ms, error } of results) {
    const verdict = error === undefined ? green("passed") : red("FAILED");
    say(`${verdict}  ${duration(ms).padStart(12)}  ${name.padEnd(12)}${what}`);
  }
  if (values.only === undefined) {
    for (const { name, what, platform } of stages.filter((stage) => !isForHere(stage))) {
      say(`left out, for it needs ${platform}: ${name}, ${what}`);
    }
  }
  const failed = results.filter(({ error }) => error !== undefined);
  for (const { name, error } of failed) say(red(`${name}: ${error?.split("\n")[0]}`));
  console.log(`\n${results.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
}

runMain(main);
