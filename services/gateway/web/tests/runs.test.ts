import { describe, expect, it } from "vitest";
import { UNKNOWN, type Flows, type Row } from "../src/chart/rows";
import { purpose, runsOf, targetsOf } from "../src/chart/runs";
import { SLOT_MS } from "../src/core/slots";

const NONE: Flows = { import: 0, export: 0, charge: 0, discharge: 0, water: 0, ev: 0 };

function row(n: number, flows: Partial<Flows> = {}, more: Partial<Row> = {}): Row {
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
    flows: { ...NONE, ...flows },
    soc: 50 + n,
    planned: null,
    reason: "",
    ...more,
  };
}

describe("purpose", () => {
  it.each([
    [{ charge: 3, import: 5 }, "charge_from_grid"],
    [{ charge: 3, import: 1 }, "charge_from_pv"],
    [{ charge: 3, import: 3.5, water: 2.5 }, "charge_from_pv"],
    [{ discharge: 2, export: 1 }, "export"],
    [{ discharge: 2, water: 1 }, "discharge"],
    [{ water: 2, ev: 3 }, "heat"],
    [{ ev: 3 }, "drive"],
    [{ export: 3, charge: 0.05 }, "rest"],
  ] as const)("of %o is %s", (flows, expected) => {
    expect(purpose(row(0, flows))).toBe(expected);
  });

  it("is unknown where all flows are", () => {
    expect(purpose({ flows: UNKNOWN, load: 1 })).toBeNull();
  });
});

describe("runsOf", () => {
  const sameDay = (): string => "today";

  it("puts slots together that are for the same, with what they come to", () => {
    const rows = [
      row(0, { charge: 4, import: 6 }, { reason: "cheap" }),
      row(1, { charge: 2, import: 4 }, { reason: "cheap" }),
      row(2, { discharge: 1 }, { reason: "dear" }),
    ];
    const [charging, giving] = runsOf(rows, sameDay);
    expect(charging).toMatchObject({
      purpose: "charge_from_grid",
      start: 0,
      end: 2 * SLOT_MS,
      batteryKwh: 1.5,
      importKwh: 2.5,
      price: 0.5,
      soc: 51,
      reasons: ["cheap"],
    });
    expect(giving).toMatchObject({ purpose: "discharge", batteryKwh: -0.25 });
  });

  it("ends a run at midnight, at now and at a hole", () => {
    const rows = [row(0, {}, { origin: "recorded" }), row(1), row(2), row(4)];
    const day = (at: number): string => (at < 2 * SLOT_MS ? "today" : "tomorrow");
    expect(runsOf(rows, day).map((one) => one.rows.length)).toEqual([1, 1, 1, 1]);
  });

  it("leaves out what nothing is known of, and prices that are not all known", () => {
    const unknown = row(0, {}, { origin: null, flows: UNKNOWN });
    expect(runsOf([unknown], sameDay)).toEqual([]);
    expect(runsOf([row(0, {}, { importPrice: null }), row(1)], sameDay)[0]?.price).toBeNull();
  });
});

describe("targetsOf", () => {
  it("is where a run of charging or selling ends, and nothing elsewhere", () => {
    const charge = { charge: 4, import: 6 };
    const sell = { discharge: 4, export: 3 };
    const rows = [row(0), row(1, charge), row(2, charge), row(3, sell), row(4, { discharge: 1 })];
    expect(targetsOf(rows)).toEqual([null, 52, 52, 53, null]);
  });

  it("goes by the plan where the slot has passed", () => {
    const flows = { ...NONE, charge: 4, import: 6 };
    const then = { flows, load: 1, pv: 0, soc: 77 };
    expect(targetsOf([row(0, {}, { origin: "recorded", planned: then })])).toEqual([77]);
  });
});
