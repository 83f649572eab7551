// biome-ignore lint/correctness/noUnusedImports: that nothing of it stays is what the bundle shows
import { ResilientEventSource, SourceErrorEvent } from "resilient-eventsource";

console.log("uses nothing");
