// The caller's options: each checked against one table and put into the form
// that Rust reads, one array and one text. Types and ranges only; the defaults are Rust's.
import { outcomes } from "./names.ts";
import { warn } from "./registry.ts";
import type { Outcome, ResilientEventSourceInit, RetryOptions } from "./types.ts";
import { locate } from "./url.ts";

/** The caller's options as the class and Rust need them. Objects are copies, functions the caller's own. */
export interface Options extends ResilientEventSourceInit {
  url: string;
  /** Upper-cased. */
  method: string;
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
  maxEventSize: number(1024, 2 ** 30, undefined, true),
  connectTimeout: number(1, undefined, "auto"),
  idleTimeout: number(0, undefined, "auto"),
};

const body: Rule = ["what fetch takes but a stream, and a method with a body", (value) => !value?.getReader];

const rules: Rules = {
  __proto__: null,
  ...numbers,
  retry: { __proto__: null, ...retryTimes, factor: number(1), jitter: oneOf(...jitters) },
  withCredentials: ["", () => true],
  transport: oneOf("auto", "fetch"),
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
        Object.values(value).every((outcome) => outcomes.includes(outcome as Outcome))),
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
 * Reads each option once, as Web IDL reads a dictionary, members into the same
 * object as the rest; names that it does not know go into `unknown`.
 */
function read(
  from: unknown,
  table: Rules,
  name: string,
  into: Record<string, unknown>,
  unknown: string[],
): void {
  if (!isObject(from)) refuse(name, "an object");
  for (const key of new Set([...Object.keys(table), ...Object.keys(from as object)])) {
    const value = (from as Record<string, unknown>)[key];
    const rule = table[key];
    const full = table === rules ? key : `${name}.${key}`;
    if (value === undefined) continue;
    if (!rule) unknown.push(full);
    else if (Array.isArray(rule)) {
      const accepted = rule[1](value);
      if (!accepted) refuse(full, rule[0]);
      into[key] = isObject(accepted) ? accepted : value;
    } else read(value, rule as Rules, full, into, unknown);
  }
}

/**
 * @throws {DOMException} SyntaxError: no URL
 * @throws {TypeError} an option of the wrong type or range; it is named
 */
export function normalise(input: unknown, init: unknown): Options {
  const [url, ...facts] = locate(input);
  const unknown: string[] = [];
  const given: ResilientEventSourceInit & RetryOptions = {};
  read(init ?? {}, rules, "init", given as Record<string, unknown>, unknown);
  const method = (given.method ?? "GET").toUpperCase();
  const isGet = method === "GET";
  if (given.body != null && (isGet || method === "HEAD")) refuse("body", body[0]);
  for (const name of unknown) warn(`unknown option ${name}, ignored`);

  const { terminal, latch, resume, headers, params, heartbeatEvents } = given;
  const asked = isFunction(terminal);
  const outcomeOf: Record<string, unknown> = Array.isArray(terminal)
    ? Object.fromEntries(terminal.map((name) => [name, true]))
    : asked
      ? {}
      : { ...terminal };
  const names = Object.keys(outcomeOf);
  const fails = (name: string) => outcomeOf[name] === "failed";
  const hasTerminal = asked || names.length > 0;
  const latched = latch ?? (hasTerminal && isGet);
  const flags = [
    latched,
    given.classify,
    given.pauseWhenHidden,
    given.pauseWhenOffline ?? true,
    isGet,
    isFunction(headers) || isFunction(params),
    ...facts,
    given.fetch || "body" in (globalThis.Response?.prototype ?? {}),
    resume === "header",
    isObject(resume),
    heartbeatEvents,
  ];
  // A name with a line end names nothing.
  const lines = (all: readonly string[]) => all.filter((name) => !/[\r\n]/.test(name)).join("\n");
  return {
    ...given,
    url,
    method,
    key: latched === true ? url : latched || undefined,
    demanding: !!(headers || params || given.parse || given.fetch || hasTerminal || !isGet),
    numbers: [
      // "auto" and what is absent become NaN, and NaN the core's default.
      ...[...Object.keys(retryTimes), ...Object.keys(numbers), "factor"].map((name) =>
        Number((given as Record<string, unknown>)[name]),
      ),
      flags.reduce<number>(
        (sum, flag, index) => sum | (flag ? 4 << index : 0),
        jitters.indexOf(given.jitter ?? "full"),
      ),
    ],
    texts: [heartbeatEvents ?? [], names.filter((name) => !fails(name)), names.filter(fails)].map(lines),
  };
}
