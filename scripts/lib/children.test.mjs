// @ts-check
// What becomes of whole families of processes when the first of them is told to
// end, or ends. fixtures/process.mjs is each of them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import net from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** @typedef {import("./fixtures/process.mjs").Plan} Plan */

const fixture = fileURLToPath(new URL("fixtures/process.mjs", import.meta.url));
const posix = process.platform !== "win32";

/** A process as the test sees it. */
class Relative extends EventEmitter {
  pid = 0;
  /** @type {string[]} */
  said = [];
  isGone = false;
  /** @type {net.Socket | undefined} */
  socket;

  /** @param {string} word */
  async says(word) {
    while (!this.said.includes(word)) await once(this, "change");
  }

  async gone() {
    while (!this.isGone) await once(this, "change");
  }

  /** @param {"go" | "abort" | "crash"} word */
  tell(word) {
    this.socket?.write(`${word}\n`);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    process.kill(this.pid, signal);
  }
}

/**
 * Starts a family, and waits until all of it is there.
 * @param {import("node:test").TestContext} t
 * @param {readonly Plan[]} plans each one starts the next
 * @returns {Promise<Relative[]>}
 */
async function family(t, plans) {
  const relatives = plans.map(() => new Relative());
  const server = net.createServer((socket) => {
    /** @type {Relative | undefined} */
    let relative;
    let rest = "";
    socket.setEncoding("utf8").on("data", (chunk) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (relative) relative.said.push(line);
        else {
          const [name, pid] = line.split(" ");
          relative = relatives[plans.findIndex((plan) => plan.name === name)];
          if (relative) Object.assign(relative, { socket, pid: Number(pid) });
        }
        relative?.emit("change");
      }
    });
    // One that was killed may have left a reset behind.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (relative) relative.isGone = true;
      relative?.emit("change");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {net.AddressInfo} */ (server.address());

  const whole = plans.reduceRight(
    (/** @type {Plan | undefined} */ starts, plan) => (starts ? { ...plan, starts } : plan),
    undefined,
  );
  // What it prints is what an honest crash prints.
  const first = spawn(process.execPath, [fixture, String(port), JSON.stringify(whole)], { stdio: "ignore" });
  t.after(() => {
    server.close();
    first.kill("SIGKILL");
    for (const { pid, isGone } of relatives) {
      try {
        if (pid && !isGone) process.kill(pid, "SIGKILL");
      } catch {
        // It has gone, and its connection is about to.
      }
    }
  });
  for (const relative of relatives) while (relative.pid === 0) await once(relative, "change");
  return relatives;
}

/**
 * @param {string} name
 * @param {readonly Plan[]} plans
 * @param {(family: [Relative, Relative, Relative]) => Promise<void>} body
 */
const familyTest = (name, plans, body) =>
  test(name, { timeout: 20_000, skip: !posix }, async (t) =>
    body(/** @type {[Relative, Relative, Relative]} */ (await family(t, plans))),
  );

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])) {
  familyTest(
    `${signal} ends also what a program has started`,
    [{ name: "script", by: "run", patient: true }, { name: "program" }, { name: "grandchild" }],
    async ([script, program, grandchild]) => {
      script.signal(signal);
      await Promise.all([script.gone(), program.gone(), grandchild.gone()]);
    },
  );
}

familyTest(
  "a grandchild may take its time to end, also when the program is gone",
  [{ name: "script", by: "run", clock: 0 }, { name: "program" }, { name: "grandchild", onSignal: "waits" }],
  async ([script, program, grandchild]) => {
    script.signal("SIGTERM");
    await Promise.all([program.gone(), grandchild.says("SIGTERM")]);
    grandchild.tell("go");
    await grandchild.says("done");
    await script.gone();
  },
);

familyTest(
  "a Ctrl-C that arrives twice, from the terminal and from npm, is one",
  [
    { name: "script", by: "run", clock: 0 },
    { name: "program", onSignal: "waits" },
  ],
  async ([script, program]) => {
    script.signal("SIGINT");
    await program.says("SIGTERM");
    // What the script says of the first is not to be taken for the second's.
    await script.says("SIGINT");
    script.said.length = 0;
    script.signal("SIGINT");
    await script.says("SIGINT");
    program.tell("go");
    await program.says("done");
    await script.says("code 0");
  },
);

familyTest(
  "a second signal kills what ignores the first, also when the program is gone",
  [
    { name: "script", by: "run", clock: 1000, patient: true },
    { name: "program" },
    { name: "grandchild", onSignal: "stays" },
  ],
  async ([script, program, grandchild]) => {
    script.signal("SIGTERM");
    await Promise.all([program.gone(), grandchild.says("SIGTERM"), script.says("SIGTERM")]);
    script.signal("SIGTERM");
    await Promise.all([grandchild.gone(), script.gone()]);
  },
);

familyTest(
  "what does not end in time is killed",
  [
    { name: "script", by: "run", clock: 1000 },
    { name: "program", onSignal: "stays" },
    { name: "grandchild", onSignal: "stays" },
  ],
  async ([script, program, grandchild]) => {
    script.signal("SIGTERM");
    await Promise.all([program.says("SIGTERM"), grandchild.says("SIGTERM")]);
    await Promise.all([script.gone(), program.gone(), grandchild.gone()]);
  },
);

familyTest(
  "what a program leaves behind is ended, and nobody waits for it",
  [{ name: "script", by: "run", patient: true }, { name: "program", leaves: true }, { name: "grandchild" }],
  async ([script, program, grandchild]) => {
    await Promise.all([program.gone(), grandchild.gone()]);
    await script.says("code 0");
    await script.gone();
  },
);

familyTest(
  "a script that crashes takes along also what its programs have started",
  [
    { name: "script", by: "run" },
    { name: "program", onSignal: "stays" },
    { name: "grandchild", onSignal: "stays" },
  ],
  async ([script, program, grandchild]) => {
    script.tell("crash");
    await Promise.all([script.gone(), program.gone(), grandchild.gone()]);
    assert.deepEqual([program.said, grandchild.said], [[], []]);
  },
);

familyTest(
  "a program that is given up on goes with what it has started",
  [
    { name: "script", by: "run", patient: true, lingers: true },
    { name: "program", onSignal: "stays" },
    { name: "grandchild", onSignal: "stays" },
  ],
  async ([script, program, grandchild]) => {
    script.tell("abort");
    await Promise.all([program.gone(), grandchild.gone()]);
    await script.says("code 128");
    script.tell("go");
    await script.gone();
  },
);

familyTest(
  "a program that was adopted ends with the script",
  [{ name: "script", by: "adopt" }, { name: "program" }],
  async ([script, program]) => {
    script.signal("SIGTERM");
    await Promise.all([script.gone(), program.gone()]);
  },
);

test("Ctrl-Z stops the programs too, and they go on with the script", {
  timeout: 20_000,
  skip: !existsSync("/proc/self/stat"),
}, async (t) => {
  const [script, program, grandchild] = /** @type {[Relative, Relative, Relative]} */ (
    await family(t, [{ name: "script", by: "run" }, { name: "program" }, { name: "grandchild" }])
  );
  /** @param {Relative} relative */
  const isStopped = ({ pid }) => / T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  /** @param {boolean} wanted */
  const allAre = async (wanted) => {
    while (![script, program, grandchild].every((relative) => isStopped(relative) === wanted)) {
      await sleep(10, undefined, { signal: t.signal });
    }
  };
  script.signal("SIGTSTP");
  await allAre(true);
  script.signal("SIGCONT");
  await allAre(false);
});
