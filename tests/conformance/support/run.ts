// Runs checks where it stands, a few at a time, and tells how each went.
import { type Check, type Stage, Trial } from "./check.ts";

/** Null where the check passed, else what it said. */
export type Results = Record<string, string | null>;

/** A browser allows six connections to a host, and a few checks hold two. */
const AT_ONCE = 4;

/** For one check, in milliseconds: Firefox waits 5 s before it reconnects. */
const PATIENCE = 8_000;

async function outcome(check: Check, stage: Stage): Promise<string | null> {
  const trial = new Trial(stage);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${PATIENCE} ms`)), PATIENCE);
  });
  try {
    await Promise.race([check.run(trial), tooLong]);
    return null;
  } catch (error) {
    return `${error}`;
  } finally {
    clearTimeout(timer);
    trial.end();
  }
}

export async function runChecks(checks: readonly Check[], stage: Stage): Promise<Results> {
  const results: Results = {};
  // The last ones first: they wait the longest.
  const left = checks.filter(({ scopes }) => scopes.includes(stage.scope)).reverse();
  const lane = async () => {
    for (let check = left.shift(); check; check = left.shift())
      results[check.id] = await outcome(check, stage);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}
