// What the caller's `classify` answered, as the numbers that Rust reads.
import { report } from "./tasks.ts";
import type { AttemptEnd, ResilientEventSourceInit, Verdict } from "./types.ts";

const verdicts: readonly unknown[] = [undefined, "retry", "fatal", "complete"];

/** A verdict's number in the input `CLASSIFIED`, and a delay. What is thrown, and what is no verdict, is reported and counts as `undefined`. */
export const ask = async (
  classify: ResilientEventSourceInit["classify"],
  end: AttemptEnd,
): Promise<[number, number]> => {
  try {
    const answer = (await classify?.(end)) as Verdict;
    const index = verdicts.indexOf(answer);
    const delay = index < 0 ? (answer as { retryIn: number }).retryIn : 0;
    if (!(typeof delay === "number" && delay >= 0 && delay < Infinity))
      throw new TypeError("ResilientEventSource: no such verdict");
    return [index < 0 ? 4 : index, delay];
  } catch (error) {
    report(error);
    return [0, 0];
  }
};
