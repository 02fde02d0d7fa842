import { describe, expect, it } from "vitest";
import {
  digitsOf,
  indexAt,
  pathOf,
  rangeOf,
  ticksOf,
  xOf,
  yOf,
  type Scale,
  type Series,
} from "../src/components/strip/strip";

const STEP = 900_000;
const scale = (count: number, more: Partial<Scale> = {}): Scale => ({
  starts: Array.from({ length: count }, (_, n) => n * STEP),
  step: STEP,
  low: 0,
  high: 10,
  width: count * 10,
  height: 100,
  ...more,
});
const series = (kind: Series["kind"], values: (number | null)[], more: Partial<Series> = {}): Series => ({
  name: "",
  colour: "pv",
  kind,
  values,
  ...more,
});

describe("places", () => {
  it("has a stretch from its start to the next one's", () => {
    const four = scale(4);
    expect(xOf(four, 1, "start")).toBe(10);
    expect(xOf(four, 1)).toBe(15);
    expect(xOf(four, 1, "end")).toBe(20);
    expect(xOf(four, 3, "end")).toBe(40);
  });

  it("has zero at the bottom, and keeps within the picture", () => {
    expect(yOf(scale(1), 0)).toBe(100);
    expect(yOf(scale(1), 2.5)).toBe(75);
    expect(yOf(scale(1), 99)).toBe(0);
    expect(yOf(scale(1), -99)).toBe(100);
  });

  it("finds the stretch under the finger, and none outside", () => {
    const four = scale(4);
    expect([0, 9.9, 10, 39.9].map((x) => indexAt(four, x))).toEqual([0, 0, 1, 3]);
    expect([-1, 40].map((x) => indexAt(four, x))).toEqual([null, null]);
    expect(indexAt(scale(0), 5)).toBeNull();
  });

  it("finds no stretch where there is a gap", () => {
    const gap = scale(2, { starts: [0, 3 * STEP], width: 40 });
    expect([5, 15, 35].map((x) => indexAt(gap, x))).toEqual([0, null, 1]);
  });
});

describe("paths", () => {
  it("draws a line through the middles", () => {
    expect(pathOf(series("line", [0, 10]), scale(2))).toBe("M5,100L15,0");
  });

  it("draws steps from start to end", () => {
    expect(pathOf(series("step", [0, 10]), scale(2))).toBe("M0,100H10V0H20");
  });

  it("draws nothing where nothing is known, and a lone value as a step", () => {
    expect(pathOf(series("line", [null, 5, null]), scale(3))).toBe("M10,50H20");
    expect(pathOf(series("line", [null, null]), scale(2))).toBe("");
  });

  it("does not join what has a gap of time between", () => {
    const gap = scale(4, { starts: [0, STEP, 3 * STEP, 4 * STEP], width: 50 });
    expect(pathOf(series("line", [0, 0, 0, 0]), gap)).toBe("M5,100L15,100M35,100L45,100");
  });

  it("draws a band around and back, and none where one of its edges is not known", () => {
    const band = series("band", [0, 0, 0], { high: [10, null, 10] });
    expect(pathOf(band, scale(3))).toBe("M0,0L5,0L10,0L10,100L5,100L0,100ZM20,0L25,0L30,0L30,100L25,100L20,100Z");
  });

  it("leaves out values of which there is no time", () => {
    expect(pathOf(series("line", [1, 1, 1, 1]), scale(2))).not.toContain("NaN");
  });
});

describe("scales", () => {
  it.each([
    [[3.2], [0, 4]],
    [[-0.4, 1.1], [-0.5, 1.5]],
    [[], [0, 1]],
    [[0, 0], [0, 1]],
    [[0.02], [0, 0.02]],
  ])("holds %j in %j", (values, range) => {
    const [low, high] = rangeOf([series("line", values)]);
    expect(low).toBeCloseTo(range[0] ?? NaN);
    expect(high).toBeCloseTo(range[1] ?? NaN);
  });

  it("holds bands whole", () => {
    expect(rangeOf([series("band", [1], { high: [8.5] })])[1]).toBeGreaterThanOrEqual(8.5);
  });

  it("has round ticks, all within", () => {
    expect(ticksOf(0, 100)).toEqual([0, 50, 100]);
    expect(ticksOf(-0.5, 1.5)).toEqual([0, 1]);
    for (const high of [0.03, 0.7, 4, 11, 96, 1234]) {
      const ticks = ticksOf(0, high);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(7);
      expect(Math.max(...ticks)).toBeLessThanOrEqual(high * 1.000001);
    }
  });

  it.each([
    [[0, 50], 0],
    [[0, 0.5], 1],
    [[0, 0.02], 2],
    [[0, 0.025], 3],
    [[7], 0],
    [[0, 2.5], 1],
  ])("writes %j with %i digits", (ticks, digits) => {
    expect(digitsOf(ticks)).toBe(digits);
  });
});
