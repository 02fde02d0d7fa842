import { describe, expect, it } from "vitest";
import { battery, rowsOf, UNKNOWN, windowAt, type Past } from "../src/chart/rows";
import { SLOT_MS } from "../src/core/slots";
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
    curtailed_kw: 0,
    water_kw: 0,
    ev_kw: 0,
    evs: {},
    import_per_kwh: 1,
    export_per_kwh: 0.5,
    price_kind: "published",
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
    ev_kwh: 0,
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

const past = (closed: [number, ClosedSlot][] = [], planned: ScheduleSlot[] = []): Past => ({
  closed: new Map(closed),
  planned: new Map(planned.map((one) => [Date.parse(one.start), one])),
});

describe("rowsOf", () => {
  it("knows nothing where nothing is known", () => {
    const rows = rowsOf(span, nothing, past());
    expect(rows).toHaveLength(4);
    expect(rows.every((row) => row.origin === null && row.load === null)).toBe(true);
  });

  it("turns energies of a closed slot into mean powers, and leaves the heater out of the load", () => {
    const [row] = rowsOf(span, nothing, past([closed(-2)]));
    expect(row).toMatchObject({ origin: "recorded", load: 1, pv: 1, soc: 41, importPrice: 1.5 });
    expect(row?.flows).toMatchObject({ import: 1, water: 1 });
  });

  it("keeps unknown energies unknown", () => {
    const [row] = rowsOf(span, nothing, past([closed(-2, { load_kwh: null, pv_kwh: null })]));
    expect(row).toMatchObject({ load: null, pv: null });
  });

  it("believes what was recorded more than what was planned", () => {
    const known = { ...nothing, schedule: schedule([planned(-1), planned(0)]) };
    const rows = rowsOf(span, known, past([closed(-1)]));
    expect(rows.map((row) => row.origin)).toEqual([null, "recorded", "planned", null]);
  });

  it("prefers the newest forecast to the one the plan rests on", () => {
    const load = { slots: [{ start: iso(0), p10_kw: 2, p50_kw: 3, p90_kw: 4 }] } as never;
    const known = { ...nothing, load_forecast: load, schedule: schedule([planned(0), planned(1)]) };
    const rows = rowsOf(span, known, past());
    expect(rows[2]).toMatchObject({ load: 3, loadBand: [2, 4], reason: "because" });
    expect(rows[3]).toMatchObject({ load: 1, loadBand: null });
  });
});

describe("rowsOf, of what has passed", () => {
  it("has beside what was recorded what was planned, with its reason", () => {
    const then = planned(-2, { charge_kw: 2, soc_percent: 55, reason: "cheap" });
    const [row] = rowsOf(span, nothing, past([closed(-2)], [then]));
    expect(row).toMatchObject({ soc: 41, reason: "cheap", planned: { soc: 55, load: 1 } });
    expect(row?.planned?.flows.charge).toBe(2);
  });

  it("goes by what was kept of a slot before the plan that is still in force", () => {
    const known = { ...nothing, schedule: schedule([planned(-1, { soc_percent: 70 })]) };
    const rows = rowsOf(span, known, past([closed(-1)], [planned(-1, { soc_percent: 60 })]));
    expect(rows[1]?.planned?.soc).toBe(60);
    expect(rowsOf(span, known, past([closed(-1)]))[1]?.planned?.soc).toBe(70);
  });

  it("goes by the plan of a slot that has passed and is not closed yet, and of no later one", () => {
    const known = { ...nothing, schedule: schedule([planned(0)]) };
    const old = [planned(-1, { soc_percent: 60 }), planned(1, { soc_percent: 99 })];
    const rows = rowsOf(span, known, past([], old));
    expect(rows.map((row) => row.soc)).toEqual([null, 60, 50, null]);
    expect(rows[1]?.origin).toBe("planned");
  });

  it("says nothing of a plan where there was none, and has none beside what is to come", () => {
    const known = { ...nothing, schedule: schedule([planned(0)]) };
    const rows = rowsOf(span, known, past([closed(-2)], [planned(0)]));
    expect(rows.map((row) => row.planned)).toEqual([null, null, null, null]);
  });

  it("leaves heater and car out of the load", () => {
    const [row] = rowsOf(span, nothing, past([closed(-2, { load_kwh: 2, ev_kwh: 1 })]));
    expect(row).toMatchObject({ load: 3, flows: { ev: 4, water: 1 } });
  });
});

describe("battery", () => {
  it("is what it gives, less what it takes; unknown when either is", () => {
    expect(battery({ ...UNKNOWN, charge: 3, discharge: 1 })).toBe(-2);
    expect(battery({ ...UNKNOWN, charge: 3 })).toBeNull();
  });
});

describe("windowAt", () => {
  it("starts a quarter of its length back, on the hour", () => {
    const { start, end } = windowAt(NOON + 20 * 60_000, 48);
    expect(new Date(start).toISOString()).toBe("2026-06-12T00:00:00.000Z");
    expect(end - start).toBe(48 * 3_600_000);
  });
});
