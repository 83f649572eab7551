// What a person chose, remembered for as long as the tab lives, and whether the
// server asks for a key.
import { useSyncExternalStore } from "react";

export type TransportChoice = "auto" | "fetch" | "native";
export const transports: readonly TransportChoice[] = ["auto", "fetch", "native"];

export interface Session {
  readonly transport: TransportChoice;
  /** Whether the browser's own EventSource runs beside ours. */
  readonly twin: boolean;
  /** Whether the fault panel is open. */
  readonly faults: boolean;
  /** Sent with every request; empty where none was given. */
  readonly apiKey: string;
  /** Whether the server refused a request for want of the right key. Not remembered. */
  readonly locked: boolean;
}

const place = "dashboard";
const initial: Session = { transport: "auto", twin: true, faults: true, apiKey: "", locked: false };

let session = recall();
const listeners = new Set<() => void>();

export const getSession = (): Session => session;

export function choose(choice: Partial<Session>): void {
  const next = { ...session, ...choice };
  // Every refused request says so again.
  if ((Object.keys(choice) as (keyof Session)[]).every((name) => next[name] === session[name])) return;
  session = next;
  try {
    sessionStorage.setItem(place, JSON.stringify({ ...session, locked: false }));
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export const useSession = (): Session => useSyncExternalStore(subscribe, getSession);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function recall(): Session {
  try {
    const kept: Session = { ...initial, ...JSON.parse(sessionStorage.getItem(place) ?? "{}") };
    return transports.includes(kept.transport) ? kept : { ...kept, transport: "auto" };
  } catch {
    return initial;
  }
}
