// Event handler attributes, as the HTML standard orders them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadClass } from "./support/fake.ts";

const { ResilientEventSource } = await loadClass();
const names = ["open", "message", "error", "statechange", "streamcomplete", "streamgap", "streamstall"];

// biome-ignore lint/suspicious/noExplicitAny: handlers of every kind are set, by name
const make = (): any => new ResilientEventSource("https://example.test/");

for (const name of names) {
  test(`on${name} is null at first, and called with the event, this being the source`, () => {
    const source = make();
    assert.equal(source[`on${name}`], null);
    let seen: unknown[] = [];
    source[`on${name}`] = function (this: unknown, event: Event) {
      seen = [this, event];
    };
    const event = new Event(name);
    source.dispatchEvent(event);
    assert.deepEqual(seen, [source, event]);
  });
}

describe("order", () => {
  /** Listeners a, the handler, and b; what runs is recorded. */
  function prepared() {
    const source = make();
    const seen: string[] = [];
    const handler = (name: string) => () => seen.push(name);
    source.addEventListener("open", handler("a"));
    source.onopen = handler("first");
    source.addEventListener("open", handler("b"));
    const fire = () => {
      seen.length = 0;
      source.dispatchEvent(new Event("open"));
      return seen.join();
    };
    return { source, handler, fire };
  }

  test("a handler keeps its place when it is replaced", () => {
    const { source, handler, fire } = prepared();
    assert.equal(fire(), "a,first,b");
    source.onopen = handler("second");
    assert.equal(fire(), "a,second,b");
  });

  test("and loses it when it is set to null", () => {
    const { source, handler, fire } = prepared();
    source.onopen = null;
    assert.equal(fire(), "a,b");
    source.onopen = handler("third");
    assert.equal(fire(), "a,b,third");
  });

  test("an object that cannot be called keeps it, is returned, and does nothing", () => {
    const { source, handler, fire } = prepared();
    const object = { handleEvent: handler("never") };
    source.onopen = object;
    assert.equal(source.onopen, object);
    assert.equal(fire(), "a,b");
    source.onopen = handler("again");
    assert.equal(fire(), "a,again,b");
  });
});

for (const value of [undefined, 1, "code()", true, Symbol.iterator]) {
  test(`${String(value)} counts as null`, () => {
    const source = make();
    source.onopen = () => {};
    source.onopen = value;
    assert.equal(source.onopen, null);
  });
}

test("two sources have handlers of their own", () => {
  const [one, two] = [make(), make()];
  one.onopen = () => assert.fail("the other source's handler ran");
  two.dispatchEvent(new Event("open"));
  assert.equal(two.onopen, null);
});

test("false, and nothing else, cancels an event that can be cancelled", () => {
  const source = make();
  for (const answer of [false, 0, "", null, undefined, true]) {
    source.onmessage = () => answer;
    assert.equal(source.dispatchEvent(new Event("message", { cancelable: true })), answer !== false);
    assert.equal(source.dispatchEvent(new Event("message")), true);
  }
});

test("a subclass whose addEventListener sets a handler is not asked again by that", () => {
  const added: string[] = [];
  class Mine extends ResilientEventSource {
    override addEventListener(type: string, listener: never) {
      added.push(type);
      this.onmessage = listener;
    }
    override removeEventListener(type: string) {
      added.push(`not ${type}`);
    }
  }
  const source = new Mine("https://example.test/");
  let called = 0;
  const listener = () => called++;
  source.addEventListener("message", listener as never);
  source.dispatchEvent(new Event("message"));
  source.onmessage = null;
  source.dispatchEvent(new Event("message"));
  assert.deepEqual([added, called], [["message"], 1]);
});
