// How the page connects. The times are small where a person waits to see
// something happen; the defaults of the package suit a page that nobody watches.
import type { ResilientEventSourceInit } from "resilient-eventsource";
import type { Session } from "../session.ts";

/** What a person chooses of it. */
export type Way = Pick<Session, "transport" | "apiKey">;

/** Longer than the server's heartbeat of 15 s, so that only a dead stream is silent for it. */
export const idleTimeout = 20_000;

/** A heartbeat every 15 s is activity; this long without anything else is worth a word. */
export const stallAfter = 20_000;

const sourceOptions = {
  terminal: { run_completed: "completed", run_failed: "failed" },
  parse: JSON.parse,
  // The server waits 6 s for a run to appear before it says 404: one more try fits into this.
  notFoundGrace: 10_000,
  idleTimeout,
  stallAfter,
  // More than the server's 6 s.
  connectTimeout: 12_000,
  resetAfter: 5000,
  retry: { max: 10_000 },
  // Short enough to be seen.
  giveUpAfter: 120_000,
} satisfies ResilientEventSourceInit;

/**
 * The options of a source.
 *
 * @param client - its name in the server's log of requests, so that a fault can meet each client
 */
export const optionsOf = ({ transport, apiKey }: Way, client: string) =>
  ({
    ...sourceOptions,
    transport,
    params: { client },
    // The platform's EventSource, and so this transport, cannot send headers.
    ...(apiKey && transport !== "native" ? { headers: () => ({ "X-API-Key": apiKey }) } : {}),
  }) satisfies ResilientEventSourceInit;
