// The matrix of tools that use the package: installs, builds and runs each app
// of tests/packaging/apps, one row after the other.
//
//     npm run test:packaging                       all rows
//     npm run test:packaging -- --only vite,jest   those of some apps, or of some names
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { bold, duration, green, red, runMain, say, UserError } from "../../../scripts/lib/log.mjs";
import { tryRun } from "../../../scripts/lib/run.mjs";
import { prepare } from "./install.ts";
import { checkPage, quitBrowser } from "./page.ts";
import { chosen, type Row } from "./rows.ts";
import { expected, serveStream } from "./stream.ts";

interface Result {
  readonly row: Row;
  readonly version: string;
  readonly ms: number;
  readonly size: number | undefined;
  readonly error: string | undefined;
}

/** No tool may hang a test run, nor ask anybody but this machine. */
const LIMIT = 240_000;
const quiet = { NEXT_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", CI: "true", NO_COLOR: "1" };

/** Runs one of an app's programs and returns what it printed; throws with that. */
async function program(cwd: string, [name = "", ...args]: readonly string[], env: NodeJS.ProcessEnv) {
  const file = name === "node" ? process.execPath : path.join(cwd, "node_modules/.bin", name);
  const signal = AbortSignal.timeout(LIMIT);
  const { code, output, stdout } = await tryRun(file, args, { cwd, env, quiet: true, signal });
  const ended = signal.aborted ? `did not end within ${duration(LIMIT)}` : `ended with ${code}`;
  if (code !== 0) throw new UserError(`\`${[name, ...args].join(" ")}\` ${ended}\n${output}`);
  return stdout;
}

/** The gzipped JavaScript of the files that hold the package. */
function weigh(folder: string): number {
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => readFileSync(path.join(folder, file)))
    .filter((text) => /Symbol\.for\(["'`]resilient-eventsource["'`]\)/.test(text.toString()));
  assert.ok(texts.length > 0, `no file in ${folder} holds the package`);
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}

/** @returns what it weighs, where that can be said */
async function runRow(row: Row, cwd: string, stream: string): Promise<number | undefined> {
  const env = { ...process.env, ...quiet, STREAM: stream, EXPECTED: JSON.stringify(expected) };
  for (const command of row.build ?? []) await program(cwd, command, env);
  if ("page" in row) await checkPage(row, cwd, stream, env);
  if ("tests" in row) for (const command of row.tests) await program(cwd, command, env);
  if ("process" in row) assert.deepEqual(JSON.parse(await program(cwd, row.process, env)), expected);
  if ("most" in row) {
    for (const [file, most] of Object.entries(row.most)) {
      const { length } = readFileSync(path.join(cwd, file));
      assert.ok(length <= most, `${file} has ${length} bytes, more than ${most}`);
    }
  }
  return row.output === undefined ? undefined : weigh(path.join(cwd, row.output));
}

function versionOf(row: Row, cwd: string): string {
  const { tool } = row;
  if (!tool) return "process" in row ? process.versions.node : "";
  return JSON.parse(readFileSync(path.join(cwd, "node_modules", tool, "package.json"), "utf8")).version;
}

async function runAll(selected: readonly Row[]): Promise<Result[]> {
  const workplace = await prepare();
  const streams = await serveStream();
  const folders = new Map<string, string>();
  const results: Result[] = [];
  try {
    for (const [i, row] of selected.entries()) {
      say(bold(`── ${i + 1}/${selected.length} ${row.name}`));
      const began = Date.now();
      let version = "";
      let size: number | undefined;
      let error: string | undefined;
      try {
        const cwd = folders.get(row.app) ?? (await workplace.install(row.app));
        folders.set(row.app, cwd);
        version = versionOf(row, cwd);
        size = await runRow(row, cwd, streams.url(row.name));
      } catch (thrown) {
        error = thrown instanceof UserError ? thrown.message : String((thrown as Error)?.stack ?? thrown);
        say(red(error));
      }
      const ms = Date.now() - began;
      if (error === undefined) say(`   passed in ${duration(ms)}`);
      results.push({ row, version, ms, size, error });
    }
  } finally {
    await quitBrowser();
    await streams.close();
    workplace.remove();
  }
  return results;
}

function print(results: readonly Result[]) {
  const size = (bytes: number | undefined) => (bytes === undefined ? "–" : `${bytes}`);
  say(
    bold(
      `\n${"row".padEnd(16)} ${"version".padEnd(9)} ${"outcome"} ${"JS gzip".padStart(8)} ${"time".padStart(8)}`,
    ),
  );
  for (const { row, version, ms, size: bytes, error } of results) {
    const outcome = error === undefined ? green("passed ") : red("FAILED ");
    say(
      `${row.name.padEnd(16)} ${version.padEnd(9)} ${outcome} ${size(bytes).padStart(8)} ${duration(ms).padStart(8)}`,
    );
  }
  say("JS gzip: the bytes, after gzip, of the built scripts that hold the package.");
}

runMain(async () => {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const results = await runAll(chosen(values.only?.split(",") ?? []));
  print(results);
  const failed = results.filter(({ error }) => error !== undefined).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});
