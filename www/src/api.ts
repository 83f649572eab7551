// The server's JSON endpoints as functions. The event stream is not here: it is
// what the package is for, see stream/.
import { choose, getSession } from "./session.ts";

export interface RunRequest {
  events?: number;
  delay_ms?: number;
  persist_ms?: number;
  fail?: string;
}

export type RunStatus = "running" | "completed" | "failed";

export interface Run {
  run_id: string;
  status: RunStatus;
  created_at: string;
  finished_at: string | null;
  last_event_id: number;
  events: number | null;
  delay_ms: number | null;
  persist_ms: number;
  fail: string | null;
}

export interface PlannedStage {
  index: number;
  name: string;
  title: string;
}

/** The body of `POST /faults`: its kind, whom it strikes and how often, and the kind's own fields. */
export interface FaultRequest {
  kind: string;
  run_id?: string;
  times?: number;
  for_ms?: number;
  each_client?: boolean;
  [field: string]: string | number | boolean | undefined;
}

/** What a fault has done so far. `streams` is how many it struck. */
export interface Fault {
  kind: string;
  fired?: number;
  streams?: number;
}

/** A fault that can still strike. */
export interface ActiveFault extends Fault {
  id: number;
  /** Null: every stream. */
  run_id: string | null;
  times_left: number | null;
  /** Whether `times_left` is what a client is left with that it did not strike yet. */
  each_client: boolean;
  for_ms_left: number | null;
}

/** How often runs failed, and the store, by code. */
export interface FailureStats {
  total: number;
  /** How many codes there are. */
  codes: number;
  /** The ten most frequent, the most frequent first. */
  top: { code: string; count: number }[];
}

/** A request that failed, with a message for people. `status` is null where no answer came. */
export class ApiError extends Error {
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

export const eventsUrl = (runId: string) => `/v1/runs/${encodeURIComponent(runId)}/events`;

export const startRun = (request: RunRequest) => call<{ run_id: string }>("POST", "/v1/runs", request);

/** Newest first. A run is listed once its persistence delay is over. */
export const listRuns = async (signal?: AbortSignal) =>
  (await call<{ runs: Run[] }>("GET", "/v1/runs", undefined, signal)).runs;

/** The stages to come. The server waits up to 6 s for a run that is not visible yet. */
export const planOf = async (runId: string, signal?: AbortSignal) =>
  (
    await call<{ stages: PlannedStage[] }>(
      "GET",
      `/v1/runs/${encodeURIComponent(runId)}/plan`,
      undefined,
      signal,
    )
  ).stages;

export const failureStats = (signal?: AbortSignal) =>
  call<FailureStats>("GET", "/v1/failures/stats", undefined, signal);

export const activeFaults = async (signal?: AbortSignal) =>
  (await call<{ faults: ActiveFault[] }>("GET", "/faults", undefined, signal)).faults;

export const injectFault = (fault: FaultRequest) => call<Fault>("POST", "/faults", fault);

export const clearFaults = () => call<{ cleared: number }>("DELETE", "/faults");

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const { apiKey } = getSession();
  const headers = new Headers();
  if (apiKey) headers.set("X-API-Key", apiKey);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("The server does not answer. Is it running? (npm start)", null);
  }
  if (response.status === 401) choose({ locked: true });
  // A proxy in between answers with a page of its own when the server is down.
  const answer = (await response.json().catch(() => null)) as (T & { error?: { message?: string } }) | null;
  if (!response.ok || answer === null) {
    const said = answer?.error?.message ?? response.statusText;
    throw new ApiError(`The server answered ${response.status}${said ? `: ${said}` : ""}`, response.status);
  }
  return answer;
}
