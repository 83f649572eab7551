// @ts-check
// What the pace between events costs, and whether a consumer that awaits event by event keeps up with it.
import { pace } from "../../../src/js/dispatch.ts";
import { median } from "./measure.mjs";

const EVENTS = 10_000;

/** @type {import("../../../src/js/dispatch.ts").Row[]} */
const rows = Array.from({ length: EVENTS }, (_, i) => [
  "message",
  `{"step":${i},"text":"forty bytes of data, as a dashboard has"}`,
  `${i}`,
]);

/** @param {EventTarget} target */
const dispatchTo = (target) =>
  pace(rows, () => true, {
    commit() {},
    dispatch([type, data, lastEventId = ""]) {
      target.dispatchEvent(new MessageEvent(type, { data, lastEventId, origin: "https://example.test" }));
    },
  });

/** The time for an event with one listener, in microseconds. */
async function cost() {
  let seen = 0;
  const target = new EventTarget();
  target.addEventListener("message", () => seen++);
  const took = await median(9, () => dispatchTo(target));
  if (seen !== EVENTS * 10) throw new Error(`${seen} events`);
  return (took / EVENTS) * 1000;
}

/**
 * The share of events that a consumer sees which listens for one, awaits it, and so many promises more before it listens again.
 * @param {number} steps
 */
async function share(steps) {
  const target = new EventTarget();
  let seen = 0;
  let over = false;
  (async () => {
    while (!over) {
      await new Promise((resolve) => target.addEventListener("message", resolve, { once: true }));
      seen++;
      for (let step = 0; step < steps; step++) await null;
    }
  })();
  await dispatchTo(target);
  over = true;
  return seen / EVENTS;
}

export async function run() {
  return { cost: await cost(), shares: [await share(0), await share(2), await share(5), await share(12)] };
}
