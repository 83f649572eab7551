// Options that make a test quick, and that its assertions go by.
import type { ResilientEventSourceInit } from "../../../src/js/index.ts";

/** The server's `retry:`, the least that a source lets itself be told. */
export const RETRY = 500;

/** The largest base of a delay. */
export const BASE = 60;

export const quick = {
  terminal: { run_completed: "completed", run_failed: "failed" },
  retry: { initial: 20, max: BASE, floor: 10 },
} as const satisfies ResilientEventSourceInit;

/** Flags of a server that fits: it replays any run of the tests from its start. */
export const flags = ["--retry-ms", String(RETRY), "--ring", "1000"];
