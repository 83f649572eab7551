// @ts-check
// `npm start`: installs what is missing, builds what has changed, serves the
// dashboard and prints its address.
//
//     npm start
//     npm start -- --port 9000
import { parseArgs } from "node:util";
import { buildPage } from "./build/page.mjs";
import { buildServer } from "./build/server.mjs";
import { buildAll } from "./build.mjs";
import { bold, runMain, say, UserError } from "./lib/log.mjs";
import { refuseTakenPort, startServer } from "./lib/server.mjs";

async function main() {
  const { values } = parseArgs({ options: { port: { type: "string", default: "8787" } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UserError(`--port takes a number: ${values.port}`);
  if (port > 0) await refuseTakenPort(port);
  await buildAll();
  const program = await buildServer();
  const dist = await buildPage();
  const server = await startServer(program, { port, dist });
  say(`\nThe dashboard is at ${bold(server.address)} (Ctrl-C ends it)\n`);
  process.exitCode = await server.ended;
}

runMain(main);
