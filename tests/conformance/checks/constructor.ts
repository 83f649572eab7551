// `new EventSource(url, init)`: what becomes of its arguments.
import { assert } from "chai";
import { group, inPagesAndWorkers, next, type Trial } from "../support/check.ts";
import { stream } from "../support/script.ts";

const { checks, check } = group();

/** That an argument leads to a path beside the page. */
const leadsTo = (name: string, argument: unknown) => async (trial: Trial) => {
  const url = await trial.serve(stream(":\n"), { at: name });
  assert.equal(trial.open(argument).url, url);
  await trial.asked(url, { requests: 1 });
};

check("url-null", "`null` is the URL `null`", leadsTo("null", null), inPagesAndWorkers);
check(
  "url-undefined",
  "`undefined` is the URL `undefined`",
  leadsTo("undefined", undefined),
  inPagesAndWorkers,
);
check("url-number", "a number is a URL", leadsTo("1", 1), inPagesAndWorkers);
check("url-array", "an array is joined to a URL", leadsTo("2,3", [2, 3]), inPagesAndWorkers);

check(
  "url-relative",
  "dots and spaces around a URL are resolved",
  async (trial) => {
    const url = await trial.serve(stream(":\n"), { at: "relative" });
    assert.equal(trial.open("  ./x/../relative\n").url, url);
  },
  inPagesAndWorkers,
);

check(
  "url-empty",
  "an empty URL is the page's or the worker's own",
  (trial) => {
    const base = globalThis.document?.baseURI ?? globalThis.location.href;
    assert.equal(trial.open("").url, base);
  },
  inPagesAndWorkers,
);

check("url-object", "a `URL` or another object is turned into a string once", async (trial) => {
  const url = await trial.serve(stream(":\n"));
  let times = 0;
  const source = trial.open({
    toString() {
      times++;
      return url;
    },
  });
  assert.deepEqual([source.url, times], [url, 1]);
  assert.equal(trial.open(new URL(url)).url, url);
});

check("url-throws", "what an object throws instead of a string leaves the constructor", (trial) => {
  const thrown = new Error("no string");
  let times = 0;
  try {
    trial.open({
      toString() {
        times++;
        throw thrown;
      },
    });
  } catch (error) {
    assert.equal(error, thrown);
    assert.equal(times, 1);
    return;
  }
  assert.fail("nothing was thrown");
});

check("url-symbol", "a symbol is a `TypeError`", (trial) => {
  assert.throws(() => trial.open(Symbol("x")), TypeError);
});

check("url-surrogate", "a lone surrogate is U+FFFD", async (trial) => {
  const url = await trial.serve(stream(":\n"));
  assert.equal(trial.open(`${url}?\uD800`).url, `${url}?%EF%BF%BD`);
});

check("url-fragment", "the fragment stays in `url` and is not sent", async (trial) => {
  const url = await trial.serve(stream("data: x\n\n"));
  const source = trial.open(`${url}?q#part`);
  assert.equal(source.url, `${url}?q#part`);
  await next(source, "message");
  const [asked] = await trial.asked(url, { requests: 1 });
  assert.equal(asked?.query, "?q");
});

check("url-credentials", "a URL with user and password can be a stream", async (trial) => {
  const url = new URL(await trial.serve(stream("data: here\n\n")));
  url.username = "user";
  url.password = "password";
  const source = trial.open(url.href);
  assert.equal(source.url, url.href);
  const recording = trial.record(source, "message", "error");
  await recording.reach(1);
  assert.deepEqual(recording.data, ["here"]);
});

check("url-bad", "what is no URL is a `SyntaxError` at once", (trial) => {
  for (const url of ["http://[", "https://", "http://host:99999/"]) {
    try {
      trial.open(url);
    } catch (error) {
      assert.instanceOf(error, DOMException);
      assert.equal((error as DOMException).name, "SyntaxError");
      continue;
    }
    assert.fail(`${url} was taken`);
  }
});

for (const url of [
  "about:blank",
  "mailto:nobody@example.test",
  "javascript:alert('no')",
  "ftp://127.0.0.1/",
]) {
  const scheme = url.slice(0, url.indexOf(":"));
  check(
    `scheme-${scheme}`,
    `a \`${scheme}:\` URL fails as a network does, and is not thrown`,
    async (trial) => {
      const source = trial.open(url);
      assert.equal(source.readyState, 0);
      await next(source, "error");
      assert.equal(source.readyState, 2);
    },
  );
}

check("scheme-data", "a `data:` URL can be a stream", async (trial) => {
  const source = trial.open(`data:text/event-stream,${encodeURIComponent("id: 7\ndata: here\n\n")}`);
  const { data, lastEventId, origin } = await next(source, "message");
  assert.deepEqual([data, lastEventId, origin], ["here", "7", "null"]);
});

check(
  "blob",
  "a `blob:` URL can be a stream",
  async (trial) => {
    const blob = new Blob(["data: here\n\n"], { type: "text/event-stream" });
    const url = URL.createObjectURL(blob);
    const source = trial.open(url);
    const { data, origin } = await next(source, "message");
    URL.revokeObjectURL(url);
    assert.deepEqual([data, origin], ["here", new URL(trial.stage.folder).origin]);
  },
  ["window", "worker"],
);

check("no-argument", "without an argument it is a `TypeError`", ({ EventSource }) => {
  assert.throws(() => new (EventSource as never as new () => unknown)(), TypeError);
});

check("no-new", "without `new` it is a `TypeError`", ({ EventSource }) => {
  assert.throws(() => (EventSource as never as (url: string) => unknown)("http://127.0.0.1/"), TypeError);
});

check("init-nullish", "`null` and `undefined` are no init", async (trial) => {
  const url = await trial.serve(stream(":\n"));
  for (const init of [null, undefined, {}]) {
    const source = new trial.EventSource(url, init as never);
    source.close();
    assert.isFalse(source.withCredentials);
  }
});

check("init-primitive", "an init that is no object is a `TypeError`", ({ EventSource }) => {
  for (const init of [1, "x", true, Symbol("x")])
    assert.throws(() => new EventSource("http://127.0.0.1/", init as never), TypeError);
});

check("init-function", "a function is an object, and so an init", async (trial) => {
  const url = await trial.serve(stream(":\n"));
  const init = Object.assign(() => {}, { withCredentials: true });
  assert.isTrue(trial.open(url, init).withCredentials);
});

check("init-credentials", "`withCredentials` is coerced, and read once, inherited too", async (trial) => {
  const url = await trial.serve(stream(":\n"));
  const values = [1, "x", {}, true, 0, "", null, undefined, false];
  const read = values.map((withCredentials) => {
    const source = new trial.EventSource(url, { withCredentials } as never);
    source.close();
    return source.withCredentials;
  });
  assert.deepEqual(read, values.map(Boolean));
  let times = 0;
  const init = Object.create({
    get withCredentials() {
      times++;
      return true;
    },
  });
  assert.isTrue(trial.open(url, init).withCredentials);
  assert.equal(times, 1);
});

check("quiet", "nothing is fired before the constructor returns", async (trial) => {
  const url = await trial.serve(stream("data: x\n\n"));
  const source = trial.open(url);
  assert.deepEqual([source.readyState, source.url, source.withCredentials], [0, url, false]);
  const recording = trial.record(source, "open", "message", "error");
  await Promise.resolve();
  assert.deepEqual(recording.types, []);
  await recording.reach(2);
  assert.deepEqual(recording.types, ["open", "message"]);
});

check("order", "`url` is judged before `init`", ({ EventSource }) => {
  const reads: string[] = [];
  const init = {
    get withCredentials() {
      reads.push("init");
      return false;
    },
  };
  const url = {
    toString() {
      reads.push("url");
      return "http://[";
    },
  };
  assert.throws(() => new EventSource(url as never, init), DOMException);
  assert.deepEqual(reads, ["url", "init"]);
});

export const constructing = checks;
