// The class as Web IDL makes one.
import { assert } from "chai";
import { group, next } from "../support/check.ts";
import { ending, stream } from "../support/script.ts";

const { checks, check } = group();

const constants = { CONNECTING: 0, OPEN: 1, CLOSED: 2 };
const readOnly = ["url", "withCredentials", "readyState"] as const;
const handlers = ["onopen", "onmessage", "onerror"] as const;

check(
  "constants",
  "`CONNECTING`, `OPEN` and `CLOSED` are on class and prototype, enumerable and read-only",
  ({ EventSource }) => {
    for (const holder of [EventSource, EventSource.prototype])
      for (const [name, value] of Object.entries(constants))
        assert.deepEqual(Object.getOwnPropertyDescriptor(holder, name), {
          value,
          writable: false,
          enumerable: true,
          configurable: false,
        });
  },
);

check(
  "accessors",
  "members are enumerable accessors of the prototype; only handlers can be set",
  ({ EventSource }) => {
    for (const name of [...readOnly, ...handlers]) {
      const found = Object.getOwnPropertyDescriptor(EventSource.prototype, name);
      assert.deepEqual([name, found?.enumerable, found?.configurable], [name, true, true]);
      assert.equal(found?.get?.name, `get ${name}`);
      assert.equal(found?.set?.name, handlers.includes(name as never) ? `set ${name}` : undefined);
    }
  },
);

check("close-method", "`close` is an enumerable, writable method without arguments", ({ EventSource }) => {
  const found = Object.getOwnPropertyDescriptor(EventSource.prototype, "close");
  assert.deepEqual(
    [found?.enumerable, found?.configurable, found?.writable, found?.value.name, found?.value.length],
    [true, true, true, "close", 0],
  );
});

check("own-properties", "a source has no properties of its own", async (trial) => {
  const source = trial.open(await trial.serve(stream(":\n")));
  source.onmessage = () => {};
  assert.deepEqual(Reflect.ownKeys(source), []);
});

check("for-in", "`for … in` lists the members and constants", async (trial) => {
  const source = trial.open(await trial.serve(stream(":\n")));
  const names: string[] = [];
  for (const name in source) names.push(name);
  assert.includeMembers(names, [
    ...readOnly,
    ...handlers,
    ...Object.keys(constants),
    "close",
    "dispatchEvent",
  ]);
});

check("inheritance", "class and prototype inherit from `EventTarget`", async (trial) => {
  const { EventSource } = trial;
  assert.equal(Object.getPrototypeOf(EventSource), EventTarget);
  assert.equal(Object.getPrototypeOf(EventSource.prototype), EventTarget.prototype);
  const source = trial.open(await trial.serve(stream(":\n")));
  assert.instanceOf(source, EventSource);
  assert.instanceOf(source, EventTarget);
  assert.equal(source.constructor.prototype, EventSource.prototype);
});

check(
  "prototype",
  "`prototype` of the class cannot be replaced, `constructor` is not enumerable",
  ({ EventSource }) => {
    const found = Object.getOwnPropertyDescriptor(EventSource, "prototype");
    assert.deepEqual([found?.writable, found?.enumerable, found?.configurable], [false, false, false]);
    assert.isFalse(Object.getOwnPropertyDescriptor(EventSource.prototype, "constructor")?.enumerable);
  },
);

check("class-length", "the class has one required argument", ({ EventSource }) => {
  assert.equal(EventSource.length, 1);
});

check("class-name", "the class is named `EventSource`", ({ EventSource }) => {
  assert.equal(EventSource.name, "EventSource");
});

check("tag", "`Object.prototype.toString` says `[object EventSource]`", async (trial) => {
  const source = trial.open(await trial.serve(stream(":\n")));
  assert.equal(String(source), "[object EventSource]");
  assert.deepEqual(Object.getOwnPropertyDescriptor(trial.EventSource.prototype, Symbol.toStringTag), {
    value: "EventSource",
    writable: false,
    enumerable: false,
    configurable: true,
  });
});

check("foreign-this", "getters and `close` of something else throw a `TypeError`", ({ EventSource }) => {
  for (const name of [...readOnly, ...handlers]) {
    const get = Object.getOwnPropertyDescriptor(EventSource.prototype, name)?.get as () => unknown;
    for (const self of [{}, new EventTarget(), EventSource.prototype])
      assert.throws(() => get.call(self), TypeError);
  }
  assert.throws(() => EventSource.prototype.close.call({} as never), TypeError);
});

check("foreign-this-set", "so do the setters of handlers", ({ EventSource }) => {
  for (const name of handlers) {
    const set = Object.getOwnPropertyDescriptor(EventSource.prototype, name)?.set as (value: unknown) => void;
    for (const self of [{}, new EventTarget(), EventSource.prototype])
      assert.throws(() => set.call(self, () => {}), TypeError);
  }
});

check(
  "read-only",
  "what is assigned to a member that is read-only is a `TypeError` in strict code",
  async (trial) => {
    const source = trial.open(await trial.serve(stream(":\n")));
    for (const name of [...readOnly, ...Object.keys(constants)])
      assert.throws(() => {
        (source as never as Record<string, unknown>)[name] = 2;
      }, TypeError);
  },
);

check(
  "extended",
  "a method that a page adds to the prototype is there on every source, and spies can wrap `close`",
  async (trial) => {
    const prototype = trial.EventSource.prototype as EventSource & { added?: () => string };
    const { close } = prototype;
    const source = trial.open(await trial.serve(stream(":\n")));
    let spied = 0;
    try {
      prototype.added = function () {
        return this.url;
      };
      prototype.close = function () {
        spied++;
        close.call(this);
      };
      assert.equal((source as typeof prototype).added?.(), source.url);
      source.close();
      assert.deepEqual([spied, source.readyState], [1, 2]);
    } finally {
      delete prototype.added;
      prototype.close = close;
    }
  },
);

check("subclass", "it can be extended", async (trial) => {
  class Mine extends trial.EventSource {
    readonly mine = true;
    get shout() {
      return this.url.toUpperCase();
    }
  }
  const url = await trial.serve(stream(":\n"));
  const source = new Mine(url);
  source.close();
  assert.deepEqual(
    [source.shout, source.mine, source instanceof trial.EventSource],
    [url.toUpperCase(), true, true],
  );
});

check(
  "subclass-members",
  "what a subclass has by the same names is the page's: the class itself neither calls nor reads it",
  async (trial) => {
    const used: string[] = [];
    const unused = (name: string) => {
      used.push(name);
      throw new Error(`${name} was used`);
    };
    class Mine extends trial.EventSource {
      override get url() {
        return unused("url");
      }
      override get readyState() {
        return unused("readyState");
      }
      get state() {
        return unused("state");
      }
      get snapshot() {
        return unused("snapshot");
      }
      override dispatchEvent() {
        return unused("dispatchEvent");
      }
      override addEventListener() {
        unused("addEventListener");
      }
      override removeEventListener() {
        unused("removeEventListener");
      }
    }
    const source = new Mine(await trial.serve([ending("data: 1\n\n"), stream("data: 2\n\n")]));
    const close = () => trial.EventSource.prototype.close.call(source);
    const seen: string[] = [];
    try {
      await new Promise<void>((resolve) => {
        source.onerror = () => seen.push("removed");
        source.onerror = null;
        source.onerror = ({ type }) => seen.push(type);
        source.onmessage = ({ data }) => {
          seen.push(data);
          if (data === "2") resolve();
        };
      });
      close();
    } finally {
      close();
    }
    assert.deepEqual(seen, ["1", "error", "2"]);
    assert.deepEqual(used, []);
  },
);

check("notes", "a page may put properties of its own on a source", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: 1\n\n"))) as never as Record<string, unknown>;
  const notes = {
    state: "busy",
    lastEventId: "7",
    snapshot: {},
    stats: 1,
    reset: null,
    reconnect: 2,
    mine: 3,
  };
  for (const [name, value] of Object.entries(notes)) source[name] = value;
  assert.deepEqual(Object.entries(source), Object.entries(notes));
  assert.equal((await next(source as never, "message")).data, "1");
});

check("listener-foreign", "its `addEventListener` can be called on any `EventTarget`", ({ EventSource }) => {
  const target = new EventTarget();
  let called = 0;
  EventSource.prototype.addEventListener.call(target, "message", () => called++);
  target.dispatchEvent(new Event("message"));
  assert.equal(called, 1);
});

check("listener-method", "`addEventListener` is that of `EventTarget`", ({ EventSource }) => {
  assert.isFalse(Object.hasOwn(EventSource.prototype, "addEventListener"));
});

export const shape = checks;
