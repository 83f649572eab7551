// Waiting for a condition: asked again and again until a deadline, never slept for.
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @param what for the message, as in "the page sees …"
 * @param probe the condition; anything truthy is an answer
 * @param state what there is to see when the deadline passes
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T> | T,
  { within = 15_000, state }: { within?: number; state?: () => unknown } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = await probe();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) {
      throw new Error(
        `not within ${within} ms: ${what}\n${state ? JSON.stringify(await state(), null, 1) : ""}`,
      );
    }
    await sleep(20);
  }
}
