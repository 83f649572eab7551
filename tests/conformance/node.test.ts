// The checks in a process of their own, since some throw on purpose where nobody catches.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { inRoot } from "../../scripts/lib/paths.mjs";
import type { Scope, Subject } from "./support/check.ts";
import type { Results } from "./support/run.ts";
import { type ScriptedServer, startServer } from "./support/server.ts";
import { compare } from "./support/suite.ts";

describe("conformance in Node", () => {
  const findings = new Map<Scope, Map<Subject, Results>>();
  let server: ScriptedServer;
  before(async () => {
    server = await startServer(new Map());
  });
  after(() => server?.close());

  test("all checks run", async () => {
    const { own, other, control } = server;
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--import", inRoot("scripts/lib/register-ts.mjs"), inRoot("tests/conformance/support/node.ts")],
      ...[own, other, control],
    ]);
    const results: Results = JSON.parse(stdout);
    assert.ok(Object.keys(results).length > 100);
    findings.set("Node", new Map([["fetch", results]]));
  });

  compare("Node", () => findings);
});
