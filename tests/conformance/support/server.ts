// A server on two origins whose answers checks write down beforehand, and a third that they do so at: so neither
// their scripts nor their questions take one of the six connections that a browser allows to a host.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Asked, Script } from "./script.ts";

/** A file that the server hands out, whatever the folder that it is asked for in. */
export interface Page {
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ScriptedServer {
  /** Two origins for streams and pages. */
  readonly own: string;
  readonly other: string;
  /** Where scripts are written and requests are read. */
  readonly control: string;
  /** What a page tells, once it does. */
  readonly told: Promise<unknown>;
  close(): Promise<void>;
}

/** A path with what it answers and what it was asked. */
interface Place {
  script: Script;
  asked: Asked[];
  used: number;
}

const headersOf = ({ rawHeaders }: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers[`${rawHeaders[index]}`.toLowerCase()] = `${rawHeaders[index + 1]}`;
  return headers;
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

async function write(response: ServerResponse, answer: Answer): Promise<void> {
  const headers: Record<string, string | string[]> = { "content-type": "text/event-stream" };
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    if (value === null) delete headers[name];
    else headers[name] = typeof value === "string" ? value : [...value];
  }
  if (answer.delay) await pause(answer.delay, undefined, { ref: false });
  if (response.destroyed) return;
  response.writeHead(answer.status ?? 200, headers);
  response.flushHeaders();
  for (const piece of answer.body ?? []) {
    if (response.destroyed) return;
    if (typeof piece === "string") response.write(piece);
    else if ("wait" in piece) await pause(piece.wait);
    else response.write(Uint8Array.from(piece.bytes));
  }
  if (answer.end === "end") response.end();
  if (answer.end === "cut") response.destroy();
}

export async function startServer(pages: ReadonlyMap<string, Page>): Promise<ScriptedServer> {
  const places = new Map<string, Place>();
  /** Looks again at what was asked when more is. */
  const watchers = new Set<() => void>();
  let tell: (what: unknown) => void = () => {};
  const told = new Promise<unknown>((resolve) => {
    tell = resolve;
  });

  const placeAt = (path: string): Place => {
    const place = places.get(path) ?? { script: { answers: [] }, asked: [], used: 0 };
    places.set(path, place);
    return place;
  };
  const changed = () => {
    for (const look of watchers) look();
  };

  const stream = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(`${request.url}`, "http://server");
    const page = pages.get(pathname.slice(pathname.lastIndexOf("/") + 1));
    const place = places.get(pathname);
    if (!place && page) {
      response.writeHead(200, { "content-type": page.type, "cache-control": "no-store", ...page.headers });
      response.end(page.body);
      return;
    }
    const asked: Asked = {
      method: `${request.method}`,
      query: search,
      headers: headersOf(request),
      gone: false,
    };
    placeAt(pathname).asked.push(asked);
    response.on("close", () => {
      asked.gone = !response.writableEnded;
      changed();
    });
    changed();
    if (request.method === "OPTIONS") {
      write(response, place?.script.preflight ?? { status: 403, end: "end" });
      return;
    }
    const answers = place?.script.answers ?? [];
    const answer = place && answers[Math.min(place.used++, answers.length - 1)];
    write(response, answer ?? { status: 404, headers: { "content-type": null }, end: "end" });
  };

  const control = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(`${request.url}`, "http://server");
    const path = `${searchParams.get("path")}`;
    response.setHeader("access-control-allow-origin", "*");
    if (pathname === "/script") {
      placeAt(path).script = JSON.parse(await textOf(request));
      response.end();
    } else if (pathname === "/told") {
      tell(JSON.parse(await textOf(request)));
      response.end();
    } else {
      const { asked } = placeAt(path);
      const look = () => {
        const gone = asked.filter(({ gone }) => gone).length;
        if (asked.length < Number(searchParams.get("requests")) || gone < Number(searchParams.get("gone")))
          return;
        watchers.delete(look);
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(asked));
      };
      watchers.add(look);
      response.on("close", () => watchers.delete(look));
      look();
    }
  };

  const servers = [createServer(stream), createServer(stream), createServer(control)];
  const origins: string[] = [];
  for (const server of servers) {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    origins.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return {
    own: `${origins[0]}`,
    other: `${origins[1]}`,
    control: `${origins[2]}`,
    told,
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}
