// A stream of a real server, with this environment's own fetch and clock.
import { ResilientEventSource } from "resilient-eventsource";
import { expect, test } from "vitest";

test("follows a stream through a reconnection to its end", async () => {
  const source = new ResilientEventSource(process.env.STREAM, { terminal: ["done"] });
  const seen = [];
  const note = (event) => seen.push([event.type, event.data, event.lastEventId]);
  for (const type of ["message", "tick", "done"]) source.addEventListener(type, note);
  source.onerror = ({ reason }) => seen.push(["error", reason]);
  const { type, outcome } = await new Promise((resolve) =>
    source.addEventListener("streamcomplete", resolve),
  );
  expect([...seen, [type, outcome]]).toEqual(JSON.parse(process.env.EXPECTED));
});
