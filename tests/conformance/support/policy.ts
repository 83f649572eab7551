// What becomes of the class under a page's or worker's Content Security Policy, as a server really sends it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Browser } from "../../e2e/support/browsers.ts";
import type { Told } from "./policy-page.ts";
import type { Page } from "./server.ts";
import { visit } from "./visit.ts";

export function policySuite(
  engine: string,
  given: () => { readonly browser: Browser; readonly pages: ReadonlyMap<string, Page> },
): void {
  const tell = async (policy: string, query: Record<string, string>): Promise<Told> => {
    const { browser, pages } = given();
    const told = await visit(browser, pages, `${policy}.html`, query);
    assert.equal(typeof told, "object", String(told));
    return told as Told;
  };

  describe("under a Content Security Policy", () => {
    for (const [where, scope] of [
      ["page", {}],
      ["worker", { worker: "" }],
    ] as const) {
      test(`that refuses wasm, a ${where} has the platform's source, and one warning that names the directive`, async () => {
        const { warnings, events, transport } = await tell("no-wasm", { ...scope });
        assert.deepEqual(events, ["open", "1", "error", "open", "2"]);
        assert.equal(transport, "native");
        assert.equal(warnings.length, 1, warnings.join("\n"));
        assert.match(`${warnings[0]}`, /'wasm-unsafe-eval'/);
      });

      test(`so has a ${where} that has put our class in the platform's place`, async () => {
        const { events, transport } = await tell("no-wasm", { ...scope, replaced: "" });
        assert.deepEqual(events, ["open", "1", "error", "open", "2"]);
        assert.equal(transport, "native");
      });

      test(`that refuses wasm, a source of a ${where} that is asked for more fails with the reason csp`, async () => {
        const { events, state, reason, readyState } = await tell("no-wasm", { ...scope, terminal: "" });
        assert.deepEqual([events, state, reason, readyState], [["error"], "failed", "csp", 2]);
      });

      test(`that allows wasm, a ${where} has its own, without a warning`, async () => {
        const { warnings, events, transport } = await tell("wasm", { ...scope });
        assert.deepEqual(events, ["open", "1", "error", "open", "2"]);
        assert.deepEqual([transport, warnings], ["fetch", []]);
      });

      // WebKitGTK tells a worker nothing of what its policy refused.
      const isTold = engine !== "WebKit" || where === "page";
      const end = isTold ? ["failed", "blocked", 2] : ["waiting", "network", 0];
      test(`that forbids the host, a source of a ${where} is ${end[0]} with the reason ${end[1]}`, async () => {
        const query = { ...scope, host: "localhost", ...(isTold && { "until-closed": "" }) };
        const { events, state, reason, readyState } = await tell("one-host", query);
        assert.deepEqual([new Set(events), state, reason, readyState], [new Set(["error"]), ...end]);
      });
    }
  });
}
