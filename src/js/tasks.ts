// Ways to run code later or apart: a task of the event loop, and the reporting of what a
// caller's code threw.

/**
 * Runs a function in a task of its own. Not by a timer: those are throttled in
 * hidden tabs, and tests fake them. The channel lives for one message, so it
 * keeps a Node process alive until then and no longer.
 */
export function task(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(0);
}

/** Reports as a throwing listener is: by `reportError`, or as an uncaught exception where there is none (Node). */
export const report = (error: unknown): void => {
  if (globalThis.reportError) globalThis.reportError(error);
  else
    queueMicrotask(() => {
      throw error;
    });
};

/** Runs a caller's function. A throw is reported, and the answer undefined. */
export const guarded = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch (error) {
    return void report(error);
  }
};
