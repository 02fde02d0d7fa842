import { describe, expect, it } from "vitest";
import { ALL_SHOWN, priceColumns, socColumns, stackRange, stacks } from "../src/chart/series";
import { SLOT_MS, type Row } from "../src/core/slots";

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
    flows: { import: 0, export: 0, charge: 0, discharge: 0, water: 0 },
    soc: 50 + n,
    reason: "",
    ...more,
  };
}

describe("priceColumns", () => {
  it("keeps published and estimated prices apart, each held to the next slot", () => {
    const [at, published, estimated] = priceColumns([row(1), row(2, { priceKind: "forecast" })]);
    expect(at).toEqual([900, 1800, 2700]);
    expect(published).toEqual([1, 1, null]);
    expect(estimated).toEqual([null, 2, 2]);
  });
});

describe("socColumns", () => {
  it("goes on with the plan from where the measured line ends", () => {
    const [, measured, planned] = socColumns([row(1, { origin: "recorded" }), row(2)], 40);
    expect(measured).toEqual([40, 51, null]);
    expect(planned).toEqual([null, 51, 52]);
  });
});

describe("stacks", () => {
  const busy = row(0, { flows: { import: 1, export: 2, charge: 3, discharge: 4, water: null } });

  it("piles sources up and uses down", () => {
    const levels = stacks(busy, ALL_SHOWN).map(({ name, from, to }) => [name, from, to]);
    expect(levels).toEqual([
      ["discharge", 0, 4],
      ["import", 4, 5],
      ["charge", 0, -3],
      ["export", -3, -5],
    ]);
  });

  it("leaves no hole for what is hidden", () => {
    const levels = stacks(busy, { ...ALL_SHOWN, discharge: false }).map((one) => one.to);
    expect(levels).toEqual([1, -3, -5]);
  });

  it("spans a little more than it draws, and never nothing", () => {
    expect(stackRange([busy], ALL_SHOWN).map((one) => Math.round(one * 10))).toEqual([-54, 54]);
    expect(stackRange([], ALL_SHOWN)).toEqual([-1.08, 1.08]);
  });
});
