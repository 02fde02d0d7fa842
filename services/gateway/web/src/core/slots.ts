// One row for each quarter hour of the chart: what was recorded, then what is planned.

import type { Bundle, ClosedSlot, QuantileSlot, ScheduleSlot } from "../live/types";

export const SLOT_MS = 15 * 60_000;
const PER_HOUR = 4;

export interface Flows {
  import: number | null;
  export: number | null;
  charge: number | null;
  discharge: number | null;
  water: number | null;
}

export interface Row {
  /** Start [ms]. */
  start: number;
  /** Where the flows come from. */
  origin: "recorded" | "planned" | null;
  importPrice: number | null;
  exportPrice: number | null;
  priceKind: "published" | "forecast" | null;
  /** Base load and PV [kW]: recorded, or the middle of the forecast. */
  load: number | null;
  loadBand: [number, number] | null;
  pv: number | null;
  pvBand: [number, number] | null;
  flows: Flows;
  /** State of charge at the end of the slot [%]. */
  soc: number | null;
  reason: string;
}

export interface Window {
  start: number;
  end: number;
}

/** The hours shown: some back, the rest ahead, moving on by whole hours. */
export function windowAt(now: number, hours: number): Window {
  const hour = 3_600_000;
  const start = Math.floor(now / hour) * hour - (hours / 4) * hour;
  return { start, end: start + hours * hour };
}

type Known = Pick<Bundle, "prices" | "load_forecast" | "pv_forecast" | "schedule">;

export function rowsOf(
  window: Window,
  known: Known,
  closed: ReadonlyMap<number, ClosedSlot>,
): Row[] {
  const prices = byStart(known.prices?.slots ?? []);
  const load = byStart(known.load_forecast?.slots ?? []);
  const pv = byStart(known.pv_forecast?.slots ?? []);
  const planned = byStart(known.schedule?.slots ?? []);
  const rows: Row[] = [];
  for (let start = window.start; start < window.end; start += SLOT_MS) {
    const price = prices.get(start);
    const past = closed.get(start);
    const row: Row = {
      start,
      origin: null,
      importPrice: price?.import_per_kwh ?? past?.import_per_kwh ?? null,
      exportPrice: price?.export_per_kwh ?? past?.export_per_kwh ?? null,
      priceKind: price?.kind ?? (past?.import_per_kwh == null ? null : "published"),
      load: null,
      loadBand: band(load.get(start)),
      pv: null,
      pvBand: band(pv.get(start)),
      flows: { import: null, export: null, charge: null, discharge: null, water: null },
      soc: null,
      reason: "",
    };
    rows.push(past ? withRecorded(row, past) : withPlan(row, planned.get(start), load, pv));
  }
  return rows;
}

function withRecorded(row: Row, slot: ClosedSlot): Row {
  const load = slot.load_kwh === null ? null : slot.load_kwh - (slot.water_kwh ?? 0);
  return {
    ...row,
    origin: "recorded",
    load: mean(load === null ? null : Math.max(0, load)),
    loadBand: null,
    pv: mean(slot.pv_kwh),
    pvBand: null,
    soc: slot.soc_percent_end ?? null,
    flows: {
      import: mean(slot.import_kwh),
      export: mean(slot.export_kwh),
      charge: mean(slot.charge_kwh),
      discharge: mean(slot.discharge_kwh),
      water: mean(slot.water_kwh),
    },
  };
}

type Quantiles = ReadonlyMap<number, QuantileSlot>;

function withPlan(
  row: Row,
  slot: ScheduleSlot | undefined,
  load: Quantiles,
  pv: Quantiles,
): Row {
  const middle = {
    load: load.get(row.start)?.p50_kw ?? slot?.load_kw ?? null,
    pv: pv.get(row.start)?.p50_kw ?? slot?.pv_kw ?? null,
  };
  if (!slot) return { ...row, ...middle };
  return {
    ...row,
    ...middle,
    origin: "planned",
    soc: slot.soc_percent,
    reason: slot.reason,
    flows: {
      import: slot.import_kw,
      export: slot.export_kw,
      charge: slot.charge_kw,
      discharge: slot.discharge_kw,
      water: slot.water_kw,
    },
  };
}

/** What the battery is about in a planned slot, in a word that a change can be told by. */
export type Doing = "charge" | "discharge" | "export" | "rest";

export function doing(slot: ScheduleSlot): Doing {
  if (slot.charge_kw > 0.05) return "charge";
  if (slot.discharge_kw > 0.05) return slot.export_kw > 0.05 ? "export" : "discharge";
  return "rest";
}

/** The next planned slot after `now` in which the battery does something else. */
export function nextChange(
  slots: readonly ScheduleSlot[],
  now: number,
): { slot: ScheduleSlot; doing: Doing } | null {
  const index = slots.findIndex((slot) => Date.parse(slot.start) + SLOT_MS > now);
  const current = slots[index];
  if (!current) return null;
  const slot = slots.slice(index + 1).find((one) => doing(one) !== doing(current));
  return slot ? { slot, doing: doing(slot) } : null;
}

/** The value in force at `now`. */
export function at<T extends { start: string }>(slots: readonly T[], now: number): T | undefined {
  return slots.find((slot) => {
    const start = Date.parse(slot.start);
    return start <= now && now < start + SLOT_MS;
  });
}

function band(slot: QuantileSlot | undefined): [number, number] | null {
  return slot ? [slot.p10_kw, slot.p90_kw] : null;
}

function mean(kwh: number | null): number | null {
  return kwh === null ? null : kwh * PER_HOUR;
}

function byStart<T extends { start: string }>(slots: readonly T[]): Map<number, T> {
  return new Map(slots.map((slot) => [Date.parse(slot.start), slot]));
}
