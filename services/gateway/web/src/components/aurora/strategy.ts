// How the planner's look at the days ahead changed.

import { number, percent } from "../../core/format";
import type { RuleEffect } from "../../live/types";
import { m } from "../../messages";

/** A row of what the recorder knows of the strategy; `rules` is JSON. */
export type StrategyRow = Readonly<Record<string, unknown>> & {
  emitted_at: string;
  rules: string | null;
};

export interface LogEntry {
  at: string;
  /** What is another than before, in words. */
  changes: string[];
  /** Rules that began there, with their reasons. */
  began: RuleEffect[];
}

/** Figures below such a step are the same to people. */
const STEPS: Readonly<Record<string, number>> = {
  target_soc_percent: 1,
  s_index: 0.05,
  terminal_value_per_kwh: 0.05,
  weather_volatility: 0.1,
};

/** What changed from row to row, newest first; rows in which nothing did are left out. */
export function strategyLog(rows: readonly StrategyRow[]): LogEntry[] {
  const entries: LogEntry[] = [];
  let before = rows[0];
  if (!before) return entries;
  for (const row of rows.slice(1)) {
    const entry = changesBetween(before, row);
    if (!entry.changes.length) continue;
    entries.unshift(entry);
    before = row;
  }
  return entries;
}

function changesBetween(before: StrategyRow, row: StrategyRow): LogEntry {
  const words = m.aurora.strategy;
  const dials = Object.entries(words.dials).flatMap(([key, name]) =>
    differ(key, before[key], row[key])
      ? [words.changed(name, dialOf(key, before[key]), dialOf(key, row[key]))]
      : [],
  );
  const [old, latest] = [rulesOf(before), rulesOf(row)];
  const began = latest.filter((one) => !old.some((other) => other.rule === one.rule));
  const ended = old.filter((one) => !latest.some((other) => other.rule === one.rule));
  const changes = [
    ...dials,
    ...began.map((one) => words.began(ruleName(one.rule))),
    ...ended.map((one) => words.ended(ruleName(one.rule))),
  ];
  return { at: row.emitted_at, changes, began };
}

function differ(key: string, before: unknown, after: unknown): boolean {
  if (typeof before === "number" && typeof after === "number")
    return Math.abs(after - before) >= (STEPS[key] ?? 1e-9);
  return (before ?? null) !== (after ?? null);
}

/** A dial as people read it. */
export function dialOf(key: string, value: unknown): string {
  const words = m.aurora.strategy;
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value !== "number") return words.regimes[String(value)] ?? String(value);
  if (key === "target_soc_percent") return `${percent(value)} %`;
  if (key === "weather_volatility") return `${percent(value * 100)} %`;
  return number(value, Number.isInteger(value) ? 0 : 2);
}

export function ruleName(rule: string): string {
  return m.aurora.strategy.rules[rule] ?? rule.replaceAll("_", " ");
}

function rulesOf(row: StrategyRow): RuleEffect[] {
  return row.rules ? (JSON.parse(row.rules) as RuleEffect[]) : [];
}
