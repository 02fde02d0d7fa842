import { describe, expect, it } from "vitest";
import {
  LEFT,
  momentAt,
  panned,
  pinched,
  RIGHT,
  share,
  SHORTEST,
  snapped,
  within,
  zoomed,
} from "../src/chart/view";

const HOUR = 3_600_000;
const extent = { start: 0, end: 72 * HOUR };
const view = { start: 12 * HOUR, end: 36 * HOUR };

describe("zoomed", () => {
  it("leaves the moment under the pointer where it is", () => {
    const at = 18 * HOUR;
    const closer = zoomed(view, 0.5, at, extent);
    expect(closer.end - closer.start).toBe(12 * HOUR);
    expect(share(at, closer)).toBeCloseTo(share(at, view));
  });

  it("is never shorter than two hours nor longer than there is", () => {
    const close = zoomed(view, 0.001, 18 * HOUR, extent);
    expect(close.end - close.start).toBe(SHORTEST);
    expect(zoomed(view, 100, 18 * HOUR, extent)).toEqual(extent);
  });

  it("there and back is where it was", () => {
    const back = zoomed(zoomed(view, 0.5, 20 * HOUR, extent), 2, 20 * HOUR, extent);
    expect(back.start).toBeCloseTo(view.start);
    expect(back.end).toBeCloseTo(view.end);
  });
});

describe("panned", () => {
  it("stops at either end and keeps its length", () => {
    expect(panned(view, 5 * HOUR, extent)).toEqual({ start: 17 * HOUR, end: 41 * HOUR });
    expect(panned(view, 500 * HOUR, extent)).toEqual({ start: 48 * HOUR, end: 72 * HOUR });
    expect(panned(view, -500 * HOUR, extent)).toEqual({ start: 0, end: 24 * HOUR });
  });

  it("of a part that is longer than all is all", () => {
    expect(within({ start: -HOUR, end: 99 * HOUR }, extent)).toEqual(extent);
  });
});

describe("pinched", () => {
  it("puts both moments under their fingers", () => {
    const from: [number, number] = [20 * HOUR, 30 * HOUR];
    const made = pinched(from, [0.25, 0.75], extent);
    expect(share(20 * HOUR, made)).toBeCloseTo(0.25);
    expect(share(30 * HOUR, made)).toBeCloseTo(0.75);
  });

  it("stands fingers that cross or meet", () => {
    expect(pinched([30 * HOUR, 20 * HOUR], [0.75, 0.25], extent)).toEqual(
      pinched([20 * HOUR, 30 * HOUR], [0.25, 0.75], extent),
    );
    const met = pinched([20 * HOUR, 30 * HOUR], [0.5, 0.5], extent);
    expect(met).toEqual(extent);
  });
});

describe("momentAt", () => {
  it("begins after the values and ends before the edge", () => {
    expect(momentAt(LEFT, 500, view)).toBe(view.start);
    expect(momentAt(500 - RIGHT, 500, view)).toBe(view.end);
  });

  it("is rounded to slots", () => {
    expect(snapped(HOUR + 1000, HOUR / 4)).toBe(HOUR);
  });
});
