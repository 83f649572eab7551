// The platform's own EventSource, under the machine as a transport, and in its place where WebAssembly is refused.
import { mark } from "./registry.ts";

/** A page may put our class in the platform's place; this one is the platform's. */
const seen = globalThis.EventSource;

/** While one is made: a function that a page has put in the platform's place may make one of ours in turn. */
let making = false;

/** The platform's class: that of the moment, so that fakes in tests are used, unless it is ours. */
export const platformSource = (): typeof EventSource | undefined => {
  const now = globalThis.EventSource;
  return now && (making || mark in now) ? seen : now;
};

/** A place for a source of the platform's, one after the other. */
export interface Platform {
  /** Makes a source, which is heard from now on. Throws where the platform has none. */
  open(url: string): EventSource;
  /** Hears events of this type too: it tells of none that it is not asked for. */
  hear(type: string): void;
  close(): void;
}

export const createPlatform = (
  heard: (event: MessageEvent) => void,
  options: { readonly heard: readonly string[]; readonly withCredentials?: unknown },
): Platform => {
  const types = new Set(["open", "error", "message", ...options.heard]);
  let source: EventSource | undefined;
  const listen = (type: string) => source?.addEventListener(type, heard);
  return {
    open(url) {
      const Class = platformSource() as typeof EventSource;
      making = true;
      try {
        source = new Class(url, { withCredentials: !!options.withCredentials });
      } finally {
        making = false;
      }
      types.forEach(listen);
      return source;
    },
    hear(type) {
      types.add(type);
      listen(type);
    },
    close() {
      source?.close();
    },
  };
};
