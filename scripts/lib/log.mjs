// @ts-check
// What the scripts say. One line a step, on stderr, so that stdout stays free
// for what a program was asked to print.

const colour = process.stderr.isTTY && !process.env.NO_COLOR;

/** @param {string} code @param {string} text */
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** @param {string} text */
export const bold = (text) => paint("1", text);
/** @param {string} text */
export const green = (text) => paint("32", text);
/** @param {string} text */
export const red = (text) => paint("31", text);

/** @param {string} text */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {number} ms */
export function duration(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const s = Math.round(ms / 1000);
  return s < 60 ? `${s} s` : `${Math.floor(s / 60)} min ${s % 60} s`;
}

/**
 * A fault that the user can mend: shown as its message, without a stack.
 */
export class UserError extends Error {}

/**
 * Runs a script's main function; ends the process with 1 when it throws.
 * @param {() => Promise<unknown>} main
 */
export function runMain(main) {
  main().catch((error) => {
    say(red(error instanceof UserError ? error.message : (error?.stack ?? String(error))));
    process.exitCode = 1;
  });
}
