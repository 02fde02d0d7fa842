// The chart's panels and series, and their values as uPlot wants them: columns.

import { SLOT_MS } from "../core/slots";
import { battery, type Row, type Seen } from "./rows";

export const PANELS = {
  price: ["importPrice", "exportPrice"],
  power: ["pv", "load"],
  plan: ["discharge", "import", "charge", "water", "ev", "export"],
  soc: ["soc", "target"],
} as const;

export type PanelName = keyof typeof PANELS;
export type SeriesName = (typeof PANELS)[PanelName][number];
/** What can be told apart besides series: what was measured, what was planned before. */
export const LAYERS = ["recorded", "asPlanned"] as const;
export type Layer = (typeof LAYERS)[number];
export type Shown = Record<SeriesName | Layer, boolean>;
export type Column = (number | null)[];
export type Columns = [number[], ...Column[]];

export const ALL_SHOWN: Shown = Object.fromEntries(
  [...Object.values(PANELS).flat(), ...LAYERS].map((name) => [name, true]),
) as Shown;

const seconds = (ms: number): number => ms / 1000;

/** The starts of all rows, and the end of the last [s]. */
export function edges(rows: readonly Row[]): number[] {
  const end = (rows.at(-1)?.start ?? 0) + SLOT_MS;
  return [...rows.map((row) => seconds(row.start)), seconds(end)];
}

/** The middles of all rows [s]. */
export function middles(rows: readonly Row[]): number[] {
  return rows.map((row) => seconds(row.start + SLOT_MS / 2));
}

/** A price of one kind, in steps from slot to slot. */
export function priceColumn(
  rows: readonly Row[],
  name: "importPrice" | "exportPrice",
  kind: Row["priceKind"],
): Column {
  return held(rows.map((row) => (row.priceKind === kind ? row[name] : null)));
}

/** What was recorded of a mean power; the line of what is expected goes on from its end. */
export function recordedColumn(rows: readonly Row[], name: "pv" | "load"): Column {
  return rows.map((row) => (row.origin === "recorded" ? row[name] : null));
}

export function expectedColumn(rows: readonly Row[], name: "pv" | "load"): Column {
  return rows.map((row, n) => {
    const past = row.origin === "recorded";
    const last = past && rows[n + 1]?.origin !== "recorded";
    return past && !last ? null : row[name];
  });
}

/** What the plan expected of a mean power in slots that have passed. */
export function plannedColumn(rows: readonly Row[], name: "pv" | "load"): Column {
  return rows.map((row) => row.planned?.[name] ?? null);
}

/** The 10 % or the 90 % bound of a forecast. */
export function bandColumn(rows: readonly Row[], name: "pv" | "load", bound: 0 | 1): Column {
  return rows.map((row) => row[`${name}Band`]?.[bound] ?? null);
}

/** The state of charge at the edges of slots: as measured, from `first` on. */
export function measuredSoc(rows: readonly Row[], first: number | null): Column {
  return [first, ...rows.map((row) => (row.origin === "recorded" ? row.soc : null))];
}

/** As it is planned to be, going on where the measured line ends. */
export function plannedSoc(rows: readonly Row[], first: number | null): Column {
  const measured = measuredSoc(rows, first);
  const planned: Column = [null];
  rows.forEach((row, n) => {
    planned.push(row.origin === "planned" ? row.soc : null);
    if (row.origin === "planned" && planned[n] == null) planned[n] = measured[n] ?? null;
  });
  return planned;
}

/** As it was planned to be in slots that have passed. */
export function oncePlannedSoc(rows: readonly Row[]): Column {
  return [null, ...rows.map((row) => row.planned?.soc ?? null)];
}

/** As another plan would have it, which was tried and is not in force. */
export function triedSoc(rows: readonly Row[], tried: ReadonlyMap<number, Seen>): Column {
  const column: Column = [null];
  rows.forEach((row, n) => {
    const soc = tried.get(row.start)?.soc ?? null;
    if (soc !== null && column[n] === null) column[n] = rows[n - 1]?.soc ?? null;
    column.push(soc);
  });
  return column;
}

/** Where runs of charging from the grid and of selling are to end, in steps [%]. */
export function targetColumn(targets: Column): Column {
  return held(targets);
}

/** What the battery gives by a plan, charging negative [kW], in steps. */
export function batteryColumn(rows: readonly Row[], of: (row: Row) => Seen | null): Column {
  return held(
    rows.map((row) => {
      const seen = of(row);
      return seen ? battery(seen.flows) : null;
    }),
  );
}

export interface Stack {
  name: SeriesName;
  from: number;
  to: number;
}

const SOURCES = ["discharge", "import"] as const;
const USES = ["charge", "water", "ev", "export"] as const;

/** What is stacked in a slot: above zero where power comes from, below where it goes [kW]. */
export function stacks(row: Row, shown: Shown): Stack[] {
  const seen = row.origin === "recorded" && !shown.recorded ? row.planned : row;
  if (!seen) return [];
  const found: Stack[] = [];
  const pile = (names: readonly (keyof Row["flows"])[], sign: 1 | -1): void => {
    let level = 0;
    for (const name of names) {
      const kw = seen.flows[name];
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
  let [low, high] = [-1, 1];
  for (const row of rows)
    for (const { to } of stacks(row, shown)) {
      low = Math.min(low, to);
      high = Math.max(high, to);
    }
  return [low * 1.08, high * 1.08];
}

/** A column of steps in which each value holds to the start of the next slot. */
function held(values: Column): Column {
  const column = [...values, null];
  for (let n = column.length - 1; n > 0; n -= 1) column[n] ??= values[n - 1] ?? null;
  return column;
}
