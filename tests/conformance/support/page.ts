// The script of the pages and workers that checks run in. Its URL says which, and where it tells how they went.
import { checks } from "../checks/all.ts";
import type { Scope, Subject } from "./check.ts";
import { runChecks } from "./run.ts";
import { subjects } from "./subjects.ts";

declare global {
  var classes: Record<Subject, typeof EventSource>;
  var SharedWorkerGlobalScope: unknown;
  var ServiceWorkerGlobalScope: unknown;
}

globalThis.classes = subjects;

const { href, search } = globalThis.location;
const wanted = new URLSearchParams(search);
const given = (name: string) => `${wanted.get(name)}`;

const tell = (what: unknown) =>
  fetch(`${given("control")}/told`, { method: "POST", body: JSON.stringify(what) });

async function run(): Promise<void> {
  const EventSource = subjects[given("subject") as Subject];
  if (!EventSource) {
    await tell("none");
    return;
  }
  const stage = { scope: given("scope") as Scope, subject: given("subject") as Subject };
  await tell(
    await runChecks(checks, {
      ...stage,
      EventSource,
      folder: new URL(".", href).href,
      other: given("other"),
      control: given("control"),
    }),
  );
}

/** How a page brings each scope about. */
const start: Partial<Record<Scope, () => unknown>> = {
  window: run,
  worker: () => new Worker(`worker.js${search}`),
  "shared worker": () => new SharedWorker(`shared.js${search}`),
  "service worker": async () => {
    const registration = await navigator.serviceWorker.register(`service.js${search}`);
    const { active, waiting, installing } = registration;
    (active ?? waiting ?? installing)?.postMessage("run");
  },
};

if (globalThis.document) {
  // A frame of a check only wants the classes.
  if (wanted.has("subject"))
    Promise.resolve(start[given("scope") as Scope]?.()).catch((error) => tell(`${error}`));
} else if (globalThis.ServiceWorkerGlobalScope) {
  globalThis.addEventListener("message", (event) =>
    (event as never as { waitUntil(done: unknown): void }).waitUntil(run()),
  );
} else {
  run();
}
