"use client";

import { useEffect, useState } from "react";
import { ResilientEventSource } from "resilient-eventsource";

export function Live({ stream }) {
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    const source = new ResilientEventSource(stream, { terminal: ["done"] });
    const seen = [];
    const note = (event) => seen.push([event.type, event.data, event.lastEventId]);
    for (const type of ["message", "tick", "done"]) source.addEventListener(type, note);
    source.onerror = ({ reason }) => seen.push(["error", reason]);
    source.addEventListener("streamcomplete", (event) => {
      setOutcome(JSON.stringify([...seen, ["streamcomplete", event.outcome]]));
    });
    return () => source.close();
  }, [stream]);
  return <output>{outcome}</output>;
}
