const { ResilientEventSource } = require("resilient-eventsource");

const source = new ResilientEventSource(process.env.STREAM, { terminal: ["done"] });
const seen = [];
const note = (event) => seen.push([event.type, event.data, event.lastEventId]);
for (const type of ["message", "tick", "done"]) source.addEventListener(type, note);
source.onerror = ({ reason }) => seen.push(["error", reason]);
source.addEventListener("streamcomplete", ({ outcome }) => {
  console.log(JSON.stringify([...seen, ["streamcomplete", outcome]]));
});
