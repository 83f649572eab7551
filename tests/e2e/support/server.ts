// The dashboard's server as a process of its own, which tests may kill.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { adopt } from "../../../scripts/lib/children.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { program } from "./environment.ts";

/** What `POST /v1/runs` takes. */
export interface Run {
  events?: number;
  delay_ms?: number;
  persist_ms?: number;
  fail?: string;
}

/** What `POST /faults` takes. */
export interface Fault {
  kind:
    | ("cut" | "reset" | "hang" | "status" | "delay" | "slow_bytes" | "single_bytes" | "oversized_event")
    | ("content_type" | "comments_only" | "truncated_event" | "wrong_ids" | "store" | "restart");
  run_id?: string;
  times?: number;
  for_ms?: number;
  clean?: boolean;
  status?: number;
  retry_after?: number | string;
  delay_ms?: number;
  bytes?: number;
  interval_ms?: number;
  content_type?: string;
  mode?: "shifted" | "missing" | "constant";
  retryable?: boolean;
  code?: string;
}

/** A stream request as the server saw it. */
export interface StreamRequest {
  n: number;
  time: string;
  method: string;
  run_id: string | null;
  /** The query parameter `client`. */
  client: string | null;
  last_event_id_header: string | null;
  last_event_id_query: string | null;
  status: number | null;
  attempts: number | null;
  waited_ms: number | null;
  end: string | null;
}

/** A numbered event as the server tells it. */
export interface ServerEvent {
  id: string;
  type: string;
  data: string;
}

export class Server {
  /** Its origin, without a slash at the end; the same after every restart. */
  url = "";
  readonly #flags: readonly string[];
  readonly #folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-e2e-"));
  readonly #log;
  #child: ChildProcess | undefined;

  private constructor(name: string, flags: readonly string[]) {
    this.#flags = flags;
    mkdirSync(inRoot("tests/output"), { recursive: true });
    this.#log = createWriteStream(inRoot(`tests/output/${name}.log`));
  }

  /**
   * Starts a server on a free port with a data file of its own.
   * @param name of its log in tests/output
   */
  static async start(name: string, dist: string, ...flags: string[]): Promise<Server> {
    const server = new Server(name, ["--dist", dist, ...flags]);
    await server.start();
    return server;
  }

  /** Starts it again, on the same port and data file. */
  async start(): Promise<void> {
    const port = this.url ? new URL(this.url).port : "0";
    const data = path.join(this.#folder, "data.sqlite");
    const child = spawn(program(), ["--port", port, "--data", data, ...this.#flags], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, RUST_LOG: process.env.RUST_LOG ?? "info" },
    });
    adopt(child);
    this.#child = child;
    child.stderr.pipe(this.#log, { end: false });
    const ended = once(child, "exit").then(([code, signal]) => {
      throw new Error(`the server ended at once: ${signal ?? code}`);
    });
    ended.catch(() => {});
    const listening = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const address = /^listening on (\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    });
    this.url = await Promise.race([listening, ended]);
  }

  /** Ends it as the kernel would for want of memory: no goodbye to anybody. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.#end("SIGKILL");
    this.#log.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** Starts a run; its id and the path of its stream. */
  async run(run: Run): Promise<{ run_id: string; events_url: string }> {
    return (await this.#call("POST", "/v1/runs", run)) as { run_id: string; events_url: string };
  }

  /** The stream requests for a run since the process began, oldest first. */
  async requests(run: string): Promise<StreamRequest[]> {
    const { requests } = (await this.#call("GET", "/v1/requests")) as { requests: StreamRequest[] };
    return requests.filter(({ run_id }) => run_id === run);
  }

  fault(fault: Fault): Promise<unknown> {
    return this.#call("POST", "/faults", fault);
  }

  clearFaults(): Promise<unknown> {
    return this.#call("DELETE", "/faults");
  }

  /** Every numbered event of a finished run. Asks for its stream, so it shows among the requests. */
  async history(run: string): Promise<ServerEvent[]> {
    const answer = await fetch(`${this.url}/v1/runs/${run}/events`);
    const blocks = (await answer.text()).split("\n\n").map((block) => {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1] ?? "";
      return { id: field("id"), type: field("event"), data: field("data") };
    });
    return blocks.filter(({ id }) => id !== "");
  }

  async #call(method: string, place: string, body?: object): Promise<unknown> {
    const key = this.#flags[this.#flags.indexOf("--api-key") + 1];
    const answer = await fetch(this.url + place, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      // A connection that is kept dies with a server that is killed.
      headers: {
        connection: "close",
        ...(this.#flags.includes("--api-key") && key ? { "x-api-key": key } : {}),
      },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${place}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }
}
