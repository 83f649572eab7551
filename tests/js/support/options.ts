// The options as they cross the boundary, read back in the order of
// src/browser/options.rs: the one place in the tests that knows it.

import type { NamedHost } from "./host.ts";

export const numberNames = [
  "initial",
  "max",
  "floor",
  "serverMax",
  "maxRetries",
  "giveUpAfter",
  "resetAfter",
  "stallAfter",
  "notFoundGrace",
  "notFoundDelay",
  "maxEventSize",
  "connectTimeout",
  "idleTimeout",
  "factor",
] as const;

/** From bit 2 on; the first two bits are the jitter. */
export const flagNames = [
  "latch",
  "classify",
  "pauseWhenHidden",
  "pauseWhenOffline",
  "repeatable",
  "freshCredentials",
  "crossOrigin",
  "fetchable",
  "mixed",
  "supported",
  "resumeHeader",
  "resumeQuery",
  "native",
] as const;

export const textNames = ["heartbeatEvents", "lastEventId"] as const;

const jitters = ["full", "equal", "none"];

/** What Rust is handed. */
export interface Handed {
  /** By name, NaN where the option was left out. */
  numbers: Record<(typeof numberNames)[number], number>;
  flags: Record<(typeof flagNames)[number], boolean>;
  jitter: string | undefined;
  /** By name; lists are one name a line. */
  texts: Record<(typeof textNames)[number], string>;
}

/** Asks for the options as the Rust source does. */
export function ask(host: Pick<NamedHost, "number" | "text">): Handed {
  const numbers = numberNames.map((_, index) => host.number(index));
  const parts = textNames.map((_, index) => new TextDecoder().decode(host.text(index)));
  const bits = host.number(numberNames.length);
  if (numbers.includes(undefined as never) || !Number.isInteger(bits) || bits >>> 15) {
    throw new Error(`${numbers} and flags ${bits} are no options`);
  }
  const named = <K extends string, T>(names: readonly K[], value: (index: number) => T) =>
    Object.fromEntries(names.map((name, index) => [name, value(index)])) as Record<K, T>;
  return {
    numbers: named(numberNames, (index) => numbers[index] ?? NaN),
    flags: named(flagNames, (index) => (bits & (1 << (index + 2))) !== 0),
    jitter: jitters[bits & 3],
    texts: named(textNames, (index) => parts[index] ?? ""),
  };
}
