// The apps, installed as a user would: the packages of their lock file, and then
// the packed tarball of this one.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { run } from "../../../scripts/lib/run.mjs";

const flags = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

export interface Workplace {
  /** Installs an app anew, and returns its folder. */
  install(app: string): Promise<string>;
  remove(): void;
}

/**
 * Packs what npm would publish, and makes a place for the apps. Not below the repository:
 * several tools look upwards for a lock file, a configuration or another node_modules, and
 * would find this project's.
 */
export async function prepare(): Promise<Workplace> {
  const root = mkdtempSync(path.join(tmpdir(), "resilient-eventsource-apps-"));
  const { stdout } = await run(
    "npm",
    ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", root],
    { cwd: inRoot("pkg"), quiet: true },
  );
  const tarball = path.join(root, stdout.trim().split("\n").at(-1) ?? "");
  return {
    async install(app) {
      const cwd = path.join(root, app);
      cpSync(inRoot("tests/packaging/apps", app), cwd, { recursive: true });
      const options = { cwd, quiet: true };
      // With install scripts, as a user has it: some of these packages are unfinished without.
      await run("npm", ["ci", ...flags], options);
      await run("npm", ["install", "--no-save", "--no-package-lock", ...flags, tarball], options);
      return cwd;
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
