// The native transport: the platform's own EventSource. Its events become bytes of an event stream again, so that the
// machine has one way for them whatever brought them. Status, headers, comments and `retry:` the platform keeps to itself.
import type { Exchange, Receiver } from "./exchange.ts";
import { FAILED, RESPONSE } from "./inputs.ts";
import type { Options } from "./options.ts";
import { createPlatform } from "./plain.ts";
import { requester } from "./request.ts";
import { encode } from "./text.ts";

/** Text of a stream, that it opened (200), or how it failed, as in {@link FAILED}; and the origin of an event. */
type Came = readonly [what: string | number, origin: string];

export const createNative = (options: Options, receiver: Receiver): Exchange => {
  let controller: AbortController | undefined;
  /** Names the request; the platform's reconnections are of the same. */
  let token: number;
  /** Not told yet: one at a time, the next when the machine reads. */
  let came: Came[];
  let ready: boolean;
  /** The last event id, as the platform has it. */
  let id: string;

  const tell = () => {
    while (ready && came.length) {
      const [what, origin] = came.shift() as Came;
      exchange.origin = origin;
      // No text is less than a number.
      ready = (what as number) < 6;
      if (typeof what === "string") receiver.chunk(token, encode(what));
      else receiver.input(what > 5 ? RESPONSE : FAILED, token, what);
    }
  };

  const platform = createPlatform(({ type, data, lastEventId, origin, target }) => {
    let what: Came[0] = (target as EventSource).readyState === 2 ? 3 : 4;
    if (data !== undefined) {
      // A block without an id of its own has the last one's.
      const own = lastEventId === id ? "" : `id: ${lastEventId}\n`;
      id = lastEventId;
      what = `event: ${type}\n${own}data: ${`${data}`.replace(/\n/g, "\ndata: ")}\n\n`;
    } else if (type === "open") {
      what = 200;
    } else if (
      what > 3 &&
      ((options.resume as { query?: string } | undefined)?.query || came.some(([what]) => what === 4))
    ) {
      // It would go on as fast as the server cuts while the page is slow; and it asks by the header, or again by its URL.
      platform.close();
      what = 5;
    }
    came.push([what, origin]);
    tell();
  }, options);

  const send = requester({
    ...options,
    fetch: ((url: string) => {
      id = "";
      return platform.open(url);
    }) as never,
  });

  const exchange: Exchange = {
    contentType: "text/event-stream",
    origin: "",
    async request(number, ...request) {
      // One that reconnects by itself may be there still, with more to say.
      exchange.abort();
      controller = new AbortController();
      const { signal } = controller;
      token = number;
      const failed = (await send(signal, ...request).catch(() => 0)) as number;
      if (failed < 3 && !signal.aborted) receiver.input(FAILED, number, failed);
    },
    read() {
      ready = true;
      tell();
    },
    abort() {
      controller?.abort();
      platform.close();
      came = [];
      ready = true;
    },
    hear: platform.hear,
  };
  return exchange;
};
