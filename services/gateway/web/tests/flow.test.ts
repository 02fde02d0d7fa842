import { describe, expect, it } from "vitest";
import { flows, stored, type Flow, type Place } from "../src/core/flow";
import type { House, HouseState, Reading } from "../src/live/types";

const NOW = Date.parse("2026-06-12T12:20:00Z");
const HOUSE = { has_solar: true, has_water_heater: true, battery_kwh: 12 } as House;

function read(value: number | null, minutes = 0): Reading {
  return { value, measured_at: new Date(NOW - minutes * 60_000).toISOString() };
}

function state(more: Partial<HouseState> = {}): HouseState {
  const unknown: Reading = { value: null, measured_at: null };
  return {
    emitted_at: new Date(NOW).toISOString(),
    soc_percent: read(50),
    pv_kw: read(4),
    load_kw: read(1.5),
    import_kw: read(0),
    export_kw: read(0.5),
    charge_kw: read(2),
    discharge_kw: read(0),
    water_kw: read(0),
    water_temperature_c: read(54),
    ev_kw: unknown,
    grid_available: null,
    alarm_armed: null,
    work_mode: null,
    ...more,
  };
}

function at(place: Place, found: Flow[]): Flow | undefined {
  return found.find((flow) => flow.place === place);
}

describe("flows", () => {
  it("go from where power is given to where it is taken", () => {
    const found = flows(HOUSE, state(), NOW);
    expect(found.map(({ place, kw, way }) => [place, kw, way])).toEqual([
      ["sun", 4, "in"],
      ["grid", 0.5, "out"],
      ["battery", 2, "out"],
      ["house", 1.5, "out"],
      ["water", 0, "none"],
    ]);
  });

  it("are of the places the house has", () => {
    const bare = { has_solar: false, has_water_heater: false, battery_kwh: null } as House;
    const places = flows(bare, state(), NOW).map((flow) => flow.place);
    expect(places).toEqual(["grid", "house"]);
  });

  it("show a car once one is measured", () => {
    const found = flows(HOUSE, state({ ev_kw: read(7.2) }), NOW);
    expect(at("car", found)).toMatchObject({ kw: 7.2, way: "out" });
  });

  it("are unknown before anything is measured, and not zero", () => {
    const found = flows(HOUSE, null, NOW);
    expect(found.every((flow) => flow.kw === null && flow.way === "none")).toBe(true);
  });

  it.each([
    ["sun", { pv_kw: read(null) }],
    ["house", { load_kw: read(null) }],
    ["grid", { import_kw: read(null), export_kw: read(null) }],
    ["grid", { import_kw: read(null), export_kw: read(0) }],
    ["battery", { charge_kw: read(null), discharge_kw: read(null) }],
  ] as const)("of the %s are unknown when its sensors are", (place, lost) => {
    expect(at(place, flows(HOUSE, state(lost), NOW))?.kw).toBeNull();
  });

  it("are known when one direction is measured and something passes there", () => {
    const found = flows(HOUSE, state({ import_kw: read(null), export_kw: read(1) }), NOW);
    expect(at("grid", found)).toMatchObject({ kw: 1, way: "out" });
  });

  it("call a meter's noise nothing", () => {
    const found = flows(HOUSE, state({ import_kw: read(0.01), export_kw: read(0) }), NOW);
    expect(at("grid", found)).toMatchObject({ way: "none" });
  });

  it("tell the age of what is old, and of the older of two", () => {
    const found = flows(HOUSE, state({ pv_kw: read(4, 12), charge_kw: read(2, 30) }), NOW);
    expect(at("sun", found)?.age).toBe(12 * 60_000);
    expect(at("battery", found)?.age).toBe(30 * 60_000);
    expect(at("house", found)?.age).toBeNull();
  });
});

describe("stored", () => {
  it("is a share of what fits", () => expect(stored(HOUSE, state())).toBe(6));
  it("is unknown with the state of charge", () => {
    expect(stored(HOUSE, state({ soc_percent: read(null) }))).toBeNull();
    expect(stored(HOUSE, null)).toBeNull();
  });
  it("is nothing to be told of a house without a battery", () => {
    expect(stored({ ...HOUSE, battery_kwh: null }, state())).toBeNull();
  });
});
