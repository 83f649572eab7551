// What only a page has: a base, frames, a `stop()`, a timeline of its resources.
import { assert } from "chai";
import { group, inWindows, next, type Trial } from "../support/check.ts";
import { ending, shared, stream } from "../support/script.ts";

const { checks, check } = group(inWindows);

/** A frame of the same folder whose document is this. The class in it is one of its own, as its scripts' would be. */
async function frame(
  trial: Trial,
  html: string,
): Promise<{ window: typeof globalThis & Window; remove(): void }> {
  const element = document.createElement("iframe");
  element.src = `${await trial.serve({ headers: { "content-type": "text/html" }, body: [html], end: "end" }, { at: `inner/frame-${Math.random()}` })}`;
  const loaded = next<Event>(element, "load");
  document.body.append(element);
  await loaded;
  return { window: element.contentWindow as never, remove: () => element.remove() };
}

/** The frame's own copy of the class that is looked at. */
const classIn = ({ classes }: typeof globalThis, { subject }: Trial["stage"]) => classes[subject];

check("base-element", "a relative URL is resolved against `<base>`, as it is then", async (trial) => {
  const url = await trial.serve(stream(":\n"), { at: "based/stream" });
  const { window, remove } = await frame(
    trial,
    '<!doctype html><base href="../based/"><script src="/page.js"></script>',
  );
  const source = new (classIn(window, trial.stage))("stream");
  assert.equal(source.url, url);
  await trial.asked(url, { requests: 1 });
  source.close();
  remove();
});

check("base-frame", "a frame's own class takes the frame's URL for base, whoever calls it", async (trial) => {
  const { window, remove } = await frame(trial, '<!doctype html><script src="/page.js"></script>');
  const source = new (classIn(window, trial.stage))("stream");
  assert.equal(source.url, new URL("stream", window.location.href).href);
  assert.match(source.url, /\/inner\/stream$/);
  source.close();
  remove();
});

check("frame-realm", "events of a frame's class are of the frame's realm", async (trial) => {
  const { window, remove } = await frame(trial, '<!doctype html><script src="/page.js"></script>');
  const source = new (classIn(window, trial.stage))(await trial.serve(stream("data: 1\n\n")));
  assert.instanceOf(await next(source, "message"), window.MessageEvent);
  source.close();
  remove();
});

check(
  "frame-sandboxed",
  "in a frame of an opaque origin a stream is of another origin, whose events are of that one",
  async (trial) => {
    const url = await trial.serve([ending("id: 1\ndata: 1\n\n"), stream("data: 2\n\n")].map(shared));
    const html = `<!doctype html><script src="${trial.stage.folder}page.js"></script><script>
      const source = new classes[${JSON.stringify(trial.stage.subject)}](${JSON.stringify(url)});
      source.onmessage = ({ data, origin }) => parent.postMessage([data, origin], "*");
      if (location.origin === "null" || self.origin !== "null") parent.postMessage("no opaque origin", "*");
    </script>`;
    const element = document.createElement("iframe");
    element.sandbox.add("allow-scripts");
    element.src = await trial.serve(
      { headers: { "content-type": "text/html" }, body: [html], end: "end" },
      { at: `inner/frame-${Math.random()}` },
    );
    const told: unknown[] = [];
    const heard = new Promise<void>((resolve) => {
      const hear = ({ source, data }: MessageEvent) => {
        if (source !== element.contentWindow) return;
        told.push(data);
        if (told.length < 2) return;
        window.removeEventListener("message", hear);
        resolve();
      };
      window.addEventListener("message", hear);
    });
    document.body.append(element);
    await heard;
    element.remove();
    const { origin } = new URL(url);
    assert.deepEqual(told, [
      ["1", origin],
      ["2", origin],
    ]);
    const [first] = await trial.asked(url);
    assert.equal(first?.headers.origin, "null");
  },
);

check("frame-removed", "a frame that is removed takes its streams with it", async (trial) => {
  const url = await trial.serve(stream("data: 1\n\n"));
  const { window, remove } = await frame(trial, '<!doctype html><script src="/page.js"></script>');
  const source = new (classIn(window, trial.stage))(url);
  await next(source, "message");
  remove();
  await trial.asked(url, { gone: 1 });
});

check(
  "window-stop-early",
  "`window.stop()` before it opened closes it: `error`, and CLOSED",
  async (trial) => {
    const { window, remove } = await frame(trial, '<!doctype html><script src="/page.js"></script>');
    const url = await trial.serve({ ...stream(":\n"), delay: 60_000 });
    const source = new (classIn(window, trial.stage))(url);
    await trial.asked(url, { requests: 1 });
    const failed = next(source, "error");
    window.stop();
    await failed;
    try {
      assert.equal(source.readyState, 2);
    } finally {
      source.close();
      remove();
    }
  },
);

check("window-stop", "`window.stop()` closes it: `error`, and CLOSED", async (trial) => {
  const { window, remove } = await frame(trial, '<!doctype html><script src="/page.js"></script>');
  const source = new (classIn(window, trial.stage))(await trial.serve(stream("data: 1\n\n")));
  await next(source, "message");
  const failed = next(source, "error");
  window.stop();
  await failed;
  try {
    assert.equal(source.readyState, 2);
  } finally {
    source.close();
    remove();
  }
});

check("reload", "a page's next document has a stream of its own, and the old one is gone", async (trial) => {
  const url = await trial.serve(stream("data: 1\n\n"));
  const { window, remove } = await frame(trial, '<!doctype html><script src="/page.js"></script>');
  const source = new (classIn(window, trial.stage))(url);
  await next(source, "message");
  window.location.reload();
  await trial.asked(url, { gone: 1 });
  remove();
});

export const inPage = checks;
