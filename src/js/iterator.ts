// One `for await` over a source: a queue between the events that arrive and the
// consumer that asks. It knows nothing of states; it is pushed to and ended.

type Result = IteratorResult<MessageEvent, undefined>;

/** Events held for a consumer that does not keep up. */
const LIMIT = 10_000;

export interface EventQueue extends AsyncIterableIterator<MessageEvent, undefined> {
  push(event: MessageEvent): void;
  /** What is queued is still given; then the error is thrown once, if there is one. */
  end(error?: Error): void;
  /** `break`, or the source was closed: what is queued is dropped. */
  return(): Promise<Result>;
}

/** @param peers what is pushed to; it holds the queue until that has ended */
export const createQueue = (peers: Set<EventQueue>): EventQueue => {
  /** Events, and at last an error where there is one. */
  let items: (MessageEvent | Error)[] = [];
  const waiting: ((result: Result | Promise<never>) => void)[] = [];
  const settle = () => {
    while (waiting[0] && (items[0] || !peers.has(queue))) {
      const value = items.shift();
      waiting.shift()?.(value instanceof Error ? Promise.reject(value) : ({ value, done: !value } as Result));
    }
  };
  const queue: EventQueue = {
    push(event) {
      if (items.length < LIMIT) items.push(event);
      else queue.end(new Error(`ResilientEventSource: ${LIMIT} events were not read in time`));
      settle();
    },
    end(error) {
      if (peers.delete(queue) && error) items.push(error);
      settle();
    },
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        settle();
      }),
    return() {
      items = [];
      queue.end();
      return queue.next();
    },
    [Symbol.asyncIterator]: () => queue,
  };
  peers.add(queue);
  return queue;
};
