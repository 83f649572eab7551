// The caller's options: each checked against one table and put into the form
// that Rust reads, numbers and a text. Types and ranges only; the defaults of what
// Rust alone reads are Rust's.
import { platformSource } from "./plain.ts";
import { warn } from "./registry.ts";
import type { Outcome, ResilientEventSourceInit, RetryOptions } from "./types.ts";
import { locate } from "./url.ts";

/** The caller's options as the class and Rust need them. Objects are copies, functions the caller's own. */
export interface Options extends ResilientEventSourceInit {
  url: string;
  /** Upper-cased. */
  method: string;
  terminal: ((event: MessageEvent) => boolean | Outcome | null | undefined) | undefined;
  /** The key of the latch; undefined where there is none beyond this instance. */
  key: string | undefined;
  /** Whether options are given that the platform's own class cannot honour. */
  demanding: boolean;
  /** The numbers that Rust asks for, flags at last, in the order of `src/browser/options.rs`. */
  numbers: number[];
  /** The names of heartbeat events, a line each. */
  heartbeats: string;
  /** Whether the platform's own class makes the attempts, and the types of events that are listened to then whatever the page does. */
  native: boolean;
  heard: string[];
}

/**
 * What an option takes, in words and as a check. An object that a check answers
 * stands for the value from then on: a copy, as Web IDL makes them, which the
 * caller can't change later.
 */
// biome-ignore lint/suspicious/noExplicitAny: checks narrow from anything
type Rule = readonly [takes: string, accepts: (value: any) => unknown];
/** Rules by name; a table in the place of a rule is an option with members. */
type Rules = { readonly [name: string]: Rule | Rules | null };

const is = (type: string) => (value: unknown) => typeof value === type;
const isFunction = is("function");
const isString = is("string");
const isObject = (value: unknown) => Object(value) === value;
const areStrings = (value: unknown) => Array.isArray(value) && value.every(isString);

const aFunction: Rule = ["a function", isFunction];
const aBoolean: Rule = ["a boolean", is("boolean")];
const oneOf = (...values: string[]): Rule => [
  `"${values.join('" or "')}"`,
  (value) => values.includes(value),
];
const number = (min = 0, max = Number.MAX_SAFE_INTEGER, or?: string, integer?: boolean): Rule => [
  `${integer ? "an integer" : "a number"} from ${min} to ${max}${or ? ` or "${or}"` : ""}`,
  (value) =>
    value === or ||
    (typeof value === "number" && value >= min && value <= max && (!integer || Math.round(value) === value)),
];
const time = number();
/** An object that a global class can read, or a function. */
const made = (by: "Headers" | "URLSearchParams"): Rule => [
  "an object or a function",
  (value) => {
    try {
      return isFunction(value) || (isObject(value) && new globalThis[by](value));
    } catch {
      return false;
    }
  },
];

const heartbeatEvents = ["heartbeat", "ping", "keepalive", "connected"];

const jitters = ["full", "equal", "none"];

/** The numbers, in the order of `src/browser/options.rs`: those of `retry` first, its factor last. */
const retryTimes: Rules = { initial: time, max: time, floor: time, serverMax: number(500) };
const numbers: Rules = {
  maxRetries: number(0, Infinity, undefined, true),
  giveUpAfter: number(0, Infinity),
  resetAfter: time,
  stallAfter: time,
  notFoundGrace: time,
  notFoundDelay: time,
  maxEventSize: number(1024, 2 ** 28, undefined, true),
  connectTimeout: number(1, undefined, "auto"),
  idleTimeout: number(0, undefined, "auto"),
};

const body: Rule = ["what fetch takes but a stream, and a method with a body", (value) => !value?.getReader];

const rules: Rules = {
  __proto__: null,
  ...numbers,
  retry: { __proto__: null, ...retryTimes, factor: number(1), jitter: oneOf(...jitters) },
  withCredentials: ["", () => true],
  transport: oneOf("auto", "fetch", "native"),
  headers: made("Headers"),
  params: made("URLSearchParams"),
  // Those that fetch refuses are refused here: there they would look like network failures.
  method: [
    "an HTTP method that fetch allows",
    (value) => isString(value) && /^(?!(connect|trace|track)$)[-!#$%&'*+.^_`|~\w]+$/i.test(value),
  ],
  body,
  fetch: aFunction,
  heartbeatEvents: ["an array of strings", areStrings],
  terminal: [
    'event names, { name: "completed" | "failed" } or a function',
    (value) =>
      isFunction(value) ||
      areStrings(value) ||
      (isObject(value) &&
        !value[Symbol.iterator] &&
        Object.values(value).every((outcome) => /^(completed|failed)$/.test(`${outcome}`))),
  ],
  latch: [
    "a boolean or a non-empty string",
    (value) => value !== "" && /^(boolean|string)$/.test(typeof value),
  ],
  lastEventId: ["a string without CR, LF and NUL", (value) => isString(value) && !/[\r\n\0]/.test(value)],
  resume: [
    '"auto", "header" or { query: a name }',
    (value) => value === "auto" || value === "header" || (value?.query && isString(value.query)),
  ],
  parse: aFunction,
  pauseWhenHidden: aBoolean,
  pauseWhenOffline: aBoolean,
  classify: aFunction,
  signal: [
    "an AbortSignal",
    (value) => typeof value?.aborted === "boolean" && isFunction(value.addEventListener),
  ],
  debug: ["a boolean or a function", (value) => /^(boolean|function)$/.test(typeof value)],
};

function refuse(name: string, takes: string): never {
  throw new TypeError(`ResilientEventSource: option ${name} takes ${takes}`);
}

/**
 * @throws {DOMException} SyntaxError: no URL
 * @throws {TypeError} an option of the wrong type or range; it is named
 */
export function normalise(input: unknown, init: unknown): Options {
  // Web IDL turns every argument into its type before anything is made of one.
  const text = `${input}`;
  const unknown: string[] = [];
  const read: Record<string, unknown> = {};
  /** Reads each option once, as Web IDL reads a dictionary, members beside the rest. */
  const readAll = (from: unknown, table: Rules, prefix: string) => {
    if (!isObject(from)) refuse(prefix || "init", "an object");
    for (const name of new Set([...Object.keys(table), ...Object.keys(from as object)])) {
      const value = (from as Record<string, unknown>)[name];
      const rule = table[name];
      const full = prefix ? `${prefix}.${name}` : name;
      if (value === undefined) continue;
      if (!rule) {
        unknown.push(full);
      } else if (Array.isArray(rule)) {
        const accepted = rule[1](value);
        if (!accepted) refuse(full, rule[0]);
        read[name] = isObject(accepted) ? accepted : value;
      } else {
        readAll(value, rule as Rules, full);
      }
    }
  };
  readAll(init ?? {}, rules, "");
  const [url, ...facts] = locate(text);
  const given: ResilientEventSourceInit & RetryOptions = read;
  const method = (given.method ?? "GET").toUpperCase();
  const isGet = method === "GET";
  if (given.body != null && (isGet || method === "HEAD")) refuse("body", body[0]);
  for (const name of unknown) warn(`unknown option ${name}, ignored`);

  const { transport, terminal, resume, headers, params } = given;
  const outcomes = new Map<string, true | Outcome>(
    Array.isArray(terminal) ? terminal.map((name) => [name, true]) : Object.entries(terminal ?? {}),
  );
  const ends = isFunction(terminal)
    ? (terminal as Options["terminal"])
    : outcomes.size
      ? ({ type }: MessageEvent) => outcomes.get(type)
      : undefined;
  // A name with a line end names nothing.
  const heartbeats = (given.heartbeatEvents ?? heartbeatEvents).filter((name) => !/[\r\n]/.test(name));
  /** What the platform's own class cannot honour. */
  const misfit = headers
    ? "headers"
    : given.fetch
      ? "fetch"
      : isGet
        ? resume === "header" && "resume"
        : "method";
  const streamed = given.fetch || "body" in (globalThis.Response?.prototype ?? {});
  const native = transport === "native" || (transport !== "fetch" && !streamed);
  if (transport === "native" && misfit) refuse(misfit, 'no effect with transport "native"');
  const latch = given.latch ?? (ends && isGet);
  const flags = [
    latch,
    given.classify,
    given.pauseWhenHidden,
    given.pauseWhenOffline ?? true,
    isGet,
    isFunction(headers) || isFunction(params),
    ...facts,
    native ? !misfit && platformSource() : streamed,
    resume === "header",
    // The platform's class cannot be told a header.
    isObject(resume) || native,
    native,
  ];
  return {
    ...given,
    url,
    method,
    terminal: ends,
    key: latch === true ? url : latch || undefined,
    demanding: !!(headers || params || given.parse || given.fetch || ends || !isGet),
    numbers: [
      // "auto" and what is absent become NaN, and NaN the core's default.
      ...[...Object.keys(retryTimes), ...Object.keys(numbers), "factor"].map((name) => Number(read[name])),
      flags.reduce<number>(
        (sum, flag, index) => sum | (flag ? 4 << index : 0),
        Math.max(0, jitters.indexOf(given.jitter ?? "")),
      ),
    ],
    heartbeats: heartbeats.join("\n"),
    native,
    heard: [...heartbeats, ...outcomes.keys()],
  };
}
