// @ts-check
// The programs that this process has started, so that none outlives it: Ctrl-C
// and the like are passed on to each by its id.

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

/** @type {Set<ChildProcess>} */
const children = new Set();
let signalled = false;

/** Whether somebody has asked this process to end: nothing more is to be started. */
export const isEnding = () => signalled;

/** @param {ChildProcess} child */
export function adopt(child) {
  children.add(child);
  const gone = () => children.delete(child);
  child.once("exit", gone).once("error", gone);
}

/** @param {NodeJS.Signals} signal */
function endAll(signal) {
  for (const child of children) child.kill(signal);
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    if (children.size === 0) process.exit(130);
    // Asked twice, whoever asks is in a hurry.
    endAll(signalled ? "SIGKILL" : "SIGTERM");
    signalled = true;
  });
}
process.on("exit", () => endAll("SIGKILL"));
