// One `for await` over a source: a queue between the events that arrive and the
// consumer that asks. It knows nothing of states; it is pushed to and ended.

type Result = IteratorResult<MessageEvent, undefined>;

/** Events held for a consumer that does not keep up. */
const LIMIT = 10_000;

export class EventQueue implements AsyncIterableIterator<MessageEvent> {
  /** Events, and at last an error where there is one. */
  #items: (MessageEvent | Error)[] = [];
  readonly #waiting: ((result: Result | Promise<never>) => void)[] = [];
  readonly #peers: Set<EventQueue>;

  /** @param peers what is pushed to; it holds the queue until that has ended */
  constructor(peers: Set<EventQueue>) {
    this.#peers = peers;
    peers.add(this);
  }

  push(event: MessageEvent): void {
    if (this.#items.length < LIMIT) this.#items.push(event);
    else this.end(new Error(`ResilientEventSource: the iterator's ${LIMIT} events were not read in time`));
    this.#settle();
  }

  /** What is queued is still given; then the error is thrown once, if there is one. */
  end(error?: Error): void {
    if (this.#peers.delete(this) && error) this.#items.push(error);
    this.#settle();
  }

  next(): Promise<Result> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#settle();
    });
  }

  /** `break`, or the source was closed: what is queued is dropped. */
  return(): Promise<Result> {
    this.#items = [];
    this.end();
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle(): void {
    while (this.#waiting[0] && (this.#items[0] || !this.#peers.has(this))) {
      const value = this.#items.shift();
      this.#waiting.shift()?.(
        value instanceof Error ? Promise.reject(value) : ({ value, done: !value } as Result),
      );
    }
  }
}
