// @ts-check
// Locks against rivals and deaths between any two steps. fixtures/lock.mjs is
// each rival.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { beforeChange } from "./fixtures/file-system.mjs";
import { withLock } from "./lock.mjs";

const fixture = fileURLToPath(new URL("fixtures/lock.mjs", import.meta.url));
const options = { timeout: 60_000 };

/** @param {import("node:test").TestContext} t */
function scratch(t) {
  const folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-lock-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, "a.lock");
}

/**
 * Starts a process that wants the lock; comes back, without letting go of this
 * one, when the rival holds it or has to wait for it.
 * @param {import("node:test").TestContext} t
 * @param {string} lock
 * @param {number} [times] that it takes the lock; it holds it the last time
 */
function startRival(t, lock, times = 1) {
  const log = `${lock}.log`;
  writeFileSync(log, "");
  const out = openSync(log, "w");
  const child = spawn(process.execPath, [fixture, lock, String(times)], { stdio: ["pipe", "ignore", out] });
  closeSync(out);
  t.after(() => child.kill("SIGKILL"));
  const gone = once(child, "exit");
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; Atomics.wait(pause, 0, 0, 5)) {
    const said = readFileSync(log, "utf8");
    if (/holds|waiting/.test(said)) {
      const end = () => {
        child.stdin?.end();
        return gone;
      };
      return { pid: child.pid, holds: said.includes("holds"), end };
    }
  }
  throw new Error(`the rival said only: ${readFileSync(log, "utf8")}`);
}

/**
 * Calls back when this process says that it waits.
 * @param {import("node:test").TestContext} t
 * @param {(text: string) => void} then
 */
function onWaiting(t, then) {
  const write = process.stderr.write.bind(process.stderr);
  const mocked = t.mock.method(process.stderr, "write", (/** @type {string} */ text) => {
    if (!text.includes("waiting")) return write(text);
    then(text);
    return true;
  });
  return mocked.mock;
}

/**
 * A lock whose owner was killed while it had it.
 * @param {import("node:test").TestContext} t
 */
function deadLock(t) {
  // It is killed before a change of the file system: the first one after it said that it has it.
  for (let n = 1; ; n++) {
    const lock = scratch(t);
    const { signal, stderr } = spawnSync(process.execPath, [fixture, lock, "1", String(n)], { input: "" });
    assert.equal(signal, "SIGKILL", "it let go of the lock without a change of the file system");
    if (String(stderr).includes("holds")) return lock;
  }
}

test("a lock is held by one process at a time, and the other one is told whose it is", options, async (t) => {
  const lock = scratch(t);
  const rival = startRival(t, lock);
  assert.ok(rival.holds);
  /** @type {string[]} */
  const said = [];
  let ended = false;
  onWaiting(t, (text) => {
    said.push(text);
    rival.end().then(() => {
      ended = true;
    });
  });
  assert.equal(await withLock(lock, "testing", async () => ended), true);
  assert.deepEqual(said, [`• waiting for another process (${rival.pid}) that is testing\n`]);
});

test("a lock is held once also within a process", options, async (t) => {
  const lock = scratch(t);
  const second = new EventEmitter();
  onWaiting(t, () => second.emit("waits"));
  /** @type {string[]} */
  const order = [];
  await Promise.all([
    withLock(lock, "testing", async () => {
      order.push("first in");
      await once(second, "waits");
      order.push("first out");
    }),
    withLock(lock, "testing", async () => {
      order.push("second in");
      second.emit("waits");
    }),
  ]);
  assert.deepEqual(order, ["first in", "first out", "second in"]);
});

test("nothing is left of a lock that was let go, also when the work failed", options, async (t) => {
  const lock = scratch(t);
  await withLock(lock, "testing", async () => {});
  await assert.rejects(
    withLock(lock, "testing", async () => {
      throw new Error("failed");
    }),
    /failed/,
  );
  assert.deepEqual(readdirSync(path.dirname(lock)), []);
});

for (const times of [1, 2]) {
  const what = times === 1 ? "takes a dead one's lock" : "takes it, lets go, and takes it again";
  test(`a rival that ${what} between any two steps of taking it holds it alone`, options, async (t) => {
    const dead = deadLock(t);
    let steps = 0;
    for (let step = 1; steps === step - 1; step++) {
      const lock = scratch(t);
      cpSync(dead, lock, { recursive: true });
      /** @type {ReturnType<typeof startRival> | undefined} */
      let rival;
      let rivalHolds = false;
      const stop = beforeChange((n) => {
        if (n !== step) return;
        stop();
        steps = step;
        rival = startRival(t, lock, times);
        rivalHolds = rival.holds;
      });
      const mock = onWaiting(t, () =>
        rival?.end().then(() => {
          rivalHolds = false;
        }),
      );
      await withLock(lock, "testing", async () => {
        stop();
        assert.equal(rivalHolds, false, `both hold it when the rival comes before step ${step}`);
      });
      mock.restore();
      await rival?.end();
    }
    assert.ok(steps >= 2, `${steps} steps`);
  });
}

test("one that is killed between any two steps is in nobody's way", options, async (t) => {
  for (const dead of [undefined, deadLock(t)]) {
    let killed = true;
    for (let step = 1; killed; step++) {
      const lock = scratch(t);
      if (dead) cpSync(dead, lock, { recursive: true });
      const { signal } = spawnSync(process.execPath, [fixture, lock, "1", String(step)], { input: "" });
      killed = signal === "SIGKILL";
      const mock = onWaiting(t, () => assert.fail(`somebody waits for one that died before step ${step}`));
      await withLock(lock, "testing", async () => {});
      mock.restore();
    }
  }
});

test("who lets go of a lock that was lost leaves it to who has it now", options, async (t) => {
  const lock = scratch(t);
  /** @type {ReturnType<typeof startRival> | undefined} */
  let rival;
  await withLock(lock, "testing", async () => {
    rmSync(lock, { recursive: true });
    rival = startRival(t, lock);
    assert.ok(rival.holds);
  });
  const third = startRival(t, lock);
  assert.equal(third.holds, false);
  await Promise.all([rival?.end(), third.end()]);
});

test("nobody waits for itself: an id comes around again", options, async (t) => {
  const lock = scratch(t);
  await withLock(lock, "testing", async () => cpSync(lock, `${lock}.copy`, { recursive: true }));
  cpSync(`${lock}.copy`, lock, { recursive: true });
  onWaiting(t, () => assert.fail("it waits"));
  await withLock(lock, "testing", async () => {});
});

test("a file, which a lock was once, is no lock", options, async (t) => {
  const lock = scratch(t);
  writeFileSync(lock, String(process.ppid));
  onWaiting(t, () => assert.fail("it waits"));
  await withLock(lock, "testing", async () => {});
});
