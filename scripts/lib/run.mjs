// @ts-check
// Starting other programs.
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";
import { isEnding, kill, start } from "./children.mjs";
import { duration, say, UserError } from "./log.mjs";
import { root } from "./paths.mjs";

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd] default: the repository's root
 * @property {NodeJS.ProcessEnv} [env] default: this process's own
 * @property {boolean} [quiet] keep the output back unless the program fails
 * @property {(chunk: string) => void} [onOutput] sees what is printed, as it comes
 * @property {AbortSignal} [signal] kills the program, with all that it has started
 */

/**
 * @typedef {object} Result
 * @property {number} code exit code; 128 when a signal ended the program, 127 when it could not start
 * @property {string} output stdout and stderr as they came
 * @property {string} stdout
 */

/**
 * Runs a program to its end, whatever its exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export function tryRun(command, args, options = {}) {
  if (isEnding()) return Promise.reject(new UserError("Interrupted."));
  return new Promise((resolve) => {
    const child = start(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const giveUp = () => {
      kill(child);
      // Somebody that it has started may have left its group and hold these open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    if (options.signal?.aborted) giveUp();
    else options.signal?.addEventListener("abort", giveUp);
    let output = "";
    let stdout = "";
    /** @param {Buffer} chunk */
    const take = (chunk) => {
      const text = chunk.toString();
      output += text;
      options.onOutput?.(text);
      if (!options.quiet) process.stderr.write(text);
    };
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.on("data", take);
    child.on("error", (error) => {
      output += `${error.message}\n`;
      resolve({ code: 127, output, stdout });
    });
    child.on("close", (code) => {
      options.signal?.removeEventListener("abort", giveUp);
      resolve({ code: code ?? 128, output, stdout });
    });
  });
}

/**
 * Runs a program and throws when it fails, with its output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Result>}
 */
export async function run(command, args, options = {}) {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    if (options.quiet) process.stderr.write(result.output);
    throw new UserError(
      `\`${[path.basename(command), ...args].join(" ")}\` failed (exit code ${result.code}).`,
    );
  }
  return result;
}

/**
 * What a program prints, without the last line end; undefined when it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export async function capture(command, args, options = {}) {
  const { code, stdout } = await tryRun(command, args, { ...options, quiet: true });
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * The first program of that name on PATH.
 * @param {string} name
 * @param {string} [searchPath]
 */
export function which(name, searchPath = process.env.PATH ?? "") {
  for (const dir of searchPath.split(path.delimiter)) {
    if (!dir) continue;
    const file = path.join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not here
    }
  }
  return undefined;
}

/**
 * PATH with more folders before it.
 * @param {readonly string[]} dirs
 * @param {string} [base]
 */
export const pathWith = (dirs, base = process.env.PATH ?? "") => [...dirs, base].join(path.delimiter);

/**
 * Says that a long step goes on, each half minute, with the last line that the
 * step printed, and how long it took in the end.
 * @template T
 * @param {string} what
 * @param {(note: (chunk: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(what, work) {
  const began = Date.now();
  let last = "";
  say(`• ${what}`);
  const timer = setInterval(() => say(`  … ${duration(Date.now() - began)}${last && `: ${last}`}`), 15_000);
  try {
    const result = await work((chunk) => {
      const line = chunk.trim().split("\n").at(-1)?.trim();
      if (line) last = line.slice(0, 100);
    });
    say(`  done in ${duration(Date.now() - began)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
