// @ts-check

/**
 * The median of some runs, in milliseconds; the first, in which the engine warms up, is left out.
 * @param {number} runs
 * @param {() => unknown} work
 */
export async function median(runs, work) {
  /** @type {number[]} */
  const times = [];
  for (let run = 0; run <= runs; run++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  times.shift();
  return times.sort((a, b) => a - b)[runs >> 1] ?? 0;
}
