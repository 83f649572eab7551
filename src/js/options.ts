// The caller's options: each checked against one table and put into the form
// that Rust reads, one array and one text. Types and ranges only; the defaults are Rust's.
import { warn } from "./registry.ts";
import type { ResilientEventSourceInit } from "./types.ts";
import { locate } from "./url.ts";

/** The caller's options as the class and Rust need them. */
export interface Options {
  url: string;
  /** What was given; objects are copies, functions the caller's own. */
  given: ResilientEventSourceInit;
  /** The key of the latch; undefined where there is none beyond this instance. */
  key: string | undefined;
  /** Whether options are given that the platform's own class cannot honour. */
  demanding: boolean;
  /** The numbers that Rust asks for, flags at last, in the order of `src/browser/options.rs`. */
  numbers: number[];
  /** The texts that Rust asks for but for the last event id, in the same order. */
  texts: string[];
}

/**
 * What an option takes, in words and as a check. An object that a check answers
 * stands for the value from then on: a copy, as Web IDL makes them, which the
 * caller can't change later.
 */
// biome-ignore lint/suspicious/noExplicitAny: checks narrow from anything
type Rule = readonly [takes: string, accepts: (value: any, unknown: string[]) => unknown];
type Rules = Readonly<Record<string, Rule | null>>;

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
const number = (min = 0, max = Number.MAX_SAFE_INTEGER, or = "", integer = false): Rule => [
  `${integer ? "an integer" : "a number"} from ${min} to ${max}${or && ` or "${or}"`}`,
  (value) =>
    (or && value === or) ||
    (typeof value === "number" &&
      value >= min &&
      value <= max &&
      (!integer || value % 1 === 0 || value === max)),
];
const times = number();
/** An object that `make` can read, or a function. */
const made = (make: (value: never) => object): Rule => [
  "an object or a function",
  (value) => {
    try {
      return isFunction(value) || (isObject(value) && make(value as never));
    } catch {
      return false;
    }
  },
];

const jitters = ["full", "equal", "none"];

const retryRules: Rules = {
  __proto__: null,
  initial: times,
  factor: number(1),
  max: times,
  jitter: oneOf(...jitters),
  floor: times,
  serverMax: number(500),
};

const rules: Rules = {
  __proto__: null,
  withCredentials: ["", () => true],
  transport: oneOf("auto", "fetch"),
  headers: made((value: HeadersInit) => new Headers(value)),
  params: made((value: Record<string, string>) => new URLSearchParams(value)),
  // Those that fetch refuses are refused here: there they would look like network failures.
  method: [
    "an HTTP method that fetch allows",
    (value) => isString(value) && /^(?!(connect|trace|track)$)[-!#$%&'*+.^_`|~\w]+$/i.test(value),
  ],
  body: ["what fetch takes but a stream, and a method with a body", (value) => !value?.getReader],
  fetch: aFunction,
  retry: ["an object", (value, unknown) => isObject(value) && read(value, retryRules, "retry.", unknown)],
  maxRetries: number(0, Infinity, "", true),
  giveUpAfter: number(0, Infinity),
  resetAfter: times,
  connectTimeout: number(1, undefined, "auto"),
  idleTimeout: number(0, undefined, "auto"),
  heartbeatEvents: ["an array of strings", areStrings],
  stallAfter: times,
  notFoundGrace: times,
  notFoundDelay: times,
  terminal: [
    'event names, { name: "completed" | "failed" } or a function',
    (value) =>
      isFunction(value) ||
      areStrings(value) ||
      (isObject(value) && Object.values(value).every((outcome) => /^(completed|failed)$/.test(`${outcome}`))),
  ],
  latch: ["a boolean or a non-empty string", (value) => value !== "" && /^[bs]/.test(typeof value)],
  lastEventId: ["a string without CR, LF and NUL", (value) => isString(value) && !/[\r\n\0]/.test(value)],
  resume: [
    '"auto", "header" or { query: a name }',
    (value) => /^(auto|header)$/.test(value) || (isString(value?.query) && value.query !== ""),
  ],
  parse: aFunction,
  pauseWhenHidden: aBoolean,
  pauseWhenOffline: aBoolean,
  maxEventSize: number(1024, 2 ** 30, "", true),
  classify: aFunction,
  signal: ["an AbortSignal", (value) => typeof value?.aborted === "boolean"],
  debug: ["a boolean or a function", (value) => /^[bf]/.test(typeof value)],
};

function refuse(name: string, takes: string): never {
  throw new TypeError(`ResilientEventSource: option ${name} takes ${takes}`);
}

/** Reads each option once, as Web IDL reads a dictionary; names that it does not know go into `unknown`. */
function read(from: object, table: Rules, prefix: string, unknown: string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(table), ...Object.keys(from)])) {
    const value = (from as Record<string, unknown>)[name];
    if (value === undefined) continue;
    const rule = table[name];
    if (!rule) {
      unknown.push(prefix + name);
      continue;
    }
    const accepted = rule[1](value, unknown);
    if (!accepted) refuse(prefix + name, rule[0]);
    found[name] = isObject(accepted) ? accepted : value;
  }
  return found;
}

/**
 * @throws {DOMException} SyntaxError: no URL
 * @throws {TypeError} an option of the wrong type or range; it is named
 */
export function normalise(input: unknown, init: unknown): Options {
  const place = locate(input);
  const unknown: string[] = [];
  if (!isObject(init ?? {})) refuse("init", "an object");
  const given: ResilientEventSourceInit = read(init ?? {}, rules, "", unknown);
  const method = (given.method ?? "GET").toUpperCase();
  if (given.body != null && /^(GET|HEAD)$/.test(method)) refuse("body", (rules.body as Rule)[0]);
  for (const name of unknown) warn(`unknown option ${name}, ignored`);

  const { terminal, retry, resume, headers, params, heartbeatEvents } = given;
  const asked = isFunction(terminal);
  const names: string[] = asked ? [] : Array.isArray(terminal) ? terminal : Object.keys(terminal ?? {});
  const fails = (name: string) => (terminal as Record<string, string>)[name] === "failed";
  const hasTerminal = asked || names.length > 0;
  const latch = given.latch ?? (hasTerminal && method === "GET");
  const bits = [
    latch,
    given.classify,
    given.pauseWhenHidden,
    given.pauseWhenOffline ?? true,
    method === "GET",
    isFunction(headers) || isFunction(params),
    place.crossOrigin,
    place.fetchable,
    place.mixed,
    given.fetch || "body" in (globalThis.Response?.prototype ?? {}),
    resume === "header",
    isObject(resume),
    heartbeatEvents,
  ];
  // A name with a line end names nothing.
  const list = (all: readonly string[]) => all.filter((name) => !/[\r\n]/.test(name)).join("\n");
  return {
    url: place.url,
    given,
    key: latch === true ? place.url : latch || undefined,
    demanding: !!(headers || params || given.parse || given.fetch || hasTerminal || method !== "GET"),
    numbers: [
      ...[
        retry?.initial,
        retry?.max,
        retry?.floor,
        retry?.serverMax,
        given.maxRetries,
        given.giveUpAfter,
        given.resetAfter,
        given.stallAfter,
        given.notFoundGrace,
        given.notFoundDelay,
        given.maxEventSize,
        given.connectTimeout,
        given.idleTimeout,
        retry?.factor,
        // "auto" and what is absent become NaN, and NaN the core's default.
      ].map(Number),
      bits.reduce<number>(
        (sum, bit, index) => sum | (+!!bit << (index + 2)),
        Math.max(0, jitters.indexOf(retry?.jitter ?? "")),
      ),
    ],
    texts: [
      list(heartbeatEvents ?? []),
      list(names.filter((name) => !fails(name))),
      list(names.filter(fails)),
    ],
  };
}
