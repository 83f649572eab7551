// Runs the checks in Node, and prints how they went. Arguments: the three origins of the server.
import { ResilientEventSource } from "resilient-eventsource";
import { checks } from "../checks/all.ts";
import { runChecks } from "./run.ts";

const [own, other = "", control = ""] = process.argv.slice(2);
const results = await runChecks(checks, {
  subject: "fetch",
  scope: "Node",
  EventSource: ResilientEventSource as never,
  folder: `${own}/node/`,
  other,
  control,
});
process.stdout.write(JSON.stringify(results), () => process.exit());
