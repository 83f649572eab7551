// The events that a source fires.
import { assert } from "chai";
import { group, next } from "../support/check.ts";
import { ending, status, stream } from "../support/script.ts";

const { checks, check } = group();

check(
  "message-event",
  "a server's event is a `MessageEvent` with data, origin and id, and no more",
  async (trial) => {
    const url = await trial.serve(stream("id: 3\ndata: x\n\n"));
    const source = trial.open(url);
    const event = await next(source, "message");
    assert.instanceOf(event, MessageEvent);
    const { type, data, lastEventId, origin, bubbles, cancelable, composed } = event;
    assert.deepEqual(
      {
        type,
        data,
        lastEventId,
        origin,
        bubbles,
        cancelable,
        composed,
        source: event.source,
        ports: [...event.ports],
      },
      {
        ...{ type: "message", data: "x", lastEventId: "3", origin: new URL(url).origin },
        ...{ bubbles: false, cancelable: false, composed: false, source: null, ports: [] },
      },
    );
  },
);

check("target", "`target`, `currentTarget` and `composedPath` are the source", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: x\n\n")));
  await new Promise<void>((resolve, reject) => {
    source.onmessage = (event) => {
      try {
        assert.equal(event.target, source);
        assert.equal(event.currentTarget, source);
        assert.deepEqual(event.composedPath(), [source]);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
  });
});

check("is-trusted", "a server's event is trusted", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: x\n\n")));
  assert.isTrue((await next(source, "message")).isTrusted);
});

check(
  "open-event",
  "`open` is an `Event` that neither bubbles nor can be cancelled, fired when `readyState` is 1",
  async (trial) => {
    const source = trial.open(await trial.serve(stream(":\n")));
    const seen = await new Promise<unknown[]>((resolve) => {
      source.onopen = (event) =>
        resolve([event instanceof Event, event.type, event.bubbles, event.cancelable, source.readyState]);
    });
    assert.deepEqual(seen, [true, "open", false, false, 1]);
  },
);

check(
  "open-first",
  "`open` comes before the first event of its stream, at each reconnection",
  async (trial) => {
    const { recording } = await trial.play([ending("data: 1\n\n"), stream("data: 2\n\n")], "open");
    await recording.reach(5);
    assert.deepEqual(recording.types, ["open", "message", "error", "open", "message"]);
  },
);

check(
  "error-event",
  "`error` at a reconnection is an `Event` with `readyState` 0 already set",
  async (trial) => {
    const source = trial.open(await trial.serve([ending("data: 1\n\n"), stream(":\n")]));
    const seen = await new Promise<unknown[]>((resolve) => {
      source.onerror = (event) =>
        resolve([
          event instanceof Event,
          event instanceof MessageEvent,
          event.bubbles,
          event.cancelable,
          source.readyState,
        ]);
    });
    assert.deepEqual(seen, [true, false, false, false, 0]);
  },
);

check(
  "failed-event",
  "a connection that fails fires `error` once with `readyState` 2, and never `open`",
  async (trial) => {
    const url = await trial.serve(status(404));
    const source = trial.open(url);
    const recording = trial.record(source, "open", "message", "error");
    const states: number[] = [];
    source.addEventListener("error", () => states.push(source.readyState));
    await recording.reach(1);
    await trial.asked(url, { requests: 1 });
    assert.deepEqual([recording.types, states], [["error"], [2]]);
  },
);

check("named-only", "a named event goes to listeners of its name, not to `onmessage`", async (trial) => {
  const { recording } = await trial.play(stream("event: news\ndata: 1\n\ndata: 2\n\n"), "news");
  await recording.reach(2);
  assert.deepEqual(
    recording.events.map(({ type, data }) => [type, data]),
    [
      ["news", "1"],
      ["message", "2"],
    ],
  );
});

check("named-late", "a listener of a name may be added at any time", async (trial) => {
  const source = trial.open(
    await trial.serve(stream("data: 1\n\n", { wait: 100 }, "event: late\ndata: 2\n\n")),
  );
  await next(source, "message");
  assert.equal((await next(source, "late")).data, "2");
});

check(
  "named-odd",
  "a name may be anything, that of a property too, and is matched as it is",
  async (trial) => {
    const names = ["__proto__", "constructor", "a b", "ü…", "Message", "toString"];
    const body = names.map((name) => `event: ${name}\ndata: ${name}\n\n`);
    const { recording } = await trial.play(stream(...body, "data: end\n\n"), ...names);
    await recording.reach(names.length + 1);
    assert.deepEqual(recording.types, [...names, "message"]);
  },
);

check(
  "named-open",
  "a server may name its events `open` and `error`: they are `MessageEvent`s",
  async (trial) => {
    const source = trial.open(
      await trial.serve(stream("event: open\ndata: 1\n\nevent: error\ndata: 2\n\ndata: 3\n\n")),
    );
    const recording = trial.record(source, "open", "error", "message");
    await recording.reach(4);
    assert.deepEqual(
      recording.events.map((event) => [event.type, event instanceof MessageEvent, event.data]),
      [
        ["open", false, undefined],
        ["open", true, "1"],
        ["error", true, "2"],
        ["message", true, "3"],
      ],
    );
    assert.equal(source.readyState, 1);
  },
);

check("microtasks", "microtasks of a handler run before the next event", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: 1\n\ndata: 2\n\ndata: end\n\n")));
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    source.onmessage = ({ data }) => {
      order.push(data);
      Promise.resolve()
        .then(() => order.push(`after ${data}`))
        .then(() => data === "end" && resolve());
    };
  });
  assert.deepEqual(order, ["1", "after 1", "2", "after 2", "end", "after end"]);
});

check("microtasks-deep", "however long the chain of them is", async (trial) => {
  const source = trial.open(await trial.serve(stream("data: 1\n\ndata: 2\n\ndata: end\n\n")));
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    source.onmessage = async ({ data }) => {
      order.push(data);
      for (let turn = 0; turn < 40; turn++) await null;
      order.push(`after ${data}`);
      if (data === "end") resolve();
    };
  });
  assert.deepEqual(order, ["1", "after 1", "2", "after 2", "end", "after end"]);
});

check(
  "microtasks-listeners",
  "microtasks of a listener run before the next listener of the event",
  async (trial) => {
    const source = trial.open(await trial.serve(stream("data: 1\n\n")));
    const order: string[] = [];
    source.addEventListener("message", () => {
      order.push("one");
      Promise.resolve().then(() => order.push("after one"));
    });
    source.addEventListener("message", () => order.push("two"));
    await next(source, "message");
    assert.deepEqual(order, ["one", "after one", "two"]);
  },
);

check(
  "awaiting",
  "a consumer that awaits one event after the other misses none of a chunk",
  async (trial) => {
    const count = 40;
    const body = Array.from({ length: count }, (_, index) => `data: ${index}\n\n`).join("");
    const source = trial.open(await trial.serve(stream(body)));
    for (let index = 0; index < count; index++)
      assert.equal((await next(source, "message")).data, `${index}`);
  },
);

export const firing = checks;
