import { describe, expect, it } from "vitest";
import {
  barsOf,
  captured,
  csv,
  missed,
  named,
  rangeOf,
  saved,
  savedByPlanning,
  type Energy,
  type Report,
} from "../src/components/savings/savings";

const NOTHING: Energy = {
  start: "2026-06-11T22:00:00Z", end: "2026-06-12T22:00:00Z", days: 1, coverage: 1,
  load_kwh: null, pv_kwh: null, import_kwh: null, export_kwh: null, charge_kwh: null,
  discharge_kwh: null, water_kwh: null, ev_kwh: null, cost: null, cost_without_battery: null,
  cost_self_consumption: null, cost_perfect_foresight: null, foresight_days: null,
  cost_where_foresight: null, cost_without_battery_where_foresight: null, wear_cost: null, stored_worth: null, saved: null,
  saved_with_stored: null, saved_by_planning: null, saved_by_planning_with_stored: null,
  cycles: null, self_consumption: null, self_sufficiency: null,
};

describe("what was saved", () => {
  it("counts what is still in the battery, where that is known", () => {
    expect(saved({ ...NOTHING, saved: 3, saved_with_stored: 5 })).toBe(5);
    expect(saved({ ...NOTHING, saved: 3 })).toBe(3);
    expect(savedByPlanning({ ...NOTHING, saved_by_planning: 1 })).toBe(1);
  });

  it("is unknown where nothing is known, and zero where it is zero", () => {
    expect(saved(NOTHING)).toBeNull();
    expect(saved({ ...NOTHING, saved_with_stored: 0, saved: 3 })).toBe(0);
  });

  it("compares foresight with the same days alone", () => {
    const row = { ...NOTHING, cost: 100, cost_perfect_foresight: 8, cost_where_foresight: 10 };
    expect(missed(row)).toBe(2);
    expect(missed({ ...row, cost_where_foresight: null })).toBeNull();
  });
});

describe("the share of what was possible", () => {
  const row = {
    ...NOTHING, cost_perfect_foresight: 8, cost_where_foresight: 10,
    cost_without_battery_where_foresight: 16,
  };

  it("is of the days that were looked back on", () => {
    expect(captured(row)).toBe(0.75);
    expect(captured({ ...row, cost_where_foresight: 8 })).toBe(1);
  });

  it("is unknown where nothing could be saved, or nothing was looked back on", () => {
    expect(captured({ ...row, cost_without_battery_where_foresight: 8 })).toBeNull();
    expect(captured({ ...row, cost_perfect_foresight: null })).toBeNull();
  });
});

describe("bars", () => {
  it("stand on zero, up or down, within the figure", () => {
    const [up = [], down = []] = barsOf([
      [4, null, 2],
      [-1, 0, -2],
    ]);
    expect(up.map((bar) => bar.row)).toEqual([0, 2]);
    expect(up[0]?.y).toBe(0);
    expect(up[0]?.height).toBeCloseTo(4 / 6);
    expect(down[0]?.y).toBeCloseTo(4 / 6);
    for (const bar of [...up, ...down]) {
      expect(bar.x).toBeGreaterThanOrEqual(0);
      expect(bar.x + bar.width).toBeLessThanOrEqual(1);
      expect(bar.y + bar.height).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it("do not overlap those beside them", () => {
    const series = barsOf([Array(31).fill(1), Array(31).fill(2)]);
    const all = series.flat().sort((one, other) => one.x - other.x);
    all.slice(1).forEach((bar, n) => {
      const before = all[n];
      expect(before && before.x + before.width).toBeLessThanOrEqual(bar.x + 1e-9);
    });
  });

  it("are none where nothing is known, and of no height where all is zero", () => {
    expect(barsOf([[null, null]])).toEqual([[]]);
    expect(barsOf([[0]])[0]?.[0]?.height).toBe(0);
    expect(barsOf([[]])).toEqual([[]]);
  });

  it("have zero in their range", () => {
    expect(rangeOf([3, 5])).toEqual({ low: 0, high: 5 });
    expect(rangeOf([-3])).toEqual({ low: -3, high: 0 });
    expect(rangeOf([null])).toEqual({ low: 0, high: 1 });
  });

  it("are named as often as there is room", () => {
    expect(named(3, 8)).toEqual([0, 1, 2]);
    expect(named(31, 8)).toHaveLength(8);
    expect(named(0, 8)).toEqual([]);
  });
});

it("a table to take along has a line for each row and nothing where nothing is known", () => {
  const report: Report = {
    first: "2026-06-12", last: "2026-06-12", by: "day", currency: "SEK", total: NOTHING,
    rows: [{ ...NOTHING, cost: -4.5, cycles: 0 }],
  };
  const [head, line, end, ...rest] = csv(report).split("\r\n");
  expect(head?.split(",")).toHaveLength(line?.split(",").length ?? 0);
  expect(head?.startsWith("start,end,days,coverage,cost")).toBe(true);
  const row = Object.fromEntries(
    (head ?? "").split(",").map((name, place) => [name, line?.split(",")[place]]),
  );
  expect(row["cost"]).toBe("-4.5");
  expect(row["saved"]).toBe("");
  expect(row["cycles"]).toBe("0");
  expect(row["currency"]).toBe("SEK");
  expect([end, ...rest]).toEqual([""]);
});
