// Manual blocks as the page moves them about: on quarter hours, not in the past, one for each
// device at a time.

import { SLOT_MS } from "../core/slots";
import type { BlockAction, House, ManualBlock } from "../live/types";
import { snapped } from "./view";

export interface Block {
  /** Tells it from others while it is moved; no one else knows it. */
  id: number;
  action: BlockAction;
  /** [ms] */
  start: number;
  end: number;
  /** [kW]; null: as much as can be. */
  power: number | null;
}

export type Edge = "start" | "end";

export const LANES: readonly BlockAction[] = ["charge", "export", "hold", "heat"];
/** So long is a block that is added by one touch [ms]. */
export const USUAL_MS = 4 * SLOT_MS;

/** What this house has a device for. */
export function lanesOf(house: Pick<House, "battery_kwh" | "has_water_heater">): BlockAction[] {
  return LANES.filter((action) =>
    action === "heat" ? house.has_water_heater : house.battery_kwh !== null,
  );
}

/** The running quarter hour, before which nothing can be decided any more [ms]. */
export function earliest(now: number): number {
  return Math.floor(now / SLOT_MS) * SLOT_MS;
}

export function blocksOf(messages: readonly ManualBlock[]): Block[] {
  return messages
    .map((one, id) => ({
      id,
      action: one.action,
      start: Date.parse(one.start),
      end: Date.parse(one.end),
      power: one.power_kw,
    }))
    .sort(inOrder);
}

export function messagesOf(blocks: readonly Block[]): ManualBlock[] {
  return [...blocks].sort(inOrder).map(({ action, start, end, power }) => ({
    action,
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    power_kw: power,
  }));
}

/** Two lists of blocks that ask for the same from `now` on have the same key. */
export function keyOf(blocks: readonly Block[], now: number): string {
  return JSON.stringify(messagesOf(blocks.filter((one) => one.end > now)));
}

/** Another block of `blocks` that wants the same device at the same time. */
export function conflict(blocks: readonly Block[], wanted: Block): Block | null {
  const device = (one: Block): boolean => one.action === "heat";
  return (
    blocks.find(
      (one) =>
        one.id !== wanted.id &&
        device(one) === device(wanted) &&
        one.start < wanted.end &&
        wanted.start < one.end,
    ) ?? null
  );
}

export function begun(block: Block, now: number): boolean {
  return block.start < earliest(now);
}

/** `block` moved on by `ms`, as far as time allows; one that has begun stays where it is. */
export function moved(block: Block, ms: number, now: number, latest: number): Block {
  if (begun(block, now)) return block;
  const length = block.end - block.start;
  const wanted = snapped(block.start + ms, SLOT_MS);
  const last = Math.max(latest, block.end) - length;
  const start = Math.max(earliest(now), Math.min(wanted, last));
  return { ...block, start, end: start + length };
}

/** `block` with one edge at `at`, as far as time allows; at least a quarter hour is left. */
export function resized(
  block: Block,
  edge: Edge,
  at: number,
  now: number,
  latest: number,
): Block {
  const wanted = snapped(at, SLOT_MS);
  const first = earliest(now);
  if (edge === "start") {
    if (begun(block, now)) return block;
    return { ...block, start: Math.max(first, Math.min(wanted, block.end - SLOT_MS)) };
  }
  const shortest = Math.max(block.start, first) + SLOT_MS;
  const last = Math.max(latest, block.end);
  return { ...block, end: Math.min(last, Math.max(wanted, shortest)) };
}

/** A block between two moments, in whichever order they come. */
export function spanned(
  action: BlockAction,
  one: number,
  other: number,
  now: number,
  latest: number,
): Block {
  const first = earliest(now);
  const low = Math.floor(Math.min(one, other) / SLOT_MS) * SLOT_MS;
  const start = Math.max(first, Math.min(low, latest - SLOT_MS));
  const high = Math.ceil(Math.max(one, other) / SLOT_MS) * SLOT_MS;
  const end = Math.min(latest, Math.max(high, start + SLOT_MS));
  return { id: -1, action, start, end, power: null };
}

/** A block of the usual length at `at`, shorter where another one begins; null: no room. */
export function dropped(
  blocks: readonly Block[],
  action: BlockAction,
  at: number,
  now: number,
  latest: number,
): Block | null {
  const start = spanned(action, at, at, now, latest).start;
  const made = spanned(action, start, start + USUAL_MS, now, latest);
  const inTheWay = conflict(blocks, made);
  if (!inTheWay) return made;
  return inTheWay.start <= made.start
    ? null
    : dropped(blocks, action, at, now, Math.min(latest, inTheWay.start));
}

/** The first moment from now on where a block of the usual length has room. */
export function room(
  blocks: readonly Block[],
  action: BlockAction,
  now: number,
  latest: number,
): Block | null {
  for (let at = earliest(now); at + USUAL_MS <= latest; at += SLOT_MS) {
    const made = spanned(action, at, at + USUAL_MS, now, latest);
    if (!conflict(blocks, made)) return made;
  }
  return null;
}

function inOrder(one: Block, other: Block): number {
  return one.start - other.start || one.action.localeCompare(other.action);
}
