import { describe, expect, it } from "vitest";
import { nextChange, SLOT_MS } from "../src/core/slots";
import type { ScheduleSlot } from "../src/live/types";

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
