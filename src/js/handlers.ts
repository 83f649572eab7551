// Event handler attributes (`onopen` and its like) by the rules of the HTML
// standard, §8.1.8.1 "Event handlers". Nothing of any event in particular.

/**
 * Defines `on…` on a prototype for each type. As in the standard, a handler
 * keeps the place among the listeners that it had when it was first set to
 * something, and gives it up when it is set to null. What is no object counts as
 * null (`[LegacyTreatNonObjectAsNull]`); an object that cannot be called is
 * kept and does nothing.
 */
export function defineHandlers(prototype: EventTarget, types: readonly string[]): void {
  for (const type of types) {
    const handlers = new WeakMap<EventTarget, unknown>();
    // One listener for all: added twice to one target, it keeps its place.
    function listener(this: EventTarget, event: Event): void {
      const handler = handlers.get(this);
      if (typeof handler === "function") handler.call(this, event);
    }
    Object.defineProperty(prototype, `on${type}`, {
      enumerable: true,
      configurable: true,
      get(this: EventTarget) {
        return handlers.get(this) ?? null;
      },
      set(this: EventTarget, value: unknown) {
        const set = Object(value) === value;
        if (set) handlers.set(this, value);
        else handlers.delete(this);
        this[set ? "addEventListener" : "removeEventListener"](type, listener);
      },
    });
  }
}
