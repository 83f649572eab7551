// What must exist once a page, however many copies of this package it loaded:
// the latches, what was warned of, and a way to every copy's sources. Made at
// the first `new`; importing the package makes nothing.

interface Registry {
  /** Latch key → outcome: 1 completed, 2 failed; oldest first. */
  latches: Map<string | undefined, number>;
  warned: Set<string>;
  /** One function a copy, which closes all its sources. */
  clear: Set<() => void>;
}

/** Names the registry on `globalThis`, and marks our class, whatever its copy. */
export const mark = Symbol.for("resilient-eventsource");

/** The most latches that are kept. */
const LATCHES = 1000;

const scope = globalThis as unknown as Record<symbol, Registry | undefined>;

export const peek = (): Registry | undefined => scope[mark];

export const registry = (): Registry =>
  (scope[mark] ??= { latches: new Map(), warned: new Set(), clear: new Set() });

/** @param outcome 0 forgets */
export function setLatch(key: string | undefined, outcome: number): void {
  const { latches } = registry();
  latches.delete(key);
  if (outcome) latches.set(key, outcome);
  if (latches.size > LATCHES) latches.delete(latches.keys().next().value);
}

/** Warns once a page. */
export function warn(text: string, ...details: unknown[]): void {
  const { warned } = registry();
  if (!warned.has(text)) console.warn(`ResilientEventSource: ${text}`, ...details);
  warned.add(text);
}
