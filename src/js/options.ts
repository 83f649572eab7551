// The caller's options: each checked against one table and put into the form
// that Rust reads. Types and ranges only; the defaults are Rust's.
import type { SourceInit } from "./boundary.ts";
import { warn } from "./registry.ts";
import type { ResilientEventSourceInit } from "./types.ts";
import { locate } from "./url.ts";

/** What the class keeps of the options, beside what it hands to Rust. */
export interface Options {
  /** `headers`, `params` and `fetch` as functions are put in by the class. */
  init: SourceInit;
  given: ResilientEventSourceInit;
  /** The key of the latch; undefined where there is none beyond this instance. */
  key: string | undefined;
  /** Whether options are given that the platform's own class cannot honour. */
  demanding: boolean;
}

/** What an option takes, in words and as a check. A check that throws says no. */
// biome-ignore lint/suspicious/noExplicitAny: checks narrow from anything
type Rule = readonly [takes: string, accepts: (value: any) => unknown];
type Rules = Readonly<Record<string, Rule>>;

const is = (type: string) => (value: unknown) => typeof value === type;
const isFunction = is("function");
const isObject = (value: unknown) => Object(value) === value;
const isStrings = (value: unknown) => Array.isArray(value) && value.every(is("string"));

const aFunction: Rule = ["a function", isFunction];
const aBoolean: Rule = ["a boolean", is("boolean")];
const oneOf = (...values: string[]): Rule => [
  values.map((value) => `"${value}"`).join(" or "),
  (value) => values.includes(value),
];
const number = (min = 0, max = Number.MAX_SAFE_INTEGER, or = "", integer = false): Rule => [
  `${integer ? "an integer" : "a number"} from ${min} to ${max}${or && ` or "${or}"`}`,
  (value) =>
    value === (or || NaN) ||
    (typeof value === "number" &&
      value >= min &&
      value <= max &&
      (!integer || value === Infinity || Number.isInteger(value))),
];
/** An object that `make` can read, or a function. */
const made = (make: (value: never) => unknown): Rule => [
  "an object or a function",
  (value) => isFunction(value) || (isObject(value) && make(value as never)),
];

const readHeaders = (value: HeadersInit) => new Headers(value);
const readParams = (value: Record<string, string>) => new URLSearchParams(value);

const jitters = ["full", "equal", "none"];

const retryRules: Rules = {
  initial: number(),
  factor: number(1),
  max: number(),
  jitter: oneOf(...jitters),
  floor: number(),
  serverMax: number(500),
};

const rules: Rules = {
  withCredentials: ["anything", () => true],
  transport: oneOf("auto", "fetch"),
  headers: made(readHeaders),
  params: made(readParams),
  // Those that fetch refuses are refused here: there they would look like network failures.
  method: [
    "an HTTP method that fetch allows",
    (value) => is("string")(value) && /^(?!(connect|trace|track)$)[-!#$%&'*+.^_`|~\w]+$/i.test(value),
  ],
  body: ["what fetch takes but a stream, and a method with a body", (value) => !value?.getReader],
  fetch: aFunction,
  retry: ["an object", isObject],
  maxRetries: number(0, Infinity, "", true),
  giveUpAfter: number(0, Infinity),
  resetAfter: number(),
  connectTimeout: number(1, undefined, "auto"),
  idleTimeout: number(0, undefined, "auto"),
  heartbeatEvents: ["an array of strings", isStrings],
  stallAfter: number(),
  notFoundGrace: number(),
  notFoundDelay: number(),
  terminal: [
    'event names, { name: "completed" | "failed" } or a function',
    (value) =>
      isFunction(value) ||
      (Array.isArray(value)
        ? isStrings(value)
        : isObject(value) &&
          Object.values(value).every((outcome) => outcome === "completed" || outcome === "failed")),
  ],
  latch: ["a boolean or a non-empty string", (value) => value !== "" && /^[bs]/.test(typeof value)],
  lastEventId: ["a string without CR, LF and NUL", (value) => is("string")(value) && !/[\r\n\0]/.test(value)],
  resume: [
    '"auto", "header" or { query: a name }',
    (value) => value === "auto" || value === "header" || (value.query && is("string")(value.query)),
  ],
  parse: aFunction,
  pauseWhenHidden: aBoolean,
  pauseWhenOffline: aBoolean,
  maxEventSize: number(1024, 2 ** 30, "", true),
  classify: aFunction,
  signal: ["an AbortSignal", (value) => is("boolean")(value.aborted) && value.addEventListener],
  debug: ["a boolean or a function", (value) => /^[bf]/.test(typeof value)],
};

function refuse(name: string, takes: string): never {
  throw new TypeError(`ResilientEventSource: option ${name} takes ${takes}`);
}

/** Reads each known option once, as Web IDL reads a dictionary. */
function read(from: object, table: Rules, prefix: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, [takes, accepts]] of Object.entries(table)) {
    const value = (from as Record<string, unknown>)[name];
    if (value === undefined) continue;
    let accepted: unknown;
    try {
      accepted = accepts(value);
    } catch {}
    if (!accepted) refuse(prefix + name, takes);
    found[name] = value;
  }
  return found;
}

function warnOfUnknown(from: object, table: Rules, prefix: string): void {
  for (const name of Object.keys(from)) {
    if (!Object.hasOwn(table, name) && (from as Record<string, unknown>)[name] !== undefined) {
      warn(`unknown option ${prefix}${name}, ignored`);
    }
  }
}

/**
 * @throws {DOMException} SyntaxError: no URL
 * @throws {TypeError} an option of the wrong type or range; it is named
 */
export function normalise(input: unknown, init: unknown): Options {
  const place = locate(input);
  if (init != null && !isObject(init)) refuse("init", "an object");
  const from: object = init ?? {};
  const given: ResilientEventSourceInit = read(from, rules, "");
  const retry = read(given.retry ?? {}, retryRules, "retry.") as { jitter?: string };
  const method = (given.method ?? "GET").toUpperCase();
  if (given.body != null && /^(GET|HEAD)$/.test(method)) refuse("body", rules.body?.[0] ?? "");
  warnOfUnknown(from, rules, "");
  warnOfUnknown(given.retry ?? {}, retryRules, "retry.");

  // What Rust has no use for stays out of its sight: it would keep it alive.
  const { terminal, parse, signal, debug, retry: _, resume, headers, params, ...rest } = given;
  const byFunction = isFunction(terminal);
  const names = !terminal || byFunction ? [] : Array.isArray(terminal) ? terminal : Object.keys(terminal);
  const hasTerminal = byFunction || names.length > 0;
  const latch = given.latch ?? (hasTerminal && method === "GET");
  const auto = (value: number | "auto" | undefined) => (value === "auto" ? undefined : value);
  return {
    given,
    key: latch === true ? place.url : latch || undefined,
    demanding: !!(headers || params || parse || given.fetch || hasTerminal || method !== "GET"),
    init: {
      ...(rest as object),
      ...(retry as object),
      ...place,
      supported: !!(given.fetch || "body" in (globalThis.Response?.prototype ?? {})),
      withCredentials: !!given.withCredentials,
      credentials: given.withCredentials ? "include" : "same-origin",
      method,
      // Copies, as Web IDL makes them: what the caller changes later changes nothing.
      headers: headers && !isFunction(headers) ? readHeaders(headers as HeadersInit) : headers,
      params: params && !isFunction(params) ? readParams(params as Record<string, string>) : params,
      ...(retry.jitter && { jitter: jitters.indexOf(retry.jitter) }),
      connectTimeout: auto(given.connectTimeout),
      idleTimeout: auto(given.idleTimeout),
      terminalNames: names,
      terminalFailed: names.filter((name) => (terminal as Record<string, string>)[name] === "failed"),
      latch: !!latch,
      resumeHeader: resume === "header" || undefined,
      resumeQuery: (resume as { query?: string } | undefined)?.query,
      classify: !!given.classify,
    } as SourceInit,
  };
}
