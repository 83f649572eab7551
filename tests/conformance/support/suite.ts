// Runs every check in one browser, for each class and scope, and holds what it finds against docs/conformance.md.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "../../e2e/support/browsers.ts";
import { chapters, checks } from "../checks/all.ts";
import { conformancePages } from "./bundle.ts";
import { type Scope, type Subject, scopes } from "./check.ts";
import type { Results } from "./run.ts";
import { startServer } from "./server.ts";
import { cellOf, detailOf, deviates, type Engine, readTable, writeColumn } from "./table.ts";

const subjects: readonly Subject[] = ["fetch", "native", "own"];

/** For all checks in one scope, in milliseconds. */
const PATIENCE = 120_000;

export function conformance(engine: Engine, start: () => Promise<Browser>): void {
  const findings = new Map<Scope, Map<Subject, Results>>();
  let pages: Awaited<ReturnType<typeof conformancePages>>;
  let browser: Browser;

  /** What the checks found in a new page; "none" where the scope has no such class. */
  async function look(scope: Scope, subject: Subject): Promise<Results | string> {
    // A server for each: a connection that an engine leaks would count among the six that the next run may open.
    const server = await startServer(pages);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const query = new URLSearchParams({ subject, scope, other: server.other, control: server.control });
      await browser.driver.get(`${server.own}/checks/page.html?${query}`);
      const tooLong = new Promise<string>((resolve) => {
        timer = setTimeout(resolve, PATIENCE, `nothing after ${PATIENCE} ms`);
      });
      return (await Promise.race([server.told, tooLong])) as Results | string;
    } finally {
      clearTimeout(timer);
      await server.close();
    }
  }

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
          const results = await look(scope, subject);
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
          assert.equal(cell, row?.cells[engine], detailOf(id, found()));
          if (deviates(cell)) assert.ok(row?.deviation, "a deviation has a reason");
        });
      }
    });
  }
}
