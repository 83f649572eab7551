// Which log lines a filter lets through.
import type { LogLine } from "./run.ts";

export interface LogFilter {
  /** Words; a line must hold each of them, in its message or its stage, in any case. */
  text: string;
  level: "all" | "warn";
}

export function filterLog(lines: readonly LogLine[], { text, level }: LogFilter): readonly LogLine[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && level === "all") return lines;
  return lines.filter((line) => {
    if (level === "warn" && line.level !== "warn") return false;
    const haystack = `${line.stage} ${line.message}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}
