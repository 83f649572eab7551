// The event stream that every app follows: two events, an end, and two more for
// whoever comes back with the last event id. It listens on the loopback address.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What an app sees of it, as each of them writes it down. */
export const expected = [
  ["message", "one", "1"],
  ["tick", "two", "2"],
  ["error", "cycle"],
  ["message", "three", "3"],
  ["done", "four", "4"],
  ["streamcomplete", "completed"],
];

const begin = "retry: 500\n\nid: 1\ndata: one\n\nid: 2\nevent: tick\ndata: two\n\n";
const rest = "id: 3\ndata: three\n\nid: 4\nevent: done\ndata: four\n\n";

/** A page of another port may ask, and send the header that resumes. */
const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "last-event-id",
};

export interface StreamServer {
  /** A stream of that name; each has a URL of its own, so that no latch is shared. */
  url(name: string): string;
  close(): Promise<void>;
}

export async function serveStream(): Promise<StreamServer> {
  const server = createServer((request, response) => {
    if (request.method === "OPTIONS") {
      response.writeHead(204, cors).end();
      return;
    }
    response.writeHead(200, { ...cors, "content-type": "text/event-stream" });
    const lastEventId = request.headers["last-event-id"];
    if (lastEventId === undefined) response.end(begin);
    // Stays open: it is the app's to leave after `done`.
    else if (lastEventId === "2") response.write(rest);
    else response.end(`data: unexpected last event id ${lastEventId}\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (name) => `http://127.0.0.1:${port}/${name.replaceAll(" ", "-")}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
