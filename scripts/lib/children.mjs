// @ts-check
// The programs that this process has started, so that none outlives it, nor what
// it has started in turn: cargo's compilers, the files that `node --test` runs,
// browsers. Signals reach them all, by their process group's id.
import { spawn } from "node:child_process";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/**
 * @typedef {object} Program
 * @property {ChildProcess} child
 * @property {boolean} leads a process group, whose id is the child's own
 * @property {boolean} ending whether it was asked to end
 */

/** How long a program that was asked to end may take, in ms, until it is killed. */
const grace = 5_000;

/**
 * Signals that come within so many ms are one wish: npm passes on the Ctrl-C
 * that its children have got from the terminal already.
 */
const echo = 500;

const hasGroups = process.platform !== "win32";

/** @type {Set<Program>} */
const programs = new Set();
/** @type {number | undefined} */
let asked;

/** Whether somebody has asked this process to end: nothing more is to be started. */
export const isEnding = () => asked !== undefined;

/**
 * `spawn`, for a program that ends with all that it has started: when this
 * process is told to end, when this process ends, and when its own first process
 * does. It has a session of its own, so Ctrl-C in a terminal reaches it through here alone.
 */
export const start = /** @type {typeof spawn} */ (
  /** @type {(command: string, args: string[], options: import("node:child_process").SpawnOptions) => any} */
  (command, args, options) => {
    const child = spawn(command, args, { ...options, detached: hasGroups });
    keep(child, hasGroups);
    return child;
  }
);

/**
 * Ends a child with this process, but not what the child has started. It stays
 * in this process's group: whoever ends that ends the child too, even with SIGKILL.
 * @param {ChildProcess} child
 */
export const adopt = (child) => keep(child, false);

/**
 * Ends at once, with all that it has started, what `start` has started.
 * @param {ChildProcess} child
 */
export function kill(child) {
  for (const program of programs) if (program.child === child) send(program, "SIGKILL");
}

/** @param {ChildProcess} child @param {boolean} leads */
function keep(child, leads) {
  /** @type {Program} */
  const program = { child, leads, ending: false };
  programs.add(program);
  child.once("exit", () => {
    if (isThere(program)) end(program);
    else programs.delete(program);
  });
  child.on("error", () => {
    if (child.pid === undefined) programs.delete(program);
  });
}

/**
 * Whether a process of the program is left. The id of a group isn't given away
 * again while there is one.
 * @param {Program} program
 */
const isThere = (program) =>
  program.leads ? send(program, 0) : program.child.exitCode === null && program.child.signalCode === null;

/**
 * @param {Program} program
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} whether there was a process that could get it
 */
function send({ child, leads }, signal) {
  if (!leads) return child.kill(signal);
  if (child.pid === undefined) return false;
  try {
    return process.kill(-child.pid, signal);
  } catch {
    // None is left, or only root's (of sudo), which can't be told anything.
    return false;
  }
}

/**
 * Asks a program to end, and kills what has not ended in time.
 * @param {Program} program
 */
function end(program) {
  if (program.ending) return;
  program.ending = true;
  send(program, "SIGTERM");
  const deadline = performance.now() + grace;
  // Nothing tells of the end of a process that isn't a child of this one.
  const watch = setInterval(() => {
    if (isThere(program)) {
      if (performance.now() < deadline) return;
      send(program, "SIGKILL");
    }
    programs.delete(program);
    clearInterval(watch);
  }, 50);
}

/** @param {NodeJS.Signals} signal */
function sendAll(signal) {
  for (const program of programs) send(program, signal);
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])) {
  process.on(signal, () => {
    const now = performance.now();
    if (asked !== undefined && now - asked < echo) return;
    if (programs.size === 0) process.exit(130);
    // Asked twice, whoever asks is in a hurry.
    if (asked !== undefined) sendAll("SIGKILL");
    asked ??= now;
    for (const program of programs) end(program);
  });
}
process.on("exit", () => sendAll("SIGKILL"));

// Ctrl-Z, of which the terminal tells only this process's own group.
process.on("SIGTSTP", () => {
  sendAll("SIGSTOP");
  process.kill(process.pid, "SIGSTOP");
});
process.on("SIGCONT", () => sendAll("SIGCONT"));
