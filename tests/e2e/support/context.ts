// What every suite is given, and what it starts for itself.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import type { Browser } from "./browsers.ts";
import { flags } from "./options.ts";
import { Page, type Recording } from "./page.ts";
import { Server, type ServerEvent } from "./server.ts";

/** Thunks, since neither exists yet when tests are declared. */
export interface Context {
  browser: () => Browser;
  /** The folder with the fixture page. */
  fixture: () => string;
}

/** A server for the tests of the `describe` around the call. */
export function withServer(name: string, { browser, fixture }: Context, ...more: string[]) {
  let server: Server;
  before(async () => {
    server = await Server.start(`${browser().name}-${name}`, fixture(), ...flags, ...more);
  });
  after(() => server?.stop());
  afterEach(() => server.clearFaults());
  return {
    server: () => server,
    load: () => Page.load(browser(), server.url),
    /** Nothing lost, nothing twice, nothing changed: the page has what the server tells. */
    async assertWhole(record: Recording, run: string) {
      const history = await server.history(run);
      assert.equal(history[0]?.id, "1", "the server tells the whole run");
      assertSame(record.numbered, history);
    },
  };
}

/** Whether the page got the events that the server tells of, each once and in order. */
export function assertSame(got: readonly ServerEvent[], told: readonly ServerEvent[]) {
  const ids = (events: readonly ServerEvent[]) => events.map(({ id }) => id).join(" ");
  assert.equal(ids(got), ids(told));
  for (const [i, event] of got.entries()) assert.deepEqual(event, told[i]);
}

/** Whether a number lies in a range, both ends in it. */
export function assertWithin(value: number | null | undefined, low: number, high: number, what: string) {
  assert.ok(
    typeof value === "number" && value >= low && value <= high,
    `${what} is ${value}, not within ${low} and ${high}`,
  );
}
