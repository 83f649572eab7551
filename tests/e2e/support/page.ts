// The fixture page from the test's side: opens sources and reads what they fired.
import assert from "node:assert/strict";
import type {
  Outcome,
  Reason,
  ResilientEventSource,
  ResilientEventSourceInit,
  State,
} from "../../../src/js/index.ts";
import type { Browser } from "./browsers.ts";
import type { Run, ServerEvent } from "./server.ts";
import { until } from "./until.ts";

/** One thing that a source fired, with the source's state and last event id then. */
export type Entry = { at: number; now: State; lastEventId: string } & (
  | { kind: "event"; type: string; data: string; id: string; origin: string }
  | { kind: "open"; status: number | null }
  | { kind: "streamcomplete"; outcome: Outcome; terminalType: string | null; latched: boolean }
  | {
      kind: "statechange";
      state: State;
      previous: State;
      reason: Reason;
      attempt: number;
      retryIn: number | null;
    }
  | {
      kind: "error";
      reason: Reason;
      status: number | null;
      attempt: number;
      retryIn: number | null;
      fatal: boolean;
      message: string;
    }
);

/** What the fixture page offers to scripts of the tests. */
interface Fixture {
  ResilientEventSource: typeof ResilientEventSource;
  sources: Record<string, ResilientEventSource>;
  records: Record<string, Entry[]>;
  open(name: string, url: string, options?: ResilientEventSourceInit): void;
  start(name: string, run: Run, options?: ResilientEventSourceInit): Promise<string>;
}

declare global {
  var e2e: Fixture;
  var noise: string[];
}

/** What a source of the page has fired so far. */
export class Recording {
  readonly entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    this.entries = entries;
  }

  of<K extends Entry["kind"]>(kind: K): Extract<Entry, { kind: K }>[] {
    return this.entries.filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
  }

  /** The states that were announced. */
  get states(): string[] {
    return this.of("statechange").map(({ state }) => state);
  }

  get errors() {
    return this.of("error");
  }

  /** The events that the server numbers, as it tells them. `connected` and the like come with the last id. */
  get numbered(): ServerEvent[] {
    return this.of("event")
      .filter(({ type }) => !/^(connected|heartbeat|stream_end|error)$/.test(type))
      .map(({ id, type, data }) => ({ id, type, data }));
  }

  get complete(): boolean {
    return this.of("streamcomplete").length > 0;
  }
}

export class Page {
  readonly browser: Browser;

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  /** Loads the fixture page afresh. */
  static async load(browser: Browser, url: string): Promise<Page> {
    const page = new Page(browser);
    await browser.driver.get(`${url}/`);
    await page.ready();
    // What an earlier page printed is not this one's.
    await browser.red();
    return page;
  }

  /** Waits for the page's module. */
  ready(): Promise<boolean> {
    return until("the fixture page's module runs", () =>
      this.browser.driver.executeScript<boolean>(() => "e2e" in globalThis),
    );
  }

  /** Runs a function in the page. It may name nothing of this side but its arguments. */
  run<T, A extends readonly unknown[]>(script: (...args: A) => T, ...args: A): Promise<Awaited<T>> {
    return this.browser.driver.executeScript(script, ...args);
  }

  open(name: string, url: string, options: ResilientEventSourceInit = {}): Promise<void> {
    return this.run((name, url, options) => e2e.open(name, url, options), name, url, options);
  }

  /** Starts a run and opens its stream, from the page; answers with the run's id. */
  start(name: string, run: Run, options: ResilientEventSourceInit = {}): Promise<string> {
    return this.run((name, run, options) => e2e.start(name, run, options), name, run, options);
  }

  async record(name: string): Promise<Recording> {
    return new Recording(await this.run((name) => e2e.records[name] ?? [], name));
  }

  /** Waits until what a source has fired satisfies the condition. */
  async until(what: string, name: string, condition: (record: Recording) => unknown): Promise<Recording> {
    let record = new Recording([]);
    await until(
      `the page sees ${what}`,
      async () => {
        record = await this.record(name);
        return condition(record);
      },
      { state: () => record.entries.slice(-12) },
    );
    return record;
  }

  /** What the page or the browser printed in red or yellow since the page was loaded. */
  async noise(): Promise<string[]> {
    return [...(await this.run(() => noise)), ...(await this.browser.red())];
  }

  async assertQuiet(): Promise<void> {
    assert.deepEqual(await this.noise(), [], "the console is clean");
  }
}
