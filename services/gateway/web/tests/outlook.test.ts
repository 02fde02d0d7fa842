import { describe, expect, it } from "vitest";
import { priceFacts, steps, stretches, ticks } from "../src/core/outlook";
import { SLOT_MS } from "../src/core/slots";
import type { PriceSlot, ScheduleSlot } from "../src/live/types";

const START = Date.parse("2026-06-12T12:00:00Z");
const NOW = START + 5 * 60_000;

function iso(n: number): string {
  return new Date(START + n * SLOT_MS).toISOString();
}

function price(n: number, value: number): PriceSlot {
  return { start: iso(n), import_per_kwh: value, export_per_kwh: value / 2, kind: "published" };
}

function slot(n: number, more: Partial<ScheduleSlot> = {}): ScheduleSlot {
  const nothing = { charge_kw: 0, discharge_kw: 0, export_kw: 0, import_kw: 0, reason: `${n}` };
  return { start: iso(n), ...nothing, ...more } as ScheduleSlot;
}

describe("priceFacts", () => {
  it("are of now, the next quarter, and the best and worst of the day ahead", () => {
    const facts = priceFacts([price(-1, 0), price(0, 2), price(1, 3), price(2, 1)], NOW);
    expect(facts.now?.import_per_kwh).toBe(2);
    expect(facts.next?.import_per_kwh).toBe(3);
    expect(facts.cheapest?.start).toBe(iso(2));
    expect(facts.dearest?.start).toBe(iso(1));
  });

  it("leave out what is further than a day", () => {
    const facts = priceFacts([price(0, 2), price(97, 0.1)], NOW);
    expect(facts.cheapest?.import_per_kwh).toBe(2);
    expect(facts.next).toBeNull();
  });

  it("name the earliest of equals", () => {
    const facts = priceFacts([price(0, 2), price(1, 2)], NOW);
    expect(facts.cheapest?.start).toBe(iso(0));
    expect(facts.dearest?.start).toBe(iso(0));
  });

  it("are unknown where no price is known, and the present one where it is missing", () => {
    const none = { now: null, next: null, cheapest: null, dearest: null };
    expect(priceFacts([], NOW)).toEqual(none);
    expect(priceFacts([price(-3, 1)], NOW)).toEqual(none);
    expect(priceFacts([price(4, 1)], NOW)).toMatchObject({ now: null, next: { start: iso(4) } });
  });
});

describe("stretches", () => {
  it("join quarters in which the battery is about the same", () => {
    const found = stretches(
      [
        slot(0, { charge_kw: 4 }),
        slot(1, { charge_kw: 2 }),
        slot(2, { discharge_kw: 1 }),
        slot(3, { discharge_kw: 2, export_kw: 1 }),
        slot(4),
      ],
      NOW,
    );
    expect(found.map(({ doing, kwh }) => [doing, kwh])).toEqual([
      ["charge", 1.5],
      ["discharge", 0.25],
      ["export", 0.5],
      ["rest", 0],
    ]);
    expect(found[0]).toMatchObject({ start: START, end: START + 2 * SLOT_MS, reason: "0" });
  });

  it("do not bridge what the plan leaves out", () => {
    expect(stretches([slot(0), slot(2)], NOW)).toHaveLength(2);
  });

  it("are of the day ahead alone", () => {
    const found = stretches([slot(-1), slot(0), slot(96), slot(97)], NOW);
    expect(found.map((one) => one.start)).toEqual([START, START + 96 * SLOT_MS]);
  });
});

describe("steps", () => {
  const at = (n: number, value: number): { start: number; value: number } => ({
    start: START + n * SLOT_MS,
    value,
  });

  it("hold each value for its quarter hour", () => {
    expect(steps([at(0, 5), at(1, 7)], START, START + 4 * SLOT_MS)).toEqual([
      [[0, 5], [0.25, 5], [0.25, 7], [0.5, 7]],
    ]);
  });

  it("have a gap where a slot is missing", () => {
    expect(steps([at(0, 5), at(2, 7)], START, START + 4 * SLOT_MS)).toHaveLength(2);
  });

  it("end at the edges of what is shown", () => {
    const [line] = steps([at(-1, 1), at(0, 5)], START - SLOT_MS / 2, START + SLOT_MS / 2);
    expect(line).toEqual([[0, 1], [0.5, 1], [0.5, 5], [1, 5]]);
  });
});

describe("ticks", () => {
  it.each([
    [0, 4, [0, 1, 2, 3, 4]],
    [0.2, 2.9, [1, 2]],
    [-0.5, 0.5, [-0.5, -0.25, 0, 0.25, 0.5]],
    [0, 0.7, [0, 0.2, 0.4, 0.6]],
    [1, 1, [1]],
  ])("of %f to %f are round", (low, high, expected) => {
    expect(ticks(low, high)).toEqual(expected);
  });
});
