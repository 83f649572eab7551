import { ResilientEventSource } from "resilient-eventsource";

const url = new URLSearchParams(location.search).get("stream");
const source = new ResilientEventSource(url, { terminal: ["done"] });
const seen = [];
const note = (event) => seen.push([event.type, event.data, event.lastEventId]);
for (const type of ["message", "tick", "done"]) source.addEventListener(type, note);
source.onerror = ({ reason }) => seen.push(["error", reason]);
source.addEventListener("streamcomplete", ({ outcome }) => {
  document.querySelector("output").textContent = JSON.stringify([...seen, ["streamcomplete", outcome]]);
});
