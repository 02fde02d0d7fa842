// Which part of the chart is looked at: zoomed, moved, and kept within what there is.

import type { Window } from "./rows";

/** Nothing shorter can be looked at [ms]. */
export const SHORTEST = 2 * 3_600_000;

/** Where the plotted part begins and ends, from the edges of a panel [px]. */
export const LEFT = 38;
export const RIGHT = 12;

/** `view` with the same length where it fits into `extent`, else as much of it as does. */
export function within(view: Window, extent: Window): Window {
  const length = Math.min(view.end - view.start, extent.end - extent.start);
  const start = Math.min(Math.max(view.start, extent.start), extent.end - length);
  return { start, end: start + length };
}

/** `view` with `factor` times its length; the moment `at` stays where it is. */
export function zoomed(view: Window, factor: number, at: number, extent: Window): Window {
  const length = view.end - view.start;
  const wanted = Math.max(SHORTEST, Math.min(length * factor, extent.end - extent.start));
  const share = (at - view.start) / length;
  const start = at - share * wanted;
  return within({ start, end: start + wanted }, extent);
}

/** `view` moved on by `ms`. */
export function panned(view: Window, ms: number, extent: Window): Window {
  return within({ start: view.start + ms, end: view.end + ms }, extent);
}

/** Two fingers on the moments `from` now stand at the shares `to` of the width. */
export function pinched(from: [number, number], to: [number, number], extent: Window): Window {
  const [a, b] = from[0] <= from[1] ? from : [from[1], from[0]];
  const [left, right] = to[0] <= to[1] ? to : [to[1], to[0]];
  const spread = Math.max(right - left, 0.02);
  const length = Math.max(SHORTEST, Math.min((b - a) / spread, extent.end - extent.start));
  const start = (a + b) / 2 - ((left + right) / 2) * length;
  return within({ start, end: start + length }, extent);
}

/** Where `at` stands, as a share of the width; outside of [0, 1] it is not seen. */
export function share(at: number, view: Window): number {
  return (at - view.start) / (view.end - view.start);
}

/** The moment at `x` of a panel that is `width` wide [px]. */
export function momentAt(x: number, width: number, view: Window): number {
  const part = (x - LEFT) / Math.max(1, width - LEFT - RIGHT);
  return view.start + part * (view.end - view.start);
}

/** `at` on the nearest beginning of a slot of `step` [ms]. */
export function snapped(at: number, step: number): number {
  return Math.round(at / step) * step;
}
