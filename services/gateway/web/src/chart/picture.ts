// All that the chart shows at one time; a new value for each change.

import type { HouseTime } from "../core/format";
import type { Row, Seen, Window } from "./rows";
import type { Column, Shown } from "./series";

export interface Picture {
  rows: readonly Row[];
  /** Where runs are to end, row by row [%]. */
  targets: Column;
  /** Another plan, slot by slot; null: none is tried. */
  tried: ReadonlyMap<number, Seen> | null;
  /** The part that is looked at. */
  window: Window;
  now: number;
  shown: Shown;
  /** The measured state of charge where the rows begin [%]. */
  firstSoc: number | null;
  socLimits: readonly number[];
  time: HouseTime;
  nowLabel: string;
}

/** Whether both have the same values, whatever part of them is looked at and when. */
export function sameValues(one: Picture, other: Picture): boolean {
  return (
    one.rows === other.rows &&
    one.shown === other.shown &&
    one.firstSoc === other.firstSoc &&
    one.tried === other.tried
  );
}

export function sameWindow(one: Picture, other: Picture): boolean {
  return one.window.start === other.window.start && one.window.end === other.window.end;
}
