// The package as an ES module has it.
import { ResilientEventSource } from "resilient-eventsource";

export const source: EventSource = new ResilientEventSource("/stream", { terminal: ["done"] });
// @ts-expect-error what is imported is not `any`
source.close(1).missing;
