// The axes: hours of the house below, values on the left.

import type uPlot from "uplot";
import type { HouseTime } from "../core/format";
import { hourLabel, hourSplits } from "./marks";
import type { Palette } from "./palette";
import type { PanelName } from "./series";
import { LEFT } from "./view";

export function xAxis(colours: Palette, labelled: boolean, time: () => HouseTime): uPlot.Axis {
  return {
    ...axis(colours),
    size: labelled ? 26 : 0,
    splits: (u, _axis, min, max) => hourSplits(u, min, max, time()),
    values: (_u, splits) => splits.map((at) => (labelled ? hourLabel(at, time()) : null)),
  };
}

export function yAxis(colours: Palette, name: PanelName): uPlot.Axis {
  const digits = name === "price" ? 1 : 0;
  const made: uPlot.Axis = {
    ...axis(colours),
    size: LEFT,
    space: 30,
    values: (_u, splits) => splits.map((value) => signless(value, digits, name)),
  };
  if (name === "soc") made.splits = [0, 50, 100];
  return made;
}

function axis(colours: Palette): uPlot.Axis {
  return {
    stroke: colours.muted,
    font: "12px system-ui, sans-serif",
    gap: 4,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
  };
}

/** Below zero stands where power goes, so the plan's labels have no sign. */
function signless(value: number, digits: number, name: PanelName): string {
  const shown = name === "plan" ? Math.abs(value) : value;
  return shown.toFixed(Number.isInteger(shown) ? 0 : Math.max(1, digits));
}
