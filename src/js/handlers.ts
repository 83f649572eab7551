// Event handler attributes (`onopen` and its like) by the rules of the HTML
// standard, §8.1.8.1 "Event handlers". Nothing of any event in particular.

/**
 * Defines `on…` on a prototype for each type. As in the standard, a handler
 * keeps the place among the listeners that it had when it was first set to
 * something, and gives it up when it is set to null. What is no object counts as
 * null (`[LegacyTreatNonObjectAsNull]`); an object that cannot be called is
 * kept and does nothing.
 *
 * @param check throws a `TypeError` for what is no instance
 */
export function defineHandlers(
  prototype: EventTarget,
  types: readonly string[],
  check: (self: unknown) => void,
): void {
  // Not that of the source: a subclass may have one of its own, which sets a handler in turn.
  const { addEventListener } = prototype;
  for (const type of types) {
    const handlers = new WeakMap<EventTarget, unknown>();
    // One listener for all: added twice to one target, it keeps its place.
    function listener(this: EventTarget, event: Event): void {
      const handler = handlers.get(this);
      // "If return value is false, then set event's canceled flag."
      if (typeof handler === "function" && handler.call(this, event) === false) event.preventDefault();
    }
    const name = `on${type}`;
    // Spelt so, the functions have the names that Web IDL §3.7.6 gives them.
    const accessors = {
      get [name](): unknown {
        check(this);
        return handlers.get(this as never) ?? null;
      },
      set [name](value: unknown) {
        check(this);
        const target = this as never as EventTarget;
        const set = Object(value) === value;
        // "If the given value is null, then deactivate an event handler"; else "set eventHandler's value to the given
        // value" and activate it: "If eventHandler's listener is not null, then return", which the DOM does for us.
        if (set) handlers.set(target, value);
        else handlers.delete(target);
        (set ? addEventListener : EventTarget.prototype.removeEventListener).call(target, type, listener);
      },
    };
    Object.defineProperty(prototype, name, Object.getOwnPropertyDescriptor(accessors, name) as object);
  }
}
