// The rows of the matrix: which app, how it is built, and where it runs. No row
// has a plugin or a setting for this package.
import { UserError } from "../../../scripts/lib/log.mjs";

interface Base {
  readonly name: string;
  /** A folder of tests/packaging/apps. */
  readonly app: string;
  /** The npm package whose version stands in the table; Node's own without one. */
  readonly tool?: string;
  /** The app's own programs, one after the other. */
  readonly build?: readonly (readonly string[])[];
  /** Where built JavaScript lies, to be weighed. */
  readonly output?: string;
}

/** In Chromium: from a folder of files, or from the tool's own server, which is given a port. */
export interface PageRow extends Base {
  readonly page: { readonly folder: string } | { readonly server: (port: string) => readonly string[] };
  /** What the server rendered into the page. */
  readonly rendered?: string;
}

/** As a process, which prints what it saw. */
export interface ProcessRow extends Base {
  readonly process: readonly string[];
}

/** Test runners and compilers, whose files say themselves what they expect. */
export interface RunnerRow extends Base {
  readonly tests: readonly (readonly string[])[];
}

/** Bundles that need little or nothing of the package, each with the bytes that it may have. */
export interface ShakenRow extends Base {
  readonly most: Readonly<Record<string, number>>;
}

export type Row = PageRow | ProcessRow | RunnerRow | ShakenRow;

const loopback = "127.0.0.1";

/**
 * What a bundle may weigh in which nothing of the package is used, and one that uses an event class: a few
 * hundred bytes of it, and those of the tables of options that a tool does not see through. The class itself has 35,000.
 */
const shaken = (event: number) => ({ "shaken/unused.js": 200, "shaken/event.js": event });

/** As a module and as CommonJS, by each way in which TypeScript looks packages up. */
const typescript = (name: string, tool: string, resolutions: readonly string[]): RunnerRow => ({
  name,
  app: "typescript",
  tool,
  tests: resolutions.map((resolution) => [
    ...["node", `node_modules/${tool}/bin/tsc`, "--project", `tsconfig.${resolution}.json`],
  ]),
});

export const rows: readonly Row[] = [
  {
    name: "vite dev",
    app: "vite",
    tool: "vite",
    page: { server: (port) => ["vite", "--host", loopback, "--port", port, "--strictPort"] },
  },
  {
    name: "vite build",
    app: "vite",
    tool: "vite",
    build: [["vite", "build"]],
    output: "dist",
    page: { folder: "dist" },
  },
  {
    name: "webpack",
    app: "webpack",
    tool: "webpack",
    build: [["webpack", "--mode", "production", "--entry", "./src/main.js", "--output-path", "public"]],
    output: "public",
    page: { folder: "public" },
  },
  {
    name: "webpack shakes",
    app: "webpack",
    tool: "webpack",
    build: ["unused", "event"].map((name) => [
      ...["webpack", "--mode", "production", "--entry", `./src/${name}.js`],
      ...["--output-path", "shaken", "--output-filename", `${name}.js`],
    ]),
    most: shaken(1500),
  },
  ...(["turbopack", "webpack"] as const).map((bundler) => ({
    name: `next ${bundler}`,
    app: "next",
    tool: "next",
    build: [["next", "build", `--${bundler}`]],
    output: ".next/static",
    page: { server: (port: string) => ["next", "start", "--hostname", loopback, "--port", port] },
    rendered: "message one, tick two, message three, done four",
  })),
  {
    name: "esbuild",
    app: "esbuild",
    tool: "esbuild",
    build: [["esbuild", "src/main.js", "--bundle", "--minify", "--outdir=public"]],
    output: "public",
    page: { folder: "public" },
  },
  {
    name: "esbuild shakes",
    app: "esbuild",
    tool: "esbuild",
    build: [["esbuild", "src/unused.js", "src/event.js", "--bundle", "--minify", "--outdir=shaken"]],
    most: shaken(3000),
  },
  {
    name: "rollup",
    app: "rollup",
    tool: "rollup",
    build: [["rollup", "--config"]],
    output: "public",
    page: { folder: "public" },
  },
  {
    name: "rollup shakes",
    app: "rollup",
    tool: "rollup",
    build: ["unused", "event"].map((name) => [
      ...["rollup", `src/${name}.js`, "--dir", "shaken", "--format", "es"],
      ...["--plugin", "node-resolve"],
    ]),
    most: shaken(1000),
  },
  {
    name: "parcel",
    app: "parcel",
    tool: "parcel",
    build: [["parcel", "build", "src/index.html", "--no-cache", "--no-autoinstall", "--public-url", "./"]],
    output: "dist",
    page: { folder: "dist" },
  },
  { name: "no bundler", app: "html", output: "node_modules/resilient-eventsource", page: { folder: "." } },
  { name: "node import", app: "node", process: ["node", "main.mjs"] },
  { name: "node require", app: "node", process: ["node", "main.cjs"] },
  {
    name: "deno",
    app: "deno",
    tool: "deno",
    process: ["deno", "run", "--allow-net", "--allow-env", "main.js"],
  },
  { name: "bun", app: "bun", tool: "bun", process: ["bun", "main.js"] },
  // `node10` went with TypeScript 6, and most projects are not there yet.
  typescript("typescript 5", "typescript-5", ["node10", "node16", "nodenext", "bundler"]),
  typescript("typescript 7", "typescript", ["node16", "nodenext", "bundler"]),
  ...["node", "jsdom"].map((environment) => ({
    name: `vitest ${environment}`,
    app: "vitest",
    tool: "vitest",
    tests: [["vitest", "run", `--environment=${environment}`]],
  })),
  { name: "jest node", app: "jest", tool: "jest", tests: [["jest", "--env=node"]] },
  { name: "jest jsdom", app: "jest", tool: "jest", tests: [["jest", "--env=./environment.js"]] },
];

/** Of a name or of an app; all of them without any. */
export function chosen(names: readonly string[]): readonly Row[] {
  const unknown = names.filter((name) => !rows.some((row) => row.name === name || row.app === name));
  if (unknown.length > 0) {
    throw new UserError(
      `No row ${unknown.join(", ")}; there are ${rows.map(({ name }) => name).join(", ")}.`,
    );
  }
  return names.length === 0
    ? rows
    : rows.filter(({ name, app }) => names.includes(name) || names.includes(app));
}
