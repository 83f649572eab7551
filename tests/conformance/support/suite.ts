// Runs every check in one browser, for each class and scope, and holds what it finds against docs/conformance.md.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "../../e2e/support/browsers.ts";
import { chapters, checks } from "../checks/all.ts";
import { conformancePages } from "./bundle.ts";
import { type Scope, type Subject, scopes } from "./check.ts";
import { policySuite } from "./policy.ts";
import type { Results } from "./run.ts";
import { agrees, cellOf, detailOf, deviates, type Engine, readTable, writeColumn } from "./table.ts";
import { visit } from "./visit.ts";

const subjects: readonly Subject[] = ["fetch", "native", "own"];

export function conformance(engine: Engine, start: () => Promise<Browser>): void {
  const findings = new Map<Scope, Map<Subject, Results>>();
  let pages: Awaited<ReturnType<typeof conformancePages>>;
  let browser: Browser;

  describe(`conformance in ${engine}`, () => {
    before(async () => {
      pages = await conformancePages();
      browser = await start();
    });
    after(() => browser?.quit());

    for (const scope of scopes) {
      if (scope === "Node") continue;
      test(`all checks run in a ${scope}`, async () => {
        const found = new Map<Subject, Results>();
        // The platform's own is the same in every worker.
        const looked = /^(shared|service)/.test(scope) ? subjects.slice(0, 2) : subjects;
        for (const subject of looked) {
          const results = await visit(browser, pages, "page.html", { scope, subject });
          // Only the platform's own class may be missing.
          if (results === "none" && subject !== "fetch") continue;
          assert.equal(typeof results, "object", `${subject}: ${results}`);
          found.set(subject, results as Results);
        }
        const expected = checks.filter(({ scopes }) => scopes.includes(scope)).map(({ id }) => id);
        for (const [subject, results] of found)
          assert.deepEqual(Object.keys(results).sort(), [...expected].sort(), subject);
        findings.set(scope, found);
      });
    }

    compare(engine, () => findings);
    policySuite(engine, () => ({ browser, pages }));
  });
}

/** A test for each check: the table says what was found. */
export function compare(
  engine: Engine,
  found: () => ReadonlyMap<Scope, ReadonlyMap<Subject, Results>>,
): void {
  if (process.env.CONFORMANCE_WRITE) {
    test(`docs/conformance.md is written for ${engine}`, () => writeColumn(engine, found()));
    return;
  }
  const table = readTable();

  test("docs/conformance.md has the checks, in their order, with what they require", () => {
    assert.deepEqual(
      [...table].map(([id, { rule }]) => [id, rule.replaceAll("\\|", "|")]),
      checks.map(({ id, rule }) => [id, rule]),
    );
  });

  for (const { title, list } of chapters) {
    describe(title, () => {
      for (const { id, rule } of list) {
        test(`${id}: ${rule}`, () => {
          const row = table.get(id);
          const cell = cellOf(id, found());
          const noted = row?.cells[engine];
          if (!agrees(cell, noted)) assert.equal(cell, noted, detailOf(id, found()));
          if (deviates(cell)) assert.ok(row?.deviation, "a deviation has a reason");
        });
      }
    });
  }
}
