// What the stage `e2e` of scripts/test.mjs hands over, and the folders to serve.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

let copy: string | undefined;

/** A folder with a copy of the dashboard's page as it was built, which notes what it prints as the fixture page does. */
export function dashboard(): string {
  if (copy) return copy;
  const folder = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-dashboard-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  cpSync(given("DASHBOARD_DIST"), folder, { recursive: true });
  cpSync(inRoot("tests/e2e/fixtures/console.js"), path.join(folder, "console.js"));
  const index = path.join(folder, "index.html");
  const html = readFileSync(index, "utf8");
  const noting = html.replace("<head>", '<head><script src="/console.js"></script>');
  if (noting === html) throw new Error("The dashboard's page has no <head> to put a script into.");
  writeFileSync(index, noting);
  copy = folder;
  return folder;
}

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
