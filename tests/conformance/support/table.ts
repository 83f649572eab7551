// docs/conformance.md: what each check found in each engine, and why we deviate where we do. The tests compare
// it with what they find, or write it.
import { readFileSync, writeFileSync } from "node:fs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { chapters } from "../checks/all.ts";
import type { Scope, Subject } from "./check.ts";
import type { Results } from "./run.ts";

export const engines = ["Chromium", "Firefox", "WebKit", "Node"] as const;
export type Engine = (typeof engines)[number];

/** What a run of all checks found, by scope and subject. */
export type Findings = ReadonlyMap<Scope, ReadonlyMap<Subject, Results>>;

export interface Row {
  readonly rule: string;
  readonly cells: Record<Engine, string>;
  readonly deviation: string;
}

const file = inRoot("docs/conformance.md");
const columns = ["requirement", "test", ...engines, "deviation"];

const split = (line: string) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows by test. */
export function readTable(): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [rule = "", id = "", ...rest] = split(line);
    if (!/^`[\w-]+`$/.test(id)) continue;
    const cells = Object.fromEntries(engines.map((engine, index) => [engine, rest[index]]));
    rows.set(id.slice(1, -1), { rule, cells: cells as Row["cells"], deviation: rest[engines.length] ?? "" });
  }
  return rows;
}

const escaped = (text: string) => text.replaceAll("|", "\\|");

/** Puts what was found into an engine's column, and every check into the table. */
export function writeColumn(engine: Engine, findings: Findings): void {
  const old = readTable();
  const tables = chapters.map(({ title, standard, list }) => {
    const lines = list.map(({ id, rule }) => {
      const row = old.get(id);
      const cells = engines.map((name) => {
        const noted = row?.cells[name] ?? "";
        const found = cellOf(id, findings);
        return name === engine && !agrees(found, noted) ? found : noted;
      });
      return `| ${[escaped(rule), `\`${id}\``, ...cells, row?.deviation ?? ""].join(" | ")} |`;
    });
    const head = [`| ${columns.join(" | ")} |`, `|${" --- |".repeat(columns.length)}`];
    return [`## ${title}`, "", `${standard}.`, "", ...head, ...lines, ""].join("\n");
  });
  const [before, after] = readFileSync(file, "utf8").split(
    /(?<=<!-- checks -->\n)[\s\S]*(?=<!-- \/checks -->)/,
  );
  writeFileSync(file, `${before}\n${tables.join("\n")}\n${after}`);
}

/** Where a subject failed a check: nowhere, everywhere that it ran, or in some scopes. */
function failures(
  id: string,
  subject: Subject,
  findings: Findings,
): { message: string; ran: boolean; detail: string } {
  const failed: string[] = [];
  let ran = 0;
  const details: string[] = [];
  for (const [scope, subjects] of findings) {
    const result = subjects.get(subject)?.[id];
    if (result === undefined) continue;
    ran++;
    if (result === null) continue;
    failed.push(scope);
    details.push(`${subject} in ${scope}: ${result}`);
  }
  const where = failed.length === ran ? "" : ` in ${failed.join(", ")}`;
  return { message: failed.length ? `✗${where}` : "", ran: ran > 0, detail: details.join("\n") };
}

/** `✓`, or which of `fetch`, `native` and the platform's `own` class failed, and where if not everywhere. */
export function cellOf(id: string, findings: Findings): string {
  const subjects = ["fetch", "native", "own"] as const;
  const found = subjects.map((subject) => ({ subject, ...failures(id, subject, findings) }));
  if (!found.some(({ ran }) => ran)) return "–";
  return (
    found
      .filter(({ message }) => message)
      .map(({ subject, message }) => `${subject} ${message}`)
      .join(", ") || "✓"
  );
}

/**
 * Whether what was found is what the table notes. What an engine does now and then is noted by hand, as `fetch ✗ at times`:
 * that subject may fail in any scope or in none, the others must pass.
 */
export function agrees(found: string, noted: string | undefined): boolean {
  const [, subject] = /^(\w+) ✗ at times$/.exec(noted ?? "") ?? [];
  return (
    found === noted || (!!subject && (found === "✓" || new RegExp(`^${subject} ✗( in [^✗]*)?$`).test(found)))
  );
}

/** What the failures said. */
export const detailOf = (id: string, findings: Findings): string =>
  (["fetch", "native", "own"] as const).map((subject) => failures(id, subject, findings).detail).join("\n");

/** Whether ours fails where the platform's own class does not: there the table must say why. */
export const deviates = (cell: string): boolean =>
  /fetch ✗/.test(cell) || (/native ✗/.test(cell) && !/own ✗/.test(cell));
