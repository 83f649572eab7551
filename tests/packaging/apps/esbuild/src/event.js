import { SourceErrorEvent } from "resilient-eventsource";

addEventListener("error", (event) => console.log(event instanceof SourceErrorEvent));
