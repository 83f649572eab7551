// @ts-check
// A fresh clone has no npm packages: the scripts that install them must load without.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "./paths.mjs";
import { filesIn } from "./stamp.mjs";

test("no script needs an npm package to be loaded, only to be run", () => {
  // Loaded by Node itself, once the packages are there.
  const late = ["scripts/lib/register-ts.mjs"];
  const scripts = filesIn(["scripts"]).filter(
    (file) => file.endsWith(".mjs") && !file.endsWith(".test.mjs") && !late.includes(file),
  );
  assert.ok(scripts.length > 20);
  for (const file of scripts) {
    const text = readFileSync(inRoot(file), "utf8");
    const needed = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^".][^"]*)"/gm)].map(
      ([, name = ""]) => name,
    );
    assert.deepEqual(
      needed.filter((name) => !name.startsWith("node:")),
      [],
      file,
    );
  }
});
