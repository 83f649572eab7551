// @ts-check
// `npm run dev`: for work on the page. Vite serves it and reloads it on changes;
// www/vite.config.ts passes the API on to the server whose address is in
// DASHBOARD_API.
import { mkdirSync } from "node:fs";
import { buildServer } from "./build/server.mjs";
import { buildAll } from "./build.mjs";
import { start } from "./lib/children.mjs";
import { runMain } from "./lib/log.mjs";
import { inRoot } from "./lib/paths.mjs";
import { startServer } from "./lib/server.mjs";

async function main() {
  await buildAll();
  const program = await buildServer();
  const dist = inRoot("www/dist");
  mkdirSync(dist, { recursive: true });
  const server = await startServer(program, { port: 0, dist });
  const vite = start(
    process.execPath,
    [inRoot("node_modules/vite/bin/vite.js"), "www", "--host", "127.0.0.1"],
    {
      stdio: "inherit",
      env: { ...process.env, DASHBOARD_API: server.address },
    },
  );
  vite.once("exit", () => server.child.kill("SIGTERM"));
  server.child.once("exit", () => vite.kill("SIGTERM"));
  process.exitCode = await server.ended;
}

runMain(main);
