import { describe, expect, it } from "vitest";
import {
  AS_IT_IS,
  bestOf,
  changesOf,
  figuresOf,
  MOST_STEPS,
  nameOf,
  stepsOf,
  stretches,
  told,
  type Step,
  type Wish,
} from "../src/components/lab/lab";
import type { Simulated } from "../src/live/types";

const wish = (more: Partial<Wish>): Wish => ({ ...AS_IT_IS, ...more });

describe("a wish", () => {
  it("of nothing changes nothing", () => {
    expect(changesOf(AS_IT_IS, true)).toEqual({});
    expect(nameOf(AS_IT_IS)).toBe("");
  });

  it("is asked in the planner's names", () => {
    const all = wish({ capacity: 20, charge: 8, discharge: 6, importAdd: -0.2, exportAdd: 0.1, risk: 1, exporting: false });
    expect(changesOf(all, true)).toEqual({
      "battery.capacity_kwh": 20,
      "battery.max_charge_kw": 8,
      "battery.max_discharge_kw": 6,
      import_add_per_kwh: -0.2,
      export_add_per_kwh: 0.1,
      risk_appetite: 1,
      export_enabled: false,
    });
  });

  it("has sun and house in per cent, and asks for factors", () => {
    expect(changesOf(wish({ pv: 150, load: 0 }), true)).toEqual({ pv_factor: 1.5, load_factor: 0 });
  });

  it("is relaxed without wear and reserve, and a risk that was chosen goes before", () => {
    expect(changesOf(wish({ relaxed: true }), true)).toEqual({ risk_appetite: 5, "battery.wear_cost_per_kwh": 0 });
    expect(changesOf(wish({ relaxed: true, risk: 2 }), true)["risk_appetite"]).toBe(2);
  });

  it("says nothing of a battery where there is none", () => {
    expect(changesOf(wish({ capacity: 20, relaxed: true, pv: 200 }), false)).toEqual({ pv_factor: 2, risk_appetite: 5 });
  });

  it("of no battery says nothing of its size, power or wear", () => {
    const without = wish({ none: true, capacity: 20, relaxed: true, exporting: true });
    expect(changesOf(without, true)).toEqual({ battery: null, risk_appetite: 5, export_enabled: true });
    expect(nameOf(without)).toBe("no battery, may sell, relaxed");
    expect(changesOf(wish({ none: true }), false)).toEqual({});
  });

  it("has a name of what is different", () => {
    expect(nameOf(wish({ capacity: 20, importAdd: 0.25, exporting: true, relaxed: true }))).toBe(
      "battery 20 kWh, buying +0.25, may sell, relaxed",
    );
    expect(nameOf(wish({ charge: 7.5, exporting: false }))).toBe("charging 7.5 kW, may not sell");
  });
});

describe("what comes of it", () => {
  it("has energies of its plan", () => {
    const slots = [
      { import_kw: 4, export_kw: 0 },
      { import_kw: 0, export_kw: 2 },
    ];
    const found = figuresOf({ cost: 1, schedule: { slots } } as unknown as Simulated);
    expect([found.cost, found.import_kwh, found.export_kwh]).toEqual([1, 1, 0.5]);
    expect(figuresOf({ schedule: null } as Simulated).import_kwh).toBeNull();
  });

  it.each([
    ["cost", 8, 10, "−2.00", true],
    ["cost", 12, 10, "+2.00", false],
    ["export_revenue", 12, 10, "+2.00", true],
    ["stored_worth", 8, 10, "−2.00", false],
    ["import_kwh", 8, 10, "−2.0", null],
    ["cost", 10.001, 10, "±0", null],
  ] as const)("tells %s of %d beside %d", (key, value, usual, difference, better) => {
    const found = told(key, value, usual);
    expect(found.difference.replace("-", "−")).toBe(difference);
    expect(found.better).toBe(better);
  });

  it("makes no difference of what is not known", () => {
    expect(told("cost", null, 1).text).toBe("–");
    expect(told("cost", 1, null).difference).toBe("");
  });
});

describe("steps of selling", () => {
  it("go up to what was asked for, the last one shorter", () => {
    expect(stepsOf(10, 2)).toEqual([2, 4, 6, 8, 10]);
    expect(stepsOf(5, 2)).toEqual([2, 4, 5]);
    expect(stepsOf(0.3, 0.1)).toEqual([0.1, 0.2, 0.3]);
    expect(stepsOf(1, 4)).toEqual([1]);
  });

  it.each([
    [null, 1],
    [1, null],
    [0, 1],
    [1, -1],
    [NaN, 1],
  ])("refuse %s in steps of %s with a sentence", (most, step) => {
    expect(stepsOf(most, step)).toMatch(/above zero/);
  });

  it("are not too many", () => {
    expect(stepsOf(MOST_STEPS, 1)).toHaveLength(MOST_STEPS);
    expect(stepsOf(MOST_STEPS + 1, 1)).toMatch(/At most 20/);
  });

  it("have a best one only where one gains", () => {
    const step = (kwh: number, net: number | null): Step => ({ kwh, net }) as Step;
    const steps = [step(2, 0.5), step(4, 1.5), step(6, 1.5), step(8, null)];
    expect(bestOf(steps)?.kwh).toBe(4);
    expect(bestOf([step(2, -1), step(4, 0.001), step(6, null)])).toBeNull();
  });

  it("tell the hours that follow each other as one", () => {
    const at = (n: number): string => new Date(n * 900_000).toISOString();
    expect(stretches([at(5), at(1), at(2)], 900_000)).toEqual([
      [900_000, 2_700_000],
      [4_500_000, 5_400_000],
    ]);
  });
});
