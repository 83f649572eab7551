// @ts-check
// Starting the dashboard's server and ending it again.
import { mkdirSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { start } from "./children.mjs";
import { UserError } from "./log.mjs";
import { inRoot } from "./paths.mjs";

/**
 * Throws when something listens on a port already.
 * @param {number} port
 */
export function refuseTakenPort(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      const taken = `Port ${port} is taken by another program. Type this to take another:\n\n    npm start -- --port ${port + 1}\n`;
      reject(new UserError(error.code === "EADDRINUSE" ? taken : `Port ${port}: ${error.message}`));
    });
    probe.listen(port, "127.0.0.1", () => probe.close(resolve));
  });
}

/**
 * Starts the server and waits until it listens.
 * @param {string} program
 * @param {{ port: number, dist: string, data?: string }} options `data` is the file that holds the runs
 */
export async function startServer(program, { port, dist, data = inRoot("www/data/dashboard.sqlite") }) {
  mkdirSync(path.dirname(data), { recursive: true });
  const child = start(program, ["--port", String(port), "--dist", dist, "--data", data], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ? 0 : (code ?? 1)));
  });
  const lines = createInterface({ input: child.stdout });
  /** @type {Promise<string>} */
  const address = new Promise((resolve) => {
    lines.on("line", (line) => {
      const match = /^listening on (\S+)/.exec(line);
      if (match?.[1]) resolve(match[1]);
      else process.stdout.write(`${line}\n`);
    });
  });
  const first = await Promise.race([address, ended]);
  if (typeof first === "number") throw new UserError(`The server ended at once (exit code ${first}).`);
  return { child, ended, address: first };
}
