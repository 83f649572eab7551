// What goes over the wire, and which responses are streams.
import { assert } from "chai";
import { everywhere, group, inPagesAndWorkers, next } from "../support/check.ts";
import { ending, shared, status, stream } from "../support/script.ts";

const { checks, check } = group();

check("accept", "the request is a GET that accepts `text/event-stream`, and has no body", async (trial) => {
  const { url, recording } = await trial.play(stream("data: x\n\n"));
  await recording.reach(1);
  const [asked] = await trial.asked(url, { requests: 1 });
  assert.deepEqual(
    [asked?.method, asked?.headers.accept, asked?.headers["content-length"]],
    ["GET", "text/event-stream", undefined],
  );
});

check("no-cache", "caches are told to stay out of it", async (trial) => {
  const { url, recording } = await trial.play(stream("data: x\n\n"));
  await recording.reach(1);
  const [asked] = await trial.asked(url, { requests: 1 });
  assert.equal(asked?.headers["cache-control"], "no-cache");
});

check("no-first-id", "the first request has no `Last-Event-ID`", async (trial) => {
  const { url, recording } = await trial.play(stream("data: x\n\n"));
  await recording.reach(1);
  const [asked] = await trial.asked(url, { requests: 1 });
  assert.notProperty(asked?.headers, "last-event-id");
});

check(
  "origin",
  "the first request to another origin needs no preflight, and names its origin",
  async (trial) => {
    const url = await trial.serve(shared(stream("data: x\n\n")), { other: true });
    const { origin } = await next(trial.open(url), "message");
    const asked = await trial.asked(url, { requests: 1 });
    assert.deepEqual(
      asked.map(({ method }) => method),
      ["GET"],
    );
    assert.equal(asked[0]?.headers.origin, new URL(trial.stage.folder).origin);
    assert.equal(origin, new URL(url).origin);
  },
  inPagesAndWorkers,
);

check(
  "cors-refused",
  "a stream of another origin that does not allow this one is no stream: `error`, and CLOSED",
  async (trial) => {
    const url = await trial.serve(stream("data: x\n\n"), { other: true });
    const source = trial.open(url);
    const recording = trial.record(source, "open", "message", "error");
    await recording.reach(1);
    assert.deepEqual([recording.types, source.readyState], [["error"], 2]);
  },
  inPagesAndWorkers,
);

const cookie = `conformance${Math.random().toString(36).slice(2)}=yes`;
/** Cookies know no ports, so those of one origin are those of the other. */
const sent =
  (
    trial: Parameters<Parameters<typeof check>[2]>[0],
    other: boolean,
    init: EventSourceInit,
    headers: Record<string, string>,
  ) =>
  async () => {
    await fetch(
      await trial.serve({ status: 204, headers: { "set-cookie": `${cookie}; Path=/` }, end: "end" }),
    );
    const url = await trial.serve({ ...stream("data: x\n\n"), headers }, { other });
    const source = trial.open(url, init);
    assert.equal(source.withCredentials, !!init.withCredentials);
    await next(source, "message");
    const [asked] = await trial.asked(url, { requests: 1 });
    return `${asked?.headers.cookie}`.includes(cookie);
  };

check(
  "cookies-own",
  "cookies go to the own origin",
  async (trial) => {
    assert.isTrue(await sent(trial, false, {}, {})());
  },
  inPagesAndWorkers,
);

check(
  "cookies-other",
  "they do not go to another one",
  async (trial) => {
    assert.isFalse(await sent(trial, true, {}, { "access-control-allow-origin": "*" })());
  },
  inPagesAndWorkers,
);

check(
  "cookies-with",
  "with `withCredentials` they do, where that origin allows it",
  async (trial) => {
    const allowed = {
      "access-control-allow-origin": new URL(trial.stage.folder).origin,
      "access-control-allow-credentials": "true",
    };
    assert.isTrue(await sent(trial, true, { withCredentials: true }, allowed)());
  },
  inPagesAndWorkers,
);

for (const code of [301, 302, 303, 307, 308]) {
  check(`redirect-${code}`, `a redirect ${code} is followed; \`url\` stays`, async (trial) => {
    const target = await trial.serve(ending("data: there\n\n"));
    const url = await trial.serve(status(code, { location: target }));
    const source = trial.open(url);
    assert.equal((await next(source, "message")).data, "there");
    assert.equal(source.url, url);
  });
}

check(
  "redirect-temporary",
  "after a temporary redirect the next request is for `url` again",
  async (trial) => {
    const target = await trial.serve(ending("data: there\n\n"));
    const url = await trial.serve([status(307, { location: target }), stream("data: back\n\n")]);
    const recording = trial.record(trial.open(url), "message");
    await recording.reach(2);
    assert.deepEqual(recording.data, ["there", "back"]);
  },
);

check("redirect-permanent", "so it is after a permanent one", async (trial) => {
  const target = await trial.serve(ending("data: there\n\n"));
  const url = await trial.serve([status(301, { location: target }), stream("data: back\n\n")]);
  const recording = trial.record(trial.open(url), "message");
  await recording.reach(2);
  assert.deepEqual(recording.data, ["there", "back"]);
});

check("redirect-origin", "after a redirect `origin` is that of the target", async (trial) => {
  const target = await trial.serve(shared(ending("data: x\n\n")), { other: true });
  const url = await trial.serve(status(302, { location: target }));
  const source = trial.open(url);
  const { origin } = await next(source, "message");
  assert.deepEqual([origin, source.url], [trial.stage.other, url]);
});

check("redirect-bad", "a redirect to where no stream can be is an `error`", async (trial) => {
  for (const location of ["mailto:nobody@example.test", "http://["]) {
    const source = trial.open(await trial.serve(status(302, { location })));
    const recording = trial.record(source, "open", "message", "error");
    await recording.reach(1);
    assert.deepEqual(recording.types, ["error"]);
  }
});

const failing: [id: string, rule: string, answer: ReturnType<typeof status>][] = [
  ...[201, 202, 206, 400, 401, 403, 404, 410, 501, 505].map(
    (code) =>
      [
        `status-${code}`,
        `a response ${code} fails, though it be a stream`,
        { ...status(code), body: ["data: x\n\n"] },
      ] as (typeof failing)[number],
  ),
  ["status-204", "a response 204 fails: it says that nobody should come again", status(204)],
  ["status-429", "a response 429 fails", status(429)],
  ["status-500", "a response 500 fails", status(500)],
  ["status-503", "a response 503 fails", status(503)],
  ["type-other", "a response of another type fails", status(200, { "content-type": "text/plain" })],
  [
    "type-prefix",
    "so does one whose type only begins so",
    status(200, { "content-type": "text/event-streams" }),
  ],
  ["type-none", "so does one without a type", status(200, { "content-type": null })],
  [
    "type-list",
    "of two types the last one counts",
    status(200, { "content-type": ["text/event-stream", "text/plain"] }),
  ],
];

for (const [id, rule, answer] of failing) {
  check(id, `${rule}: one \`error\`, and CLOSED`, async (trial) => {
    const source = trial.open(await trial.serve(answer));
    const recording = trial.record(source, "open", "message", "error");
    await recording.reach(1);
    assert.deepEqual([recording.types, source.readyState], [["error"], 2]);
  });
}

check(
  "failed-closes",
  "a response that fails has its connection closed, though its body has no end",
  async (trial) => {
    const answers = [{ status: 404 }, { headers: { "content-type": "text/html" } }];
    // Side by side: Chromium may take 5 s over each (`closing.ts`, `untilGone`).
    await Promise.all(
      answers.map(async (answer) => {
        const url = await trial.serve({ ...answer, body: ["<html>"] });
        await next(trial.open(url), "error");
        await trial.asked(url, { gone: 1 });
      }),
    );
  },
);

const types: [id: string, rule: string, type: string | string[]][] = [
  ["type-parameters", "parameters of the type are ignored", 'text/event-stream; foo=bar;x="y;z"'],
  ["type-case", "upper and lower case are the same", "TEXT/Event-Stream"],
  ["type-charset", "a charset is ignored: a stream is UTF-8", "text/event-stream;charset=windows-1251"],
  ["type-charset-bogus", "so is one that does not exist", "text/event-stream; charset=bogus"],
  ["type-spaces", "spaces around it are nothing", " text/event-stream \t;"],
  ["type-last", "of two types the last one counts", ["text/plain", "text/event-stream"]],
];

for (const [id, rule, type] of types) {
  check(
    id,
    rule,
    async (trial) => {
      const source = trial.open(
        await trial.serve({ ...stream("data: ü…\n\n"), headers: { "content-type": type } }),
      );
      assert.equal((await next(source, "message")).data, "ü…");
    },
    everywhere,
  );
}

export const requesting = checks;
