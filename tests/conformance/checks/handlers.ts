// `onopen`, `onmessage`, `onerror`, and listeners beside them.
import { assert } from "chai";
import { group, type Trial } from "../support/check.ts";
import { stream } from "../support/script.ts";

const { checks, check } = group();

/** A source that may be sent events by hand. */
const idle = async (trial: Trial) => trial.open(await trial.serve(stream(":\n")));
const send = (source: EventTarget, type = "message") =>
  source.dispatchEvent(new MessageEvent(type, { data: "x" }));

check("handler-null", "a handler is null until set, and what is no object sets it to null", async (trial) => {
  const source = await idle(trial);
  for (const name of ["onopen", "onmessage", "onerror"] as const) {
    assert.isNull(source[name]);
    for (const value of [1, "x", Symbol("x"), true, undefined, null]) {
      source[name] = () => {};
      source[name] = value as never;
      assert.isNull(source[name]);
    }
  }
});

check(
  "handler-object",
  "an object that cannot be called is kept, and does nothing, not even by `handleEvent`",
  async (trial) => {
    const source = await idle(trial);
    let called = 0;
    const object = { handleEvent: () => called++ };
    source.onmessage = object as never;
    assert.equal(source.onmessage as unknown, object);
    send(source);
    assert.equal(called, 0);
  },
);

check(
  "handler-this",
  "a handler is called with the event, the source being `this` and `currentTarget`",
  async (trial) => {
    const source = await idle(trial);
    const seen: unknown[] = [];
    source.onmessage = function (event) {
      seen.push(this, event.target, event.currentTarget, event.eventPhase);
    };
    send(source);
    assert.deepEqual(seen, [source, source, source, 2]);
  },
);

check(
  "handler-false",
  "a handler that returns `false` cancels an event that can be cancelled; what else it returns is nothing",
  async (trial) => {
    const source = await idle(trial);
    for (const [returned, stays] of [
      [false, false],
      [0, true],
      [null, true],
      [undefined, true],
      [true, true],
    ]) {
      source.onmessage = () => returned;
      assert.equal(source.dispatchEvent(new Event("message", { cancelable: true })), stays);
      assert.isTrue(send(source));
    }
    // A listener's own answer means nothing.
    source.onmessage = null;
    source.addEventListener("message", () => false);
    assert.isTrue(source.dispatchEvent(new Event("message", { cancelable: true })));
  },
);

const orders: [
  id: string,
  rule: string,
  set: (source: EventSource, log: (name: string) => () => void) => void,
  string,
][] = [
  [
    "handler-order",
    "handlers and listeners are called in the order in which they were set",
    (source, log) => {
      source.addEventListener("message", log("a"));
      source.onmessage = log("b");
      source.addEventListener("message", log("c"));
    },
    "abc",
  ],
  [
    "handler-replaced",
    "a handler that is replaced keeps its place",
    (source, log) => {
      source.onmessage = log("x");
      source.addEventListener("message", log("b"));
      source.onmessage = log("a");
    },
    "ab",
  ],
  [
    "handler-removed",
    "one that was set to null loses it",
    (source, log) => {
      source.onmessage = log("x");
      source.addEventListener("message", log("a"));
      source.onmessage = null;
      source.onmessage = log("b");
    },
    "ab",
  ],
  [
    "handler-object-place",
    "an object that cannot be called holds the place for a function",
    (source, log) => {
      source.onmessage = {} as never;
      source.addEventListener("message", log("b"));
      source.onmessage = log("a");
    },
    "ab",
  ],
  [
    "listener-once",
    "the same listener is added once, `once` is called once, and a removed one not at all",
    (source, log) => {
      const [a, b, c] = [log("a"), log("b"), log("c")];
      source.addEventListener("message", a);
      source.addEventListener("message", a, false);
      source.addEventListener("message", b, { once: true });
      source.addEventListener("message", c);
      source.removeEventListener("message", c);
      send(source);
    },
    "aba",
  ],
  [
    "listener-signal",
    "a listener's `signal` removes it",
    (source, log) => {
      const controller = new AbortController();
      source.addEventListener("message", log("a"), { signal: controller.signal });
      source.addEventListener("message", log("b"));
      controller.abort();
      source.addEventListener("message", log("c"), { signal: controller.signal });
    },
    "b",
  ],
  [
    "listener-object",
    "an object with `handleEvent` is a listener, which is looked up at each event; null is none",
    (source, log) => {
      const object = { handleEvent: log("x") };
      source.addEventListener("message", object);
      source.addEventListener("message", null as never);
      object.handleEvent = log("a");
    },
    "a",
  ],
  [
    "listener-added",
    "a listener that is added while the event is dispatched is not called for it; one that is removed is not either",
    (source, log) => {
      const removed = log("x");
      source.addEventListener("message", () => {
        log("a")();
        source.addEventListener("message", log("y"));
        source.removeEventListener("message", removed);
      });
      source.addEventListener("message", removed);
      source.addEventListener("message", log("b"));
    },
    "ab",
  ],
  [
    "listener-stop",
    "`stopImmediatePropagation` spares the listeners that follow",
    (source, log) => {
      source.onmessage = (event) => {
        log("a")();
        event.stopImmediatePropagation();
      };
      source.addEventListener("message", log("b"));
    },
    "a",
  ],
];

for (const [id, rule, set, expected] of orders) {
  check(id, rule, async (trial) => {
    const source = await idle(trial);
    const called: string[] = [];
    set(source, (name) => () => void called.push(name));
    send(source);
    assert.equal(called.join(""), expected);
  });
}

check("handler-types", "each handler hears its own type, and one source not another's", async (trial) => {
  const [one, two] = [await idle(trial), await idle(trial)];
  const called: string[] = [];
  for (const name of ["onopen", "onmessage", "onerror"] as const) {
    one[name] = () => void called.push(name);
    two[name] = () => void called.push(`other ${name}`);
  }
  // Their own `open` may come in between: looked at is what is called at once.
  called.length = 0;
  for (const type of ["open", "message", "error"]) send(one, type);
  assert.deepEqual(called, ["onopen", "onmessage", "onerror"]);
});

check(
  "handler-throws",
  "a handler that throws is reported, and the next are called; the stream goes on",
  async (trial) => {
    const url = await trial.serve(stream("data: 1\n\ndata: 2\n\n"));
    const source = trial.open(url);
    const thrown = new Error("thrown by a handler, as the check wants it");
    const reported = hearReport(thrown);
    source.onmessage = () => {
      source.onmessage = null;
      throw thrown;
    };
    const recording = trial.record(source, "message", "error");
    await recording.reach(2);
    assert.deepEqual(recording.data, ["1", "2"]);
    assert.equal(await reported, thrown);
  },
);

check(
  "dispatch-by-hand",
  "an event that the page dispatches is delivered at once, is not trusted, and changes nothing",
  async (trial) => {
    const source = await idle(trial);
    const recording = trial.record(source, "error", "message");
    const before = source.readyState;
    assert.isTrue(source.dispatchEvent(new Event("error")));
    assert.deepEqual(recording.types, ["error"]);
    assert.equal(source.readyState, before);
    assert.isFalse(recording.events[0]?.isTrusted);
  },
);

/** What is reported as uncaught. Calls off what the scope would do about it. */
function hearReport(expected: unknown): Promise<unknown> {
  return new Promise((resolve) => {
    if (typeof process === "object") {
      process.once("uncaughtException", resolve);
      return;
    }
    globalThis.addEventListener("error", (event) => {
      if (event.error !== expected) return;
      event.preventDefault();
      resolve(event.error);
    });
  });
}

export const handling = checks;
