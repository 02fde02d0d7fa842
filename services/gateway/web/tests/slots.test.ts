import { describe, expect, it } from "vitest";
import { nextChange, rowsOf, SLOT_MS, windowAt } from "../src/core/slots";
import type { ClosedSlot, ScheduleSlot } from "../src/live/types";

const NOON = Date.parse("2026-06-12T12:00:00Z");
const iso = (n: number): string => new Date(NOON + n * SLOT_MS).toISOString();

function planned(n: number, more: Partial<ScheduleSlot> = {}): ScheduleSlot {
  return {
    start: iso(n),
    import_kw: 1,
    export_kw: 0,
    charge_kw: 0,
    discharge_kw: 0,
    water_kw: 0,
    soc_percent: 50,
    load_kw: 1,
    pv_kw: 0,
    reason: "because",
    ...more,
  };
}

function closed(n: number, more: Partial<ClosedSlot> = {}): [number, ClosedSlot] {
  const slot: ClosedSlot = {
    start: iso(n),
    load_kwh: 0.5,
    pv_kwh: 0.25,
    import_kwh: 0.25,
    export_kwh: 0,
    charge_kwh: 0,
    discharge_kwh: 0,
    water_kwh: 0.25,
    soc_percent_start: 40,
    soc_percent_end: 41,
    import_per_kwh: 1.5,
    export_per_kwh: 0.5,
    ...more,
  };
  return [Date.parse(slot.start), slot];
}

const span = { start: NOON - 2 * SLOT_MS, end: NOON + 2 * SLOT_MS };
const nothing = { prices: null, load_forecast: null, pv_forecast: null, schedule: null };
const schedule = (slots: ScheduleSlot[]) => ({ slots }) as never;

describe("rowsOf", () => {
  it("knows nothing where nothing is known", () => {
    const rows = rowsOf(span, nothing, new Map());
    expect(rows).toHaveLength(4);
    expect(rows.every((row) => row.origin === null && row.load === null)).toBe(true);
  });

  it("turns energies of a closed slot into mean powers, and leaves the heater out of the load", () => {
    const [row] = rowsOf(span, nothing, new Map([closed(-2)]));
    expect(row).toMatchObject({ origin: "recorded", load: 1, pv: 1, soc: 41, importPrice: 1.5 });
    expect(row?.flows).toMatchObject({ import: 1, water: 1 });
  });

  it("keeps unknown energies unknown", () => {
    const [row] = rowsOf(span, nothing, new Map([closed(-2, { load_kwh: null, pv_kwh: null })]));
    expect(row).toMatchObject({ load: null, pv: null });
  });

  it("believes what was recorded more than what was planned", () => {
    const known = { ...nothing, schedule: schedule([planned(-1), planned(0)]) };
    const rows = rowsOf(span, known, new Map([closed(-1)]));
    expect(rows.map((row) => row.origin)).toEqual([null, "recorded", "planned", null]);
  });

  it("prefers the newest forecast to the one the plan rests on", () => {
    const load = { slots: [{ start: iso(0), p10_kw: 2, p50_kw: 3, p90_kw: 4 }] } as never;
    const known = { ...nothing, load_forecast: load, schedule: schedule([planned(0), planned(1)]) };
    const rows = rowsOf(span, known, new Map());
    expect(rows[2]).toMatchObject({ load: 3, loadBand: [2, 4], reason: "because" });
    expect(rows[3]).toMatchObject({ load: 1, loadBand: null });
  });
});

describe("nextChange", () => {
  it("finds the first slot in which the battery does something else", () => {
    const slots = [planned(0), planned(1), planned(2, { charge_kw: 2 })];
    expect(nextChange(slots, NOON + 1)).toMatchObject({ doing: "charge", slot: { start: iso(2) } });
  });

  it("finds none where there is none, and none in an old plan", () => {
    expect(nextChange([planned(0), planned(1)], NOON)).toBeNull();
    expect(nextChange([planned(-9), planned(-8, { charge_kw: 1 })], NOON)).toBeNull();
  });
});

describe("windowAt", () => {
  it("starts a quarter of its length back, on the hour", () => {
    const { start, end } = windowAt(NOON + 20 * 60_000, 48);
    expect(new Date(start).toISOString()).toBe("2026-06-12T00:00:00.000Z");
    expect(end - start).toBe(48 * 3_600_000);
  });
});
