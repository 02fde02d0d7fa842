// Local days as people name them.

import { m } from "../../messages";

const DAY = new Intl.DateTimeFormat(m.locale, {
  timeZone: "UTC",
  weekday: "short",
  day: "numeric",
  month: "short",
});

/** A local date such as 2026-06-12, with its weekday. */
export function dayName(day: string): string {
  return DAY.format(Date.parse(`${day.slice(0, 10)}T00:00:00Z`));
}

/** The length of a bar for `value` where the longest stands for `most` [%]. */
export function heightOf(value: number, most: number): number {
  return most > 0 ? (Math.max(0, value) / most) * 100 : 0;
}
