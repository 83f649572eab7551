// The platform's own EventSource, as far as it is used, with a script instead of a network.
export class FakeEventSource extends EventTarget {
  static made: FakeEventSource[] = [];
  readyState = 0;
  readonly url: string;
  readonly init: EventSourceInit | undefined;
  constructor(url: string, init?: EventSourceInit) {
    super();
    this.url = url;
    this.init = init;
    FakeEventSource.made.push(this);
  }
  static get latest(): FakeEventSource {
    return FakeEventSource.made.at(-1) as FakeEventSource;
  }
  close() {
    this.readyState = 2;
  }
  /** "… if the readyState attribute is set to a value other than CLOSED" (HTML standard §9.2.3). */
  #tell(event: Event) {
    if (this.readyState !== 2) this.dispatchEvent(event);
  }
  open() {
    this.readyState = 1;
    this.#tell(new Event("open"));
  }
  message(type: string, data: string, lastEventId = "", origin = "https://moved.test") {
    this.#tell(new MessageEvent(type, { data, lastEventId, origin }));
  }
  /** It lost its connection or got none, and reconnects by itself. */
  lose() {
    this.readyState = 0;
    this.#tell(new Event("error"));
  }
  /** It fails for good. */
  fail() {
    this.readyState = 2;
    this.dispatchEvent(new Event("error"));
  }
}
