// `?debug` in the address gives tests and curious people the selected run's
// source as `window.dashboard`. Nothing on the page uses it.
import type { ErrorNote, RunSource, RunStream } from "./run-stream.ts";

declare global {
  interface Window {
    dashboard?: {
      readonly source: RunSource | null;
      readonly errors: readonly ErrorNote[];
      readonly logs: number;
    };
  }
}

export function expose(stream: RunStream): void {
  if (!new URLSearchParams(location.search).has("debug")) return;
  window.dashboard = {
    get source() {
      return stream.source;
    },
    get errors() {
      return stream.view.errors;
    },
    get logs() {
      return stream.view.run.logs.length;
    },
  };
}
