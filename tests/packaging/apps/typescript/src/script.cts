// The package as CommonJS has it.
import package_ = require("resilient-eventsource");

const source: EventSource = new package_.ResilientEventSource("/stream", { terminal: ["done"] });
// @ts-expect-error what is required is not `any`
source.close(1).missing;
export = source;
