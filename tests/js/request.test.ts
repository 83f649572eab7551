// The requests that the class makes when it is asked for one.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ResilientEventSourceInit } from "../../src/js/types.ts";
import { loadClass, turn } from "./support/fake.ts";

const url = "https://example.test/stream";
const loaded = await loadClass();
const { ResilientEventSource } = loaded;

/** How the last event id travels. */
const [none, header, query] = [0, 1, 2];

interface Sent {
  url: string;
  init: RequestInit;
  headers: Headers;
}

/** A source whose requests are kept and answered with an empty response. */
function prepare(init: ResilientEventSourceInit = {}, at = url) {
  const sent: Sent[] = [];
  const answer = new Response("");
  const source = new ResilientEventSource(at, {
    fetch: async (url, init) => {
      sent.push({ url, init, headers: init.headers as Headers });
      return answer;
    },
    ...init,
  });
  return { source, machine: loaded.latest(), sent, answer };
}

/** The first request of a source with these options. */
async function first(init?: ResilientEventSourceInit, at?: string, resume = none) {
  const { machine, sent, answer } = prepare(init, at);
  assert.equal(await machine.request(1, "start", false, resume), answer);
  assert.equal(sent.length, 1);
  return sent[0] as Sent;
}

describe("a request", () => {
  test("asks for an event stream, uncached, with credentials to its own origin", async () => {
    const { url: asked, init, headers } = await first();
    assert.equal(asked, url);
    assert.deepEqual([...headers], [["accept", "text/event-stream"]]);
    const { method, credentials, cache, signal } = init;
    assert.deepEqual([method, credentials, cache], ["GET", "same-origin", "no-store"]);
    assert.equal(signal?.aborted, false);
    assert.equal(new Request(asked, init).body, null);
  });

  test("with withCredentials has credentials everywhere", async () => {
    assert.equal((await first({ withCredentials: true })).init.credentials, "include");
  });

  test("has the method upper-cased, where fetch does not too, and the body", async () => {
    const { init } = await first({ method: "patch", body: "question" });
    assert.deepEqual([init.method, init.body], ["PATCH", "question"]);
  });

  test("goes to the global fetch of the moment, called without a receiver", async () => {
    const { machine, answer } = prepare({ fetch: undefined });
    const before = globalThis.fetch;
    const seen: unknown[] = [];
    globalThis.fetch = async function (this: unknown, input) {
      seen.push(this, input);
      return answer;
    };
    try {
      assert.equal(await machine.request(1, "start"), answer);
    } finally {
      globalThis.fetch = before;
    }
    assert.deepEqual(seen, [undefined, url]);
  });

  test("goes to a custom fetch without a receiver too", async () => {
    let receiver: unknown = "not called";
    const { machine, answer } = prepare({
      fetch: async function (this: unknown) {
        receiver = this;
        return answer;
      },
    });
    await machine.request(1, "start");
    assert.equal(receiver, undefined);
  });

  test("is aborted by abort", async () => {
    const { machine, sent } = prepare();
    machine.request(1, "start");
    machine.host.abort();
    assert.equal(sent[0]?.init.signal?.aborted, true);
  });

  test("whose fetch throws fails, and so does one whose fetch rejects", async () => {
    const thrown = new Error("no network");
    for (const fetch of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]) {
      await assert.rejects(prepare({ fetch }).machine.request(1, "start"), /the request failed/);
    }
  });
});

describe("the first request leaves before its call returns", () => {
  for (const init of [
    {},
    { headers: { a: "b" }, params: { c: "d" } },
    { headers: () => ({ a: "b" }), params: () => ({ c: "d" }) },
  ] as ResilientEventSourceInit[]) {
    test(JSON.stringify(Object.entries(init).map(([name, value]) => `${name}: ${typeof value}`)), () => {
      const { machine, sent } = prepare(init);
      machine.request(1, "start");
      assert.equal(sent.length, 1);
    });
  }

  for (const name of ["headers", "params"]) {
    test(`but where ${name} has to be waited for`, async () => {
      const { machine, sent } = prepare({ [name]: async () => ({ a: "b" }) });
      const request = machine.request(1, "start");
      assert.equal(sent.length, 0);
      await request;
      assert.equal(sent.length, 1);
    });
  }
});

describe("headers", () => {
  test("are those of an object, of Headers or of pairs, copied", async () => {
    const given = { a: "1" };
    const { machine, sent } = prepare({ headers: given });
    given.a = "2";
    await machine.request(1, "start");
    assert.equal(sent[0]?.headers.get("a"), "1");
    for (const headers of [new Headers({ a: "1" }), [["a", "1"]]] as HeadersInit[]) {
      assert.equal((await first({ headers })).headers.get("a"), "1");
    }
  });

  test("keep an accept of the caller's", async () => {
    assert.equal((await first({ headers: { Accept: "*/*" } })).headers.get("accept"), "*/*");
  });

  test("are asked for before every attempt, with its number, reason and signal", async () => {
    const asked: unknown[] = [];
    const { machine, sent } = prepare({
      headers: async ({ attempt, reason, signal }) => {
        asked.push([attempt, reason, signal.aborted]);
        return { token: `t${asked.length}` };
      },
    });
    await machine.request(1, "start");
    await machine.request(2, "http-status");
    assert.deepEqual(asked, [
      [1, "start", false],
      [2, "http-status", false],
    ]);
    assert.deepEqual(
      sent.map(({ headers }) => headers.get("token")),
      ["t1", "t2"],
    );
  });

  test("and the fetch get the same signal", async () => {
    let signal: AbortSignal | undefined;
    const { init } = await first({
      headers: (info) => {
        signal = info.signal;
        return {};
      },
    });
    assert.equal(init.signal, signal);
  });
});

describe("params", () => {
  for (const [at, expected] of [
    ["https://example.test/a", "https://example.test/a?c=d+e"],
    ["https://example.test/a?", "https://example.test/a?c=d+e"],
    ["https://example.test/a?q=%20", "https://example.test/a?q=%20&c=d+e"],
    ["https://example.test/a?q#f", "https://example.test/a?q&c=d+e#f"],
  ] as const) {
    test(`are added to ${at}, whose own query stays as it is`, async () => {
      assert.equal((await first({ params: { c: "d e" } }, at)).url, expected);
    });
  }

  test("leave url as it was asked for", async () => {
    const { source, machine } = prepare({ params: { c: "d" } });
    await machine.request(1, "start");
    assert.equal(source.url, url);
  });

  test("are asked for before every attempt, a URLSearchParams too", async () => {
    const { machine, sent } = prepare({
      params: ({ attempt }) => new URLSearchParams({ ticket: String(attempt) }),
    });
    await machine.request(1, "start");
    await machine.request(2, "network");
    assert.deepEqual(
      sent.map(({ url }) => url),
      [`${url}?ticket=1`, `${url}?ticket=2`],
    );
  });

  test("are asked for after headers, and not where those failed", async () => {
    const asked: string[] = [];
    const params = () => {
      asked.push("params");
      return {};
    };
    await first({
      headers: async () => {
        asked.push("headers");
        return {};
      },
      params,
    });
    await prepare({ headers: () => Promise.reject(), params }).machine.request(1, "start");
    assert.deepEqual(asked, ["headers", "params"]);
  });
});

describe("a function that gives nothing to send is a fault, told by number, and nothing is sent", () => {
  const faults: [what: string, give: () => unknown][] = [
    ["throws", () => assert.fail("thrown")],
    ["rejects", () => Promise.reject(new Error("rejected"))],
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is meant
    ["is a thenable that rejects", () => ({ then: (_: unknown, no: (error: unknown) => void) => no(0) })],
  ];
  const invalid: [what: string, give: () => unknown][] = [
    ["answers what are no headers", () => ({ "bad name": "x" })],
    ["answers what are no headers, later", async () => 5],
  ];
  for (const [name, fault, cases] of [
    ["headers", 1, [...faults, ...invalid]],
    ["params", 2, [...faults, ["answers what are no params", () => [["a"]]] as const]],
  ] as const) {
    for (const [what, give] of cases) {
      test(`${name} ${what}: ${fault}`, async () => {
        const { machine, sent } = prepare({ [name]: give });
        assert.equal(await machine.request(1, "start"), fault);
        assert.equal(sent.length, 0);
      });
    }
  }

  test("undefined is none", async () => {
    const { url: asked, headers } = await first({
      headers: () => undefined as never,
      params: async () => undefined as never,
    });
    assert.equal(asked, url);
    assert.deepEqual([...headers.keys()], ["accept"]);
  });
});

describe("after the request was given up", () => {
  for (const name of ["headers", "params"]) {
    test(`in ${name} at once, nothing is sent`, async () => {
      const { machine, sent } = prepare({
        [name]: () => {
          machine.host.abort();
          return {};
        },
      });
      machine.request(1, "start");
      await turn();
      assert.equal(sent.length, 0);
    });

    test(`while ${name} was waited for, nothing is sent`, async () => {
      const { machine, sent } = prepare({ [name]: async () => ({}) });
      machine.request(1, "start");
      machine.host.abort();
      await turn();
      assert.equal(sent.length, 0);
    });
  }

  test("what headers answer too late is not what the next attempt sends again", async () => {
    const answers: ((headers: HeadersInit) => void)[] = [];
    const { machine, sent } = prepare({
      headers: () => new Promise((resolve) => answers.push(resolve)),
    });
    machine.request(1, "start");
    machine.host.abort();
    const second = machine.request(2, "connect-timeout");
    answers[1]?.({ token: "new" });
    await second;
    answers[0]?.({ token: "old" });
    await turn();
    await machine.request(2, "network", true);
    assert.deepEqual(
      sent.map(({ headers }) => headers.get("token")),
      ["new", "new"],
    );
  });
});

test("a second request of an attempt sends what the first one got, without asking", async () => {
  let asked = 0;
  const { machine, sent } = prepare({
    lastEventId: "7",
    headers: () => ({ token: `t${++asked}` }),
    params: () => ({ ticket: `${asked}` }),
  });
  await machine.request(1, "start", false, header);
  machine.host.abort();
  await machine.request(1, "start", true, query);
  assert.equal(asked, 1);
  assert.deepEqual(
    sent.map(({ url, headers, init }) => [
      url,
      headers.get("token"),
      headers.get("last-event-id"),
      init.signal?.aborted,
    ]),
    [
      [`${url}?ticket=1`, "t1", "7", true],
      [`${url}?ticket=1&lastEventId=7`, "t1", null, false],
    ],
  );
});

describe("the last event id", () => {
  test("travels as UTF-8 bytes in the header", async () => {
    const { headers, url: asked } = await first({ lastEventId: "é𝄞 1" }, url, header);
    const value = headers.get("last-event-id") ?? "";
    assert.equal(Buffer.from(value, "latin1").toString("utf8"), "é𝄞 1");
    assert.equal(asked, url);
  });

  test("wins over a header of the caller's", async () => {
    const init = { lastEventId: "7", headers: { "Last-Event-ID": "5" } };
    assert.equal((await first(init, url, header)).headers.get("last-event-id"), "7");
  });

  test("travels as the parameter lastEventId, or by the name that was asked for", async () => {
    const init = { lastEventId: "é&1", params: { a: "b" } };
    const { url: asked, headers } = await first(init, `${url}?q`, query);
    assert.equal(asked, `${url}?q&a=b&lastEventId=%C3%A9%261`);
    assert.equal(headers.get("last-event-id"), null);
    const named = await first({ ...init, resume: { query: "from" } }, url, query);
    assert.equal(named.url, `${url}?a=b&from=%C3%A9%261`);
  });

  test("does not travel where it was not asked for", async () => {
    const { url: asked, headers } = await first({ lastEventId: "7" }, url, none);
    assert.equal(asked, url);
    assert.equal(headers.get("last-event-id"), null);
  });

  test("is that of the last event", async () => {
    const { machine, sent } = prepare({ lastEventId: "1" });
    machine.open();
    machine.batch({ data: "x", id: "2" });
    await machine.called("drained");
    await machine.request(2, "network", false, header);
    assert.equal(sent[0]?.headers.get("last-event-id"), "2");
  });
});
