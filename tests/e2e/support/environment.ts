// What the stage `e2e` of scripts/test.mjs hands over, and the folders to serve.
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`npm test -- --only e2e\``);
  return value;
}

/** The dashboard's server. */
export const program = () => given("DASHBOARD_SERVER");

/** The dashboard's page, built. */
export const dashboard = () => given("DASHBOARD_DIST");

/** The WebDriver server of a browser. */
export const driverProgram = (variable: "CHROMEDRIVER" | "GECKODRIVER" | "SAFARIDRIVER") => given(variable);

/** A folder with the fixture page and a copy of the package as it is now. */
export function fixtureFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-page-"));
  const pkg = inRoot("pkg");
  if (!existsSync(pkg)) throw new Error("pkg/ is not built: npm run build");
  cpSync(inRoot("tests/e2e/fixtures"), folder, { recursive: true });
  cpSync(pkg, path.join(folder, "pkg"), { recursive: true });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
