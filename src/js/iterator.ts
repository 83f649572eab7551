// One `for await` over a source: a queue between the events that arrive and the
// consumer that asks. It knows nothing of states; it is pushed to and ended.

type Result = IteratorResult<MessageEvent, undefined>;

/** Events held for a consumer that does not keep up. */
const LIMIT = 10_000;

export class EventQueue implements AsyncIterableIterator<MessageEvent> {
  #events: MessageEvent[] = [];
  readonly #waiting: [(result: Result) => void, (error: unknown) => void][] = [];
  #end: { error?: unknown } | undefined;
  readonly #left: (queue: EventQueue) => void;

  /** @param left called when the consumer leaves, or is too slow */
  constructor(left: (queue: EventQueue) => void) {
    this.#left = left;
  }

  push(event: MessageEvent): void {
    if (this.#events.length < LIMIT) this.#events.push(event);
    else this.end(new Error(`ResilientEventSource: the iterator's ${LIMIT} events were not read in time`));
    this.#flush();
  }

  /** What is queued is still delivered; then the error is thrown once, if there is one. */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#left(this);
    this.#flush();
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push([resolve, reject]);
      this.#flush();
    });
  }

  /** `break`, or the source was closed: what is queued is dropped. */
  async return(): Promise<Result> {
    this.#events = [];
    this.#end = {};
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #flush(): void {
    while (this.#waiting[0] && (this.#events[0] || this.#end)) {
      const [resolve, reject] = this.#waiting.shift() as [(result: Result) => void, (error: unknown) => void];
      const value = this.#events.shift();
      if (value) {
        resolve({ done: false, value });
      } else if (this.#end?.error) {
        reject(this.#end.error);
        this.#end = {};
      } else {
        resolve({ done: true, value: undefined });
      }
    }
  }
}
