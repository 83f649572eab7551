// Event handler attributes (`onopen` and its like) by the rules of the HTML
// standard, §8.1.8.1 "Event handlers". Nothing of any event in particular.

interface Handler extends EventListenerObject {
  value: unknown;
}

/**
 * Defines `on…` on a prototype for each type. As in the standard, a handler
 * keeps the place among the listeners that it had when it was first set to
 * something, and gives it up when it is set to null. What is no object counts as
 * null (`[LegacyTreatNonObjectAsNull]`); an object that cannot be called is
 * kept and does nothing.
 */
export function defineHandlers(prototype: EventTarget, types: readonly string[]): void {
  for (const type of types) {
    const handlers = new WeakMap<EventTarget, Handler>();
    Object.defineProperty(prototype, `on${type}`, {
      enumerable: true,
      configurable: true,
      get(this: EventTarget) {
        return handlers.get(this)?.value ?? null;
      },
      set(this: EventTarget, value: unknown) {
        const handler = handlers.get(this);
        if (Object(value) !== value) {
          if (handler) this.removeEventListener(type, handler);
          handlers.delete(this);
        } else if (handler) {
          handler.value = value;
        } else {
          const created: Handler = {
            value,
            handleEvent(event) {
              if (typeof this.value === "function") this.value.call(event.currentTarget, event);
            },
          };
          handlers.set(this, created);
          this.addEventListener(type, created);
        }
      },
    });
  }
}
