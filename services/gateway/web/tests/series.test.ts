import { describe, expect, it } from "vitest";
import { UNKNOWN, type Row } from "../src/chart/rows";
import {
  ALL_SHOWN,
  batteryColumn,
  edges,
  expectedColumn,
  measuredSoc,
  oncePlannedSoc,
  plannedColumn,
  plannedSoc,
  priceColumn,
  recordedColumn,
  stackRange,
  stacks,
  triedSoc,
} from "../src/chart/series";
import { SLOT_MS } from "../src/core/slots";

function row(n: number, more: Partial<Row> = {}): Row {
  return {
    start: n * SLOT_MS,
    origin: "planned",
    importPrice: n,
    exportPrice: 0,
    priceKind: "published",
    load: 1,
    loadBand: null,
    pv: 0,
    pvBand: null,
    flows: { import: 0, export: 0, charge: 0, discharge: 0, water: 0, ev: 0 },
    soc: 50 + n,
    planned: null,
    reason: "",
    ...more,
  };
}

const recorded = (n: number, more: Partial<Row> = {}): Row => row(n, { origin: "recorded", ...more });

describe("priceColumn", () => {
  it("keeps published and estimated prices apart, each held to the next slot", () => {
    const rows = [row(1), row(2, { priceKind: "forecast" })];
    expect(edges(rows)).toEqual([900, 1800, 2700]);
    expect(priceColumn(rows, "importPrice", "published")).toEqual([1, 1, null]);
    expect(priceColumn(rows, "importPrice", "forecast")).toEqual([null, 2, 2]);
  });
});

describe("mean powers", () => {
  const rows = [recorded(0, { load: 3 }), recorded(1, { load: 4 }), row(2, { load: 5 })];

  it("tells what was recorded from what is expected, and leaves no gap between", () => {
    expect(recordedColumn(rows, "load")).toEqual([3, 4, null]);
    expect(expectedColumn(rows, "load")).toEqual([null, 4, 5]);
  });

  it("has what was planned beside what came", () => {
    const planned = { load: 9, pv: 1, flows: UNKNOWN, soc: null };
    expect(plannedColumn([recorded(0, { planned }), row(1)], "load")).toEqual([9, null]);
  });
});

describe("state of charge", () => {
  const rows = [recorded(1), row(2)];

  it("goes on with the plan from where the measured line ends", () => {
    expect(measuredSoc(rows, 40)).toEqual([40, 51, null]);
    expect(plannedSoc(rows, 40)).toEqual([null, 51, 52]);
  });

  it("has where it was planned to be", () => {
    const planned = { load: 1, pv: 1, flows: UNKNOWN, soc: 66 };
    expect(oncePlannedSoc([recorded(0, { planned }), row(1)])).toEqual([null, 66, null]);
  });

  it("leaves the line in force where a tried plan begins", () => {
    const tried = new Map([[2 * SLOT_MS, { load: 1, pv: 1, flows: UNKNOWN, soc: 80 }]]);
    expect(triedSoc(rows, tried)).toEqual([null, 51, 80]);
  });
});

describe("batteryColumn", () => {
  it("is in steps, charging below zero", () => {
    const flows = { ...UNKNOWN, charge: 2, discharge: 0 };
    const planned = { load: 1, pv: 1, flows, soc: 66 };
    expect(batteryColumn([recorded(0, { planned }), row(1)], (one) => one.planned)).toEqual([
      -2,
      -2,
      null,
    ]);
  });
});

describe("stacks", () => {
  const busy = row(0, { flows: { import: 1, export: 2, charge: 3, discharge: 4, water: null, ev: 0.5 } });

  it("piles sources up and uses down", () => {
    const levels = stacks(busy, ALL_SHOWN).map(({ name, from, to }) => [name, from, to]);
    expect(levels).toEqual([
      ["discharge", 0, 4],
      ["import", 4, 5],
      ["charge", 0, -3],
      ["ev", -3, -3.5],
      ["export", -3.5, -5.5],
    ]);
  });

  it("leaves no hole for what is hidden", () => {
    const levels = stacks(busy, { ...ALL_SHOWN, discharge: false }).map((one) => one.to);
    expect(levels).toEqual([1, -3, -3.5, -5.5]);
  });

  it("shows the plan of a slot whose measured powers are hidden", () => {
    const planned = { load: 1, pv: 1, flows: { ...UNKNOWN, charge: 1 }, soc: 66 };
    const past = recorded(0, { flows: busy.flows, planned });
    const hidden = { ...ALL_SHOWN, recorded: false };
    expect(stacks(past, hidden).map((one) => one.name)).toEqual(["charge"]);
    expect(stacks(recorded(0), hidden)).toEqual([]);
  });

  it("spans a little more than it draws, and never nothing", () => {
    expect(stackRange([busy], ALL_SHOWN).map((one) => Math.round(one * 10))).toEqual([-59, 54]);
    expect(stackRange([], ALL_SHOWN)).toEqual([-1.08, 1.08]);
  });
});
