// @ts-check
// Starting and ending an X server, for which a script stands in: these tests
// run where there is none.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { startDisplay } from "./display.mjs";

/**
 * @param {string} name
 * @param {string | undefined} server a shell script; undefined for none
 * @param {() => Promise<void>} body
 */
const displayTest = (name, server, body) =>
  test(name, { timeout: 20_000, skip: process.platform === "win32" }, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-display-"));
    const searchPath = process.env.PATH;
    t.after(() => {
      process.env.PATH = searchPath;
      rmSync(folder, { recursive: true, force: true });
    });
    if (server) writeFileSync(path.join(folder, "Xvfb"), `#!/bin/sh\n${server}\n`, { mode: 0o755 });
    process.env.PATH = server ? `${folder}${path.delimiter}${searchPath}` : folder;
    await body();
  });

/** Its number is its process id. */
const lasting = "echo $$ >&3; exec tail -f /dev/null";

displayTest("a display has the number that its server tells, and ends with it", lasting, async () => {
  const { env, end } = await startDisplay();
  const [, number] = /^:(\d+)$/.exec(env.DISPLAY) ?? [];
  const isThere = () => process.kill(Number(number), 0);
  assert.ok(isThere());
  await end();
  assert.throws(isThere, { code: "ESRCH" });
});

displayTest("a server that ends by itself can still be ended", "echo 7 >&3", async () => {
  const { end } = await startDisplay();
  await end();
});

displayTest(
  "a server that ends at once is told of with what it said",
  "echo no room >&2; exit 1",
  async () => {
    await assert.rejects(startDisplay(), /ended at once:\nno room/);
  },
);

displayTest("a server that is not there is told of", undefined, async () => {
  await assert.rejects(startDisplay(), /does not start: .*ENOENT/);
});
