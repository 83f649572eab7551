// What the page tells a source: heard on the right object, as the right input,
// and no longer than the machine asks for.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { loadClass, next } from "./support/fake.ts";

const url = "https://example.test/stream?token";
const loaded = await loadClass();

const scope = globalThis as Record<string, unknown>;
const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
/** What happens to the document and in it passes by here, unless it is looked at after it bubbled. */
let window: EventTarget;
let document: { hidden: boolean };

beforeEach(() => {
  window = new EventTarget();
  document = { hidden: false };
  scope.document = document;
  for (const name of ["addEventListener", "removeEventListener"] as const) {
    scope[name] = (type: string, listener: EventListener, capture: boolean) => {
      assert.equal(capture, true);
      window[name](type, listener, { capture });
    };
  }
});
afterEach(() => {
  for (const name of ["document", "addEventListener", "removeEventListener"]) delete scope[name];
  if (before) Object.defineProperty(globalThis, "navigator", before);
  else delete scope.navigator;
});

function listening(at = url) {
  const source = new loaded.ResilientEventSource(at);
  const machine = loaded.latest();
  machine.host.listen(true);
  machine.calls.length = 0;
  return { source, machine };
}

/** By the numbers of src/bindings.rs. */
const heard = [
  ["online", "7"],
  ["offline", "8"],
  ["visibilitychange", "9"],
  ["pagehide", "10"],
  ["pageshow", "11"],
  ["freeze", "12"],
  ["resume", "13"],
] as const;

for (const [type, number] of heard) {
  test(`${type} is input ${number}; an element's own event of that name is none`, () => {
    const { machine } = listening();
    window.dispatchEvent(Object.defineProperty(new Event(type), "target", { value: { nodeType: 1 } }));
    assert.deepEqual(machine.calls, []);
    window.dispatchEvent(new Event(type));
    assert.deepEqual(machine.calls, [number]);
  });
}

test("nothing is heard before the machine listens and after it does no longer", () => {
  new loaded.ResilientEventSource(url);
  const machine = loaded.latest();
  machine.calls.length = 0;
  const fire = () => {
    for (const [type] of heard) window.dispatchEvent(new Event(type));
    window.dispatchEvent(violation({ blockedURI: url }));
  };
  fire();
  assert.deepEqual(machine.calls, []);
  machine.host.listen(true);
  machine.host.listen(true);
  fire();
  assert.equal(machine.calls.length, heard.length + 1);
  machine.host.listen(false);
  fire();
  assert.equal(machine.calls.length, heard.length + 1);
});

test("a page is never kept out of the back/forward cache: unload and beforeunload are not listened to", () => {
  const types: string[] = [];
  scope.addEventListener = (type: string) => types.push(type);
  listening();
  assert.ok(types.includes("pagehide"));
  assert.deepEqual(
    types.filter((type) => /unload/.test(type)),
    [],
  );
});

test("a worker has no document, and Node neither: nothing throws", () => {
  delete scope.document;
  const { machine } = listening();
  window.dispatchEvent(new Event("online"));
  assert.deepEqual(machine.calls, ["7"]);
  for (const name of ["addEventListener", "removeEventListener"]) delete scope[name];
  listening().machine.host.listen(false);
});

test("what was dispatched is committed before what the page tells", async () => {
  const { source, machine } = listening();
  machine.open();
  machine.calls.length = 0;
  source.onmessage = () => window.dispatchEvent(new Event("online"));
  machine.batch({ data: "x" });
  await next(source, "message");
  // On a busy machine the page gets a turn before the first row too.
  const calls = machine.calls.filter((call) => call !== "commit 0");
  assert.deepEqual(calls.slice(0, 2), ["commit 1", "7"]);
});

/** A violation of the page's policy, as far as it is looked at. */
function violation(fields: Partial<SecurityPolicyViolationEvent>) {
  return Object.assign(new Event("securitypolicyviolation"), { disposition: "enforce", ...fields });
}

describe("a violation of the page's Content Security Policy", () => {
  for (const [what, fields, expected] of [
    ["that names the URL is heard", { blockedURI: url }, ["14"]],
    ["that names its origin, as after a redirect, is heard", { blockedURI: "https://example.test" }, ["14"]],
    ["that names it with the query of an attempt is heard", { blockedURI: `${url}?ticket=1` }, ["14"]],
    ["that is only reported is not", { blockedURI: url, disposition: "report" }, []],
    ["of another URL is not", { blockedURI: "https://example.test/other" }, []],
    ["of no URL is not", { blockedURI: "" }, []],
    ["of inline script is not", { blockedURI: "inline" }, []],
  ] as const) {
    test(what, () => {
      const { machine } = listening();
      window.dispatchEvent(violation(fields));
      assert.deepEqual(machine.calls, expected);
    });
  }
});

describe("what the page is", () => {
  const page = () => {
    new loaded.ResilientEventSource(url);
    return loaded.latest().host.page();
  };
  const online = (onLine: boolean | undefined) =>
    Object.defineProperty(globalThis, "navigator", { value: { onLine }, configurable: true });

  test("online unless the platform says otherwise, and hidden where the document is", () => {
    online(true);
    assert.equal(page(), 1);
    document.hidden = true;
    assert.equal(page(), 3);
    online(false);
    assert.equal(page(), 2);
    document.hidden = false;
    assert.equal(page(), 0);
  });

  test("online and visible where there is neither navigator nor document", () => {
    online(undefined);
    delete scope.document;
    assert.equal(page(), 1);
    Object.defineProperty(globalThis, "navigator", { value: undefined, configurable: true });
    assert.equal(page(), 1);
  });
});
