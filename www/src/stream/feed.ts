// Every run's events in one stream: what happens on the server at large.
import { useEffect, useState } from "react";
import { ResilientEventSource, type State } from "resilient-eventsource";
import { eventTypes, type RunEvent, type RunEventMap } from "../model/events.ts";
import { type FeedLine, lineOf } from "../model/feed.ts";
import { choose } from "../session.ts";
import { optionsOf, type Way } from "./options.ts";

/** Lines that are kept; older ones go. */
const maxLines = 30;

export interface Feed {
  /** Newest first. */
  lines: readonly FeedLine[];
  state: State;
  /** How many runs began and ended while it was looked at. */
  began: number;
  ended: number;
}

/** Connected while the component is mounted. */
export function useFeed({ transport, apiKey }: Way): Feed {
  const [feed, setFeed] = useState<Feed>({ lines: [], state: "connecting", began: 0, ended: 0 });
  useEffect(() => {
    // Nothing ends this stream: a run's last event is news like any other.
    const { terminal: _, ...options } = optionsOf({ transport, apiKey }, "feed");
    const source = new ResilientEventSource<RunEventMap>("/v1/events", options);
    const take = ({ data, lastEventId }: MessageEvent<RunEvent>) => {
      const line = lineOf(data, Number(lastEventId));
      if (!line) return;
      const over = data.type === "run_completed" || data.type === "run_failed";
      setFeed((feed) => ({
        ...feed,
        lines: [line, ...feed.lines.slice(0, maxLines - 1)],
        began: feed.began + Number(data.type === "run_started"),
        ended: feed.ended + Number(over),
      }));
    };
    for (const type of eventTypes) source.addEventListener(type, take as (event: MessageEvent) => void);
    source.addEventListener("statechange", ({ state }) => setFeed((feed) => ({ ...feed, state })));
    source.addEventListener("error", (event) => {
      if ("status" in event && event.status === 401) choose({ locked: true });
    });
    return () => source.close();
  }, [transport, apiKey]);
  return feed;
}
