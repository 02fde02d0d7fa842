// The chart's panels and series, and their values as uPlot wants them: columns.

import type { Row } from "../core/slots";
import { SLOT_MS } from "../core/slots";

export const PANELS = {
  price: ["importPrice", "exportPrice"],
  power: ["pv", "load"],
  plan: ["discharge", "import", "charge", "export", "water"],
  soc: ["soc"],
} as const;

export type PanelName = keyof typeof PANELS;
export type SeriesName = (typeof PANELS)[PanelName][number];
export type Shown = Record<SeriesName, boolean>;
export type Column = (number | null)[];
export type Columns = [number[], ...Column[]];

export const ALL_SHOWN: Shown = Object.fromEntries(
  Object.values(PANELS)
    .flat()
    .map((name) => [name, true]),
) as Shown;

const seconds = (ms: number): number => ms / 1000;

/** Steps from slot start to slot start; published and estimated apart. */
export function priceColumns(rows: readonly Row[]): Columns {
  const starts = rows.map((row) => seconds(row.start));
  const end = seconds((rows.at(-1)?.start ?? 0) + SLOT_MS);
  const of = (name: "importPrice" | "exportPrice", kind: Row["priceKind"]): Column =>
    held(rows.map((row) => (row.priceKind === kind ? row[name] : null)));
  return [
    [...starts, end],
    of("importPrice", "published"),
    of("importPrice", "forecast"),
    of("exportPrice", "published"),
    of("exportPrice", "forecast"),
  ];
}

/** Means, drawn at the middle of their slot; recorded, forecast, and the band around it. */
export function powerColumns(rows: readonly Row[]): Columns {
  const middles = rows.map((row) => seconds(row.start + SLOT_MS / 2));
  const past = rows.map((row) => row.origin === "recorded");
  const of = (name: "pv" | "load"): Column[] => [
    rows.map((row, n) => (past[n] ? row[name] : null)),
    rows.map((row, n) => (past[n] && past[n + 1] !== false ? null : row[name])),
    rows.map((row) => row[`${name}Band`]?.[1] ?? null),
    rows.map((row) => row[`${name}Band`]?.[0] ?? null),
  ];
  return [middles, ...of("pv"), ...of("load")];
}

/** The state of charge at slot boundaries; measured, and planned from there on. */
export function socColumns(rows: readonly Row[], first: number | null): Columns {
  const edges = rows.map((row) => seconds(row.start));
  const end = seconds((rows.at(-1)?.start ?? 0) + SLOT_MS);
  const measured: Column = [first];
  const planned: Column = [null];
  rows.forEach((row, n) => {
    measured.push(row.origin === "recorded" ? row.soc : null);
    planned.push(row.origin === "planned" ? row.soc : null);
    if (row.origin === "planned" && planned[n] == null) planned[n] = measured[n] ?? null;
  });
  return [[...edges, end], measured, planned];
}

export interface Stack {
  name: SeriesName;
  from: number;
  to: number;
}

const SOURCES = ["discharge", "import"] as const;
const USES = ["charge", "water", "export"] as const;

/** What is stacked in a slot: above zero where power comes from, below where it goes [kW]. */
export function stacks(row: Row, shown: Shown): Stack[] {
  const found: Stack[] = [];
  const pile = (names: readonly (keyof Row["flows"])[], sign: 1 | -1): void => {
    let level = 0;
    for (const name of names) {
      const kw = row.flows[name];
      if (!kw || !shown[name]) continue;
      found.push({ name, from: level, to: level + sign * kw });
      level += sign * kw;
    }
  };
  pile(SOURCES, 1);
  pile(USES, -1);
  return found;
}

/** The lowest and highest level of all stacks, at least [−1, 1] [kW]. */
export function stackRange(rows: readonly Row[], shown: Shown): [number, number] {
  const ends = rows.flatMap((row) => stacks(row, shown).map((stack) => stack.to));
  return [Math.min(-1, ...ends) * 1.08, Math.max(1, ...ends) * 1.08];
}

/** A column of steps in which each value holds to the start of the next slot. */
function held(values: Column): Column {
  const column = [...values, null];
  for (let n = column.length - 1; n > 0; n -= 1) column[n] ??= values[n - 1] ?? null;
  return column;
}
