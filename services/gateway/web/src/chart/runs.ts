// What slots are for, and stretches of slots that are for the same.

import { SLOT_MS } from "../core/slots";
import type { Flows, Row } from "./rows";

/** Smaller powers are not what a slot is for [kW]. */
const NOTICED_KW = 0.1;

export type Purpose =
  | "charge_from_grid"
  | "charge_from_pv"
  | "discharge"
  | "export"
  | "heat"
  | "drive"
  | "rest";

/** What a slot is mainly for: the battery before the heater, the heater before a vehicle. */
export function purpose(row: { flows: Flows; load: number | null }): Purpose | null {
  const { charge, discharge } = row.flows;
  const of = (name: keyof Flows): number => row.flows[name] ?? 0;
  if (Object.values(row.flows).every((kw) => kw === null)) return null;
  if ((charge ?? 0) > NOTICED_KW) {
    const beside = of("import") - (row.load ?? 0) - of("water") - of("ev");
    return beside > NOTICED_KW ? "charge_from_grid" : "charge_from_pv";
  }
  if ((discharge ?? 0) > NOTICED_KW) return of("export") > NOTICED_KW ? "export" : "discharge";
  if (of("water") > NOTICED_KW) return "heat";
  return of("ev") > NOTICED_KW ? "drive" : "rest";
}

export interface Run {
  purpose: Purpose;
  recorded: boolean;
  rows: readonly Row[];
  start: number;
  end: number;
  /** Mean price of import [currency/kWh]; null where one is unknown. */
  price: number | null;
  /** What went through the battery, charging positive [kWh]. */
  batteryKwh: number;
  importKwh: number;
  exportKwh: number;
  /** State of charge at the end [%]. */
  soc: number | null;
  /** The reasons of its slots, each said once. */
  reasons: readonly string[];
}

/** `rows` of which anything is known, in runs of the same; none goes over midnight or now. */
export function runsOf(rows: readonly Row[], day: (at: number) => string): Run[] {
  const runs: Run[] = [];
  let open: Row[] = [];
  const close = (): void => {
    if (open.length) runs.push(runOf(open));
    open = [];
  };
  for (const row of rows) {
    const before = open.at(-1);
    const goesOn =
      before &&
      before.start + SLOT_MS === row.start &&
      before.origin === row.origin &&
      purpose(before) === purpose(row) &&
      day(before.start) === day(row.start);
    if (!goesOn) close();
    if (row.origin !== null && purpose(row) !== null) open.push(row);
  }
  close();
  return runs;
}

function runOf(rows: readonly Row[]): Run {
  const [first, last] = [rows[0] as Row, rows.at(-1) as Row];
  const kwh = (name: keyof Flows): number =>
    rows.reduce((sum, row) => sum + (row.flows[name] ?? 0) / 4, 0);
  const known = rows.flatMap((row) => (row.importPrice === null ? [] : [row.importPrice]));
  const complete = known.length === rows.length;
  return {
    purpose: purpose(first) ?? "rest",
    recorded: first.origin === "recorded",
    rows,
    start: first.start,
    end: last.start + SLOT_MS,
    price: complete ? known.reduce((sum, one) => sum + one, 0) / known.length : null,
    batteryKwh: kwh("charge") - kwh("discharge"),
    importKwh: kwh("import"),
    exportKwh: kwh("export"),
    soc: last.soc,
    reasons: [...new Set(rows.map((row) => row.reason).filter(Boolean))],
  };
}

/**
 * Where the state of charge is to be at the end of each run of charging from the grid or of
 * selling, row by row [%]; null elsewhere, for there the battery follows the house.
 */
export function targetsOf(rows: readonly Row[]): (number | null)[] {
  const targets: (number | null)[] = [];
  for (let n = rows.length - 1; n >= 0; n -= 1) {
    const row = rows[n] as Row;
    const seen = row.origin === "recorded" ? row.planned : row;
    const what = seen && purpose(seen);
    const steered = what === "charge_from_grid" || what === "export";
    const next = rows[n + 1];
    const after = next && (next.origin === "recorded" ? next.planned : next);
    const same = steered && after && purpose(after) === what;
    targets[n] = steered ? (same ? (targets[n + 1] ?? null) : (seen?.soc ?? null)) : null;
  }
  return targets;
}
