// One row for each quarter hour of the chart: what was recorded beside what was planned for it,
// then what is planned.

import { SLOT_MS } from "../core/slots";
import type { Bundle, ClosedSlot, QuantileSlot, ScheduleSlot } from "../live/types";

const PER_HOUR = 4;
const HOUR = 3_600_000;

/** Mean powers [kW]; null where unknown. */
export interface Flows {
  import: number | null;
  export: number | null;
  charge: number | null;
  discharge: number | null;
  water: number | null;
  ev: number | null;
}

/** What is shown of one slot by one source. */
export interface Seen {
  /** Base load, without heater and vehicles, and PV [kW]. */
  load: number | null;
  pv: number | null;
  flows: Flows;
  /** State of charge at the end of the slot [%]. */
  soc: number | null;
}

export interface Row extends Seen {
  /** Start [ms]. */
  start: number;
  /** Where load, PV, flows and state of charge come from. */
  origin: "recorded" | "planned" | null;
  importPrice: number | null;
  exportPrice: number | null;
  priceKind: "published" | "forecast" | null;
  loadBand: [number, number] | null;
  pvBand: [number, number] | null;
  /** What the plan in force said of a slot that has passed; null: there was none. */
  planned: Seen | null;
  reason: string;
}

export interface Window {
  start: number;
  end: number;
}

/** The hours shown: some back, the rest ahead, moving on by whole hours. */
export function windowAt(now: number, hours: number): Window {
  const start = Math.floor(now / HOUR) * HOUR - (hours / 4) * HOUR;
  return { start, end: start + hours * HOUR };
}

export const UNKNOWN: Flows = {
  import: null,
  export: null,
  charge: null,
  discharge: null,
  water: null,
  ev: null,
};

export type Known = Pick<Bundle, "prices" | "load_forecast" | "pv_forecast" | "schedule">;

/** A slot of a schedule that has passed, as the recorder keeps it. */
export type PlannedSlot = Omit<ScheduleSlot, "evs" | "curtailed_kw">;

export interface Past {
  closed: ReadonlyMap<number, ClosedSlot>;
  planned: ReadonlyMap<number, PlannedSlot>;
}

export const NO_PAST: Past = { closed: new Map(), planned: new Map() };

export function rowsOf(window: Window, known: Known, past: Past): Row[] {
  const prices = byStart(known.prices?.slots ?? []);
  const load = byStart(known.load_forecast?.slots ?? []);
  const pv = byStart(known.pv_forecast?.slots ?? []);
  const ahead = byStart(known.schedule?.slots ?? []);
  const inForceFrom = Date.parse(known.schedule?.slots[0]?.start ?? "") || Infinity;
  const rows: Row[] = [];
  for (let start = window.start; start < window.end; start += SLOT_MS) {
    const closed = past.closed.get(start);
    const then = past.planned.get(start);
    const plan = ahead.get(start) ?? (start < inForceFrom ? then : undefined);
    const price = prices.get(start);
    const row: Row = {
      start,
      ...(closed ? recorded(closed) : planned(plan, load.get(start), pv.get(start))),
      origin: closed ? "recorded" : plan ? "planned" : null,
      importPrice: price?.import_per_kwh ?? closed?.import_per_kwh ?? null,
      exportPrice: price?.export_per_kwh ?? closed?.export_per_kwh ?? null,
      priceKind: price?.kind ?? (closed?.import_per_kwh == null ? null : "published"),
      loadBand: closed ? null : band(load.get(start)),
      pvBand: closed ? null : band(pv.get(start)),
      planned: closed ? asPlanned(then ?? plan) : null,
      reason: (closed ? (then ?? plan) : plan)?.reason ?? "",
    };
    rows.push(row);
  }
  return rows;
}

function recorded(slot: ClosedSlot): Seen {
  const { load_kwh: whole } = slot;
  const load = whole === null ? null : whole - (slot.water_kwh ?? 0) - (slot.ev_kwh ?? 0);
  return {
    load: mean(load === null ? null : Math.max(0, load)),
    pv: mean(slot.pv_kwh),
    soc: slot.soc_percent_end ?? null,
    flows: {
      import: mean(slot.import_kwh),
      export: mean(slot.export_kwh),
      charge: mean(slot.charge_kwh),
      discharge: mean(slot.discharge_kwh),
      water: mean(slot.water_kwh),
      ev: mean(slot.ev_kwh),
    },
  };
}

type Quantiles = QuantileSlot | undefined;

/** What is expected of a slot: the newest forecast before the one that the plan rests on. */
function planned(slot: PlannedSlot | undefined, load: Quantiles, pv: Quantiles): Seen {
  const seen = asPlanned(slot);
  return {
    load: load?.p50_kw ?? seen?.load ?? null,
    pv: pv?.p50_kw ?? seen?.pv ?? null,
    soc: seen?.soc ?? null,
    flows: seen?.flows ?? UNKNOWN,
  };
}

export function asPlanned(slot: PlannedSlot | undefined): Seen | null {
  if (!slot) return null;
  return {
    load: slot.load_kw,
    pv: slot.pv_kw,
    soc: slot.soc_percent,
    flows: {
      import: slot.import_kw,
      export: slot.export_kw,
      charge: slot.charge_kw,
      discharge: slot.discharge_kw,
      water: slot.water_kw,
      ev: slot.ev_kw,
    },
  };
}

/** What the battery gives, charging negative [kW]; null where unknown. */
export function battery(flows: Flows): number | null {
  const { charge, discharge } = flows;
  return charge === null || discharge === null ? null : discharge - charge;
}

function band(slot: Quantiles): [number, number] | null {
  return slot ? [slot.p10_kw, slot.p90_kw] : null;
}

function mean(kwh: number | null | undefined): number | null {
  return kwh === null || kwh === undefined ? null : kwh * PER_HOUR;
}

export function byStart<T extends { start: string }>(slots: readonly T[]): Map<number, T> {
  return new Map(slots.map((slot) => [Date.parse(slot.start), slot]));
}
