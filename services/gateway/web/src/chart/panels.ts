// The lines of each panel: whose they are, how they look, and where their values come from.

import uPlot from "uplot";
import { faded, type Palette } from "./palette";
import type { Picture } from "./picture";
import {
  bandColumn,
  batteryColumn,
  edges,
  expectedColumn,
  measuredSoc,
  middles,
  oncePlannedSoc,
  plannedColumn,
  plannedSoc,
  priceColumn,
  recordedColumn,
  targetColumn,
  triedSoc,
  type Column,
  type Columns,
  type Layer,
  type PanelName,
  type SeriesName,
} from "./series";

export interface Line {
  /** Hidden with this series, if it is of one. */
  of: SeriesName | null;
  /** And hidden with this layer. */
  layer?: Layer;
  style: Partial<uPlot.Series>;
  values: (picture: Picture) => Column;
}

const DASHED = [5, 4];
const DOTTED = [2, 3];

export function linesOf(panel: PanelName, colours: Palette): Line[] {
  return { price, power, plan, soc }[panel](colours);
}

/** Which lines of a panel are the bounds of a shaded band: [upper, lower, colour]. */
export function bandsOf(panel: PanelName, colours: Palette): uPlot.Band[] {
  if (panel !== "power") return [];
  return [
    { series: [4, 5], fill: faded(colours.pv, 0.22) },
    { series: [9, 10], fill: faded(colours.load, 0.2) },
  ];
}

export function columnsOf(panel: PanelName, lines: readonly Line[], picture: Picture): Columns {
  const { rows } = picture;
  const at = panel === "power" ? middles(rows) : edges(rows);
  return [at, ...lines.map((line) => line.values(picture))];
}

export function isShown(line: Line, picture: Picture): boolean {
  const { shown } = picture;
  return (line.of === null || shown[line.of]) && (!line.layer || shown[line.layer]);
}

const steps = (): Partial<uPlot.Series> => {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths ? { paths } : {};
};

function price(colours: Palette): Line[] {
  const of = (name: "importPrice" | "exportPrice", colour: string, filled: number): Line[] => [
    {
      of: name,
      style: { stroke: colour, ...steps(), fill: faded(colour, filled) },
      values: ({ rows }) => priceColumn(rows, name, "published"),
    },
    {
      of: name,
      style: { stroke: colour, ...steps(), dash: [3, 4], fill: faded(colour, filled / 2.5) },
      values: ({ rows }) => priceColumn(rows, name, "forecast"),
    },
  ];
  return [...of("importPrice", colours.price, 0.1), ...of("exportPrice", colours.export, 0)];
}

function power(colours: Palette): Line[] {
  const of = (name: "pv" | "load"): Line[] => {
    const colour = colours[name];
    return [
      {
        of: name,
        layer: "recorded",
        style: { stroke: colour, width: 2 },
        values: ({ rows }) => recordedColumn(rows, name),
      },
      {
        of: name,
        style: { stroke: colour, dash: DASHED },
        values: ({ rows }) => expectedColumn(rows, name),
      },
      {
        of: name,
        layer: "asPlanned",
        style: { stroke: colour, dash: DOTTED, width: 1.25 },
        values: ({ rows }) => plannedColumn(rows, name),
      },
      bound(name, 1),
      bound(name, 0),
    ];
  };
  return [...of("pv"), ...of("load")];
}

function bound(name: "pv" | "load", which: 0 | 1): Line {
  return {
    of: name,
    style: { stroke: "transparent", width: 0 },
    values: ({ rows }) => bandColumn(rows, name, which),
  };
}

/** The bars are drawn by hand; lines say what the battery was to do, or would do. */
function plan(colours: Palette): Line[] {
  return [
    {
      of: null,
      layer: "asPlanned",
      style: { stroke: colours.text, ...steps(), dash: DOTTED, width: 1.25 },
      values: ({ rows }) => batteryColumn(rows, (row) => row.planned),
    },
    {
      of: null,
      style: { stroke: colours.accent, ...steps(), width: 2 },
      values: ({ rows, tried }) => batteryColumn(rows, (row) => tried?.get(row.start) ?? null),
    },
  ];
}

function soc(colours: Palette): Line[] {
  const colour = colours.soc;
  return [
    {
      of: "soc",
      layer: "recorded",
      style: { stroke: colour, width: 2.5, fill: faded(colour, 0.14) },
      values: ({ rows, firstSoc }) => measuredSoc(rows, firstSoc),
    },
    {
      of: "soc",
      style: { stroke: colour, dash: DASHED, fill: faded(colour, 0.06) },
      values: ({ rows, firstSoc }) => plannedSoc(rows, firstSoc),
    },
    {
      of: "soc",
      layer: "asPlanned",
      style: { stroke: colour, dash: DOTTED, width: 1.25 },
      values: ({ rows }) => oncePlannedSoc(rows),
    },
    {
      of: "target",
      style: { stroke: colours.text, ...steps(), width: 1.5 },
      values: ({ targets }) => targetColumn(targets),
    },
    {
      of: null,
      style: { stroke: colours.accent, width: 2.25 },
      values: ({ rows, tried }) => (tried ? triedSoc(rows, tried) : rows.map(() => null)),
    },
  ];
}
