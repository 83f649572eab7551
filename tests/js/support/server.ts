// A real HTTP server on the loopback address whose answers a test scripts, one
// request at a time.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Answers 200 as an event stream, with a first piece of it. */
  stream(text?: string, headers?: Record<string, string>): void;
  /** Answers with a status and no body to speak of. */
  status(status: number, headers?: Record<string, string>): void;
  /** Resolves when the client has gone. */
  gone: Promise<void>;
}

export interface Server {
  url: string;
  /** The next request that was not yet taken, in order of arrival. */
  next(): Promise<Exchange>;
  /** Requests so far. */
  requests: IncomingMessage[];
  close(): Promise<void>;
}

export async function serve(): Promise<Server> {
  const arrived: Exchange[] = [];
  const waiting: ((exchange: Exchange) => void)[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    const exchange: Exchange = {
      request,
      response,
      stream(text = "", headers = {}) {
        response.writeHead(200, { "content-type": "text/event-stream", ...headers });
        response.flushHeaders();
        if (text) response.write(text);
      },
      status(status, headers = {}) {
        response.writeHead(status, headers).end();
      },
      gone: new Promise((resolve) => response.once("close", resolve)),
    };
    const taker = waiting.shift();
    if (taker) taker(exchange);
    else arrived.push(exchange);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/stream`,
    requests,
    next: () =>
      new Promise((resolve) => {
        const exchange = arrived.shift();
        if (exchange) resolve(exchange);
        else waiting.push(resolve);
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
