// Quarter hours: the one that runs, and the next in which the battery does something else.

import type { ScheduleSlot } from "../live/types";

export const SLOT_MS = 15 * 60_000;

/** What the battery is about in a planned slot, in a word that a change can be told by. */
export type Doing = "charge" | "discharge" | "export" | "rest";

export function doing(slot: ScheduleSlot): Doing {
  if (slot.charge_kw > 0.05) return "charge";
  if (slot.discharge_kw > 0.05) return slot.export_kw > 0.05 ? "export" : "discharge";
  return "rest";
}

/** The next planned slot after `now` in which the battery does something else. */
export function nextChange(
  slots: readonly ScheduleSlot[],
  now: number,
): { slot: ScheduleSlot; doing: Doing } | null {
  const index = slots.findIndex((slot) => Date.parse(slot.start) + SLOT_MS > now);
  const current = slots[index];
  if (!current) return null;
  const slot = slots.slice(index + 1).find((one) => doing(one) !== doing(current));
  return slot ? { slot, doing: doing(slot) } : null;
}

/** The value in force at `now`. */
export function at<T extends { start: string }>(slots: readonly T[], now: number): T | undefined {
  return slots.find((slot) => {
    const start = Date.parse(slot.start);
    return start <= now && now < start + SLOT_MS;
  });
}
