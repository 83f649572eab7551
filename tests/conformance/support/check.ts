// What a check is, and what it works with. Runs in pages, workers and Node alike.
import type { Answer, Asked, Script } from "./script.ts";

/** Whose class is looked at: ours on either transport, or the platform's own, by which the checks themselves are judged. */
export type Subject = "fetch" | "native" | "own";

export const scopes = ["window", "worker", "shared worker", "service worker", "Node"] as const;
export type Scope = (typeof scopes)[number];

export interface Check {
  /** Names it in docs/conformance.md. */
  readonly id: string;
  /** What a page may expect. */
  readonly rule: string;
  /** Where it can be seen. */
  readonly scopes: readonly Scope[];
  run(trial: Trial): unknown;
}

/** Where a run of checks takes place. */
export interface Stage {
  readonly subject: Subject;
  readonly scope: Scope;
  readonly EventSource: typeof EventSource;
  /** The folder that relative URLs are resolved against. */
  readonly folder: string;
  readonly other: string;
  readonly control: string;
}

export const everywhere: readonly Scope[] = scopes;
export const inPagesAndWorkers = scopes.filter((scope) => scope !== "Node");
export const inWindows: readonly Scope[] = ["window"];

/** Collects the checks of one subject matter. */
export function group(in_: readonly Scope[] = everywhere) {
  const checks: Check[] = [];
  const check = (id: string, rule: string, run: Check["run"], scopes: readonly Scope[] = in_): void => {
    checks.push({ id, rule, scopes, run });
  };
  return { checks, check };
}

/** The events of some types that a target fires, in order. */
export class Recording {
  readonly events: MessageEvent[] = [];
  #waiting: (() => void)[] = [];

  constructor(target: EventTarget, types: readonly string[]) {
    for (const type of types) {
      target.addEventListener(type, (event) => {
        this.events.push(event as MessageEvent);
        for (const look of this.#waiting.splice(0)) look();
      });
    }
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  get data(): unknown[] {
    return this.events.map(({ data }) => data);
  }

  /** Once there are so many. */
  async reach(count: number): Promise<MessageEvent[]> {
    while (this.events.length < count) await new Promise<void>((look) => this.#waiting.push(look));
    return this.events;
  }
}

let serial = 0;

/** One check at work: what it opens is closed after it. */
export class Trial {
  readonly stage: Stage;
  readonly #sources: EventSource[] = [];

  constructor(stage: Stage) {
    this.stage = stage;
  }

  get EventSource(): typeof EventSource {
    return this.stage.EventSource;
  }

  /** Writes down what a path answers. Returns its URL, at the other origin if asked so. */
  async serve(
    answers: Answer | readonly Answer[],
    { at, other, preflight }: { at?: string; other?: boolean; preflight?: Answer } = {},
  ): Promise<string> {
    const { folder, other: elsewhere } = this.stage;
    const { pathname } = new URL(at ?? `stream-${++serial}`, folder);
    const script: Script = {
      answers: Array.isArray(answers) ? answers : [answers],
      ...(preflight && { preflight }),
    };
    await this.#control("script", { path: pathname }, JSON.stringify(script));
    return new URL(pathname, other ? elsewhere : folder).href;
  }

  /** What the URL was asked, once it was so often, and once so many clients went away. */
  async asked(url: string, { requests = 0, gone = 0 } = {}): Promise<Asked[]> {
    const { pathname } = new URL(url);
    const response = await this.#control("asked", {
      path: pathname,
      requests: `${requests}`,
      gone: `${gone}`,
    });
    return response.json();
  }

  open(url: unknown, init?: EventSourceInit): EventSource {
    const source = init ? new this.EventSource(url as string, init) : new this.EventSource(url as string);
    this.#sources.push(source);
    return source;
  }

  /** Opens a source of this answer, and records `message`, `error` and what else is named. */
  async play(answers: Answer | readonly Answer[], ...types: string[]) {
    const url = await this.serve(answers);
    const source = this.open(url);
    const recording = this.record(source, "message", "error", ...types);
    return { url, source, recording };
  }

  record(source: EventTarget, ...types: string[]): Recording {
    return new Recording(source, types);
  }

  end(): void {
    for (const source of this.#sources) source.close();
  }

  #control(what: string, query: Record<string, string>, body?: string): Promise<Response> {
    return fetch(`${this.stage.control}/${what}?${new URLSearchParams(query)}`, {
      ...(body !== undefined && { method: "POST", body }),
    });
  }
}

/** The next event of a type. */
export const next = <E extends Event = MessageEvent>(target: EventTarget, type: string): Promise<E> =>
  new Promise((resolve) => {
    target.addEventListener(type, (event) => resolve(event as E), { once: true });
  });
