// The day ahead in a few facts: what power costs, and what the battery will be about.

import { doing, SLOT_MS, type Doing } from "./slots";
import type { PriceSlot, ScheduleSlot } from "../live/types";

export const DAY_MS = 24 * 3_600_000;

export interface PriceFacts {
  now: PriceSlot | null;
  next: PriceSlot | null;
  /** Of the day ahead, the present quarter hour included; the earliest of equals. */
  cheapest: PriceSlot | null;
  dearest: PriceSlot | null;
}

/** What power costs at `now` [ms], next, and at best and worst within a day. */
export function priceFacts(slots: readonly PriceSlot[], now: number): PriceFacts {
  const ahead = slots.filter((slot) => {
    const start = Date.parse(slot.start);
    return start + SLOT_MS > now && start < now + DAY_MS;
  });
  const first = ahead[0];
  const current = first && Date.parse(first.start) <= now ? first : null;
  const least = (sign: number): PriceSlot | null =>
    ahead.reduce<PriceSlot | null>(
      (best, slot) =>
        best === null || sign * slot.import_per_kwh < sign * best.import_per_kwh ? slot : best,
      null,
    );
  return {
    now: current,
    next: current ? (ahead[1] ?? null) : (first ?? null),
    cheapest: least(1),
    dearest: least(-1),
  };
}

/** Some time in which the battery is planned to be about one thing. */
export interface Stretch {
  start: number;
  end: number;
  doing: Doing;
  /** Into or out of the battery [kWh]. */
  kwh: number;
  reason: string;
}

/** The plan of the day from `now` on [ms], as stretches in which the battery does one thing. */
export function stretches(slots: readonly ScheduleSlot[], now: number): Stretch[] {
  const found: Stretch[] = [];
  for (const slot of slots) {
    const start = Date.parse(slot.start);
    if (start + SLOT_MS <= now || start >= now + DAY_MS) continue;
    const what = doing(slot);
    const kwh = Math.max(slot.charge_kw, slot.discharge_kw) / 4;
    const last = found.at(-1);
    if (last?.doing === what && last.end === start) {
      last.end = start + SLOT_MS;
      last.kwh += kwh;
    } else {
      found.push({ start, end: start + SLOT_MS, doing: what, kwh, reason: slot.reason });
    }
  }
  return found;
}

/** A point of a drawing [share of its width, value]. */
export type Point = readonly [x: number, y: number];

/**
 * The corners of a line of steps through values that each hold for a quarter hour.
 *
 * Where slots are missing the line has a gap: each run of slots is a line of its own.
 */
export function steps(
  values: readonly { start: number; value: number }[],
  from: number,
  to: number,
): Point[][] {
  const lines: Point[][] = [];
  let end = Number.NaN;
  for (const { start, value } of values) {
    if (start + SLOT_MS <= from || start >= to) continue;
    const x = (at: number): number => (Math.min(to, Math.max(from, at)) - from) / (to - from);
    if (start !== end) lines.push([]);
    lines.at(-1)?.push([x(start), value], [x(start + SLOT_MS), value]);
    end = start + SLOT_MS;
  }
  return lines;
}

/** Round values for an axis that covers [low, high]: three to six of them. */
export function ticks(low: number, high: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((one) => one * power >= rough) ?? 10);
  const count = Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: count }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}
