// The chart: four panels with one time axis and one cursor.

import uPlot from "uplot";
import type { HouseTime } from "../core/format";
import type { Row, Window } from "../core/slots";
import { SLOT_MS } from "../core/slots";
import { drawBars, drawLevel, drawMidnights, drawNow, hourLabel, hourSplits, shadePast } from "./marks";
import { faded, palette, type Palette } from "./palette";
import {
  PANELS,
  powerColumns,
  priceColumns,
  socColumns,
  stackRange,
  type Columns,
  type PanelName,
  type Shown,
} from "./series";

export interface Picture {
  rows: readonly Row[];
  window: Window;
  now: number;
  shown: Shown;
  /** The measured state of charge where the window begins [%]. */
  firstSoc: number | null;
  socLimits: readonly number[];
  time: HouseTime;
  nowLabel: string;
}

export type Elements = Partial<Record<PanelName, HTMLElement>>;

const HEIGHTS: Record<PanelName, [small: number, large: number]> = {
  price: [128, 140],
  power: [140, 168],
  plan: [150, 176],
  soc: [132, 142],
};
const SMALL = 640;

export class Figure {
  readonly #panels: Map<PanelName, uPlot>;
  readonly #labelled: PanelName;
  readonly #colours: Palette = palette();
  readonly #resized: ResizeObserver;
  #picture: Picture;

  constructor(
    elements: Elements,
    picture: Picture,
    readonly onselect: (row: number | null) => void,
  ) {
    this.#picture = picture;
    const present = (Object.keys(PANELS) as PanelName[]).flatMap((name) => {
      const element = elements[name];
      return element ? [[name, element] as const] : [];
    });
    this.#labelled = present.at(-1)?.[0] ?? "price";
    const { key } = uPlot.sync(`figure-${Math.random()}`);
    this.#panels = new Map(
      present.map(([name, element]) => [name, this.#panel(name, element, key)]),
    );
    this.#resized = new ResizeObserver(() => {
      for (const [name, element] of present)
        this.#panels.get(name)?.setSize(this.#size(name, element));
    });
    for (const [, element] of present.slice(0, 1)) this.#resized.observe(element);
  }

  show(picture: Picture): void {
    const before = this.#picture;
    this.#picture = picture;
    const same =
      before.rows === picture.rows && before.shown === picture.shown && before.firstSoc === picture.firstSoc;
    for (const [name, panel] of this.#panels) {
      if (same) {
        panel.redraw(false);
        continue;
      }
      this.#apply(name, panel);
      panel.setData(this.#columns(name));
    }
  }

  /** Put the cursor on a row, or away. */
  select(row: number | null): void {
    const at = row === null ? undefined : this.#picture.rows[row];
    const [panel] = this.#panels.values();
    const left = at ? panel?.valToPos((at.start + SLOT_MS / 2) / 1000, "x") : undefined;
    panel?.setCursor({ left: left ?? -10, top: left === undefined ? -10 : 5 });
  }

  destroy(): void {
    this.#resized.disconnect();
    for (const panel of this.#panels.values()) panel.destroy();
  }

  #panel(name: PanelName, element: HTMLElement, key: string): uPlot {
    const options: uPlot.Options = {
      ...this.#size(name, element),
      padding: [name === "price" ? 12 : 6, 12, this.#isLabelled(name, element) ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false, setScale: false },
        sync: { key, scales: ["x", null] },
      },
      scales: {
        x: { time: true, range: () => this.#range() },
        y: { range: (_u, low, high) => this.#yRange(name, low, high) },
      },
      axes: [this.#xAxis(this.#isLabelled(name, element)), this.#yAxis(name)],
      series: [{}, ...this.#series(name)],
      hooks: this.#hooks(name),
    };
    if (name === "power") options.bands = this.#bands();
    const panel = new uPlot(options, this.#columns(name), element);
    followTouch(panel);
    return panel;
  }

  /** On a phone the last panel is far below the first, so each has its hours. */
  #isLabelled(name: PanelName, element: HTMLElement): boolean {
    return name === this.#labelled || element.clientWidth < SMALL;
  }

  #hooks(name: PanelName): uPlot.Hooks.Arrays {
    const before = (u: uPlot): void => shadePast(u, this.#picture.now, this.#colours);
    const after = (u: uPlot): void => {
      const { rows, shown, now, time, nowLabel, socLimits } = this.#picture;
      if (name === "plan") drawBars(u, rows, shown, this.#colours);
      if (name === "soc") for (const limit of socLimits) drawLevel(u, limit, this.#colours);
      drawMidnights(u, time, this.#colours);
      drawNow(u, now, this.#colours, name === "price" ? nowLabel : null);
    };
    return { drawClear: [before], draw: [after], setCursor: [(u) => this.#point(u)] };
  }

  #point(u: uPlot): void {
    const left = u.cursor.left ?? -1;
    if (left < 0) {
      this.onselect(null);
      return;
    }
    const { rows, window } = this.#picture;
    const row = Math.floor((u.posToVal(left, "x") * 1000 - window.start) / SLOT_MS);
    this.onselect(row >= 0 && row < rows.length ? row : null);
  }

  #columns(name: PanelName): Columns {
    const { rows, firstSoc } = this.#picture;
    if (name === "price") return priceColumns(rows);
    if (name === "power") return powerColumns(rows);
    if (name === "soc") return socColumns(rows, firstSoc);
    return [rows.map((row) => row.start / 1000), rows.map(() => 0)];
  }

  #series(name: PanelName): uPlot.Series[] {
    const c = this.#colours;
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const steps = (colour: string, filled: boolean): uPlot.Series[] => [
      line(colour, { paths: stepped, fill: filled ? faded(colour, 0.1) : undefined }),
      line(colour, { paths: stepped, dash: [3, 4], fill: filled ? faded(colour, 0.04) : undefined }),
    ];
    const middle = (colour: string): uPlot.Series[] => [
      line(colour, { width: 2 }),
      line(colour, { dash: [5, 4] }),
      { show: true, stroke: "transparent", width: 0, points: { show: false } },
      { show: true, stroke: "transparent", width: 0, points: { show: false } },
    ];
    if (name === "price") return [...steps(c.price, true), ...steps(c.export, false)];
    if (name === "power") return [...middle(c.pv), ...middle(c.load)];
    if (name === "soc")
      return [
        line(c.soc, { width: 2.5, fill: faded(c.soc, 0.14) }),
        line(c.soc, { dash: [5, 4], fill: faded(c.soc, 0.06) }),
      ];
    return [{ show: true, stroke: "transparent", points: { show: false } }];
  }

  #bands(): uPlot.Band[] {
    return [
      { series: [3, 4], fill: faded(this.#colours.pv, 0.22) },
      { series: [7, 8], fill: faded(this.#colours.load, 0.2) },
    ];
  }

  /** Show and hide the series of a panel as chosen. */
  #apply(name: PanelName, panel: uPlot): void {
    if (name === "plan") return;
    const each = { price: 2, power: 4, soc: 2 }[name];
    PANELS[name].forEach((series, n) => {
      const shown = this.#picture.shown[series];
      for (let index = 1 + n * each; index < 1 + (n + 1) * each; index += 1)
        if (panel.series[index]?.show !== shown) panel.setSeries(index, { show: shown });
    });
  }

  #yRange(name: PanelName, low: number | null, high: number | null): [number, number] {
    const { rows, shown } = this.#picture;
    if (name === "soc") return [0, 100];
    if (name === "plan") return stackRange(rows, shown);
    const top = Math.max(high ?? 1, name === "power" ? 1 : 0.1);
    return [Math.min(0, low ?? 0) * 1.1, top * 1.08];
  }

  #range(): [number, number] {
    const { start, end } = this.#picture.window;
    return [start / 1000, end / 1000];
  }

  #xAxis(labelled: boolean): uPlot.Axis {
    return {
      ...this.#axis(),
      size: labelled ? 26 : 0,
      splits: (u, _axis, min, max) => hourSplits(u, min, max, this.#picture.time),
      values: (_u, splits) =>
        splits.map((at) => (labelled ? hourLabel(at, this.#picture.time) : null)),
    };
  }

  #yAxis(name: PanelName): uPlot.Axis {
    const digits = name === "price" ? 1 : 0;
    const axis: uPlot.Axis = {
      ...this.#axis(),
      size: 38,
      space: 30,
      values: (_u, splits) => splits.map((value) => signless(value, digits, name)),
    };
    if (name === "soc") axis.splits = [0, 50, 100];
    return axis;
  }

  #axis(): uPlot.Axis {
    return {
      stroke: this.#colours.muted,
      font: "12px system-ui, sans-serif",
      gap: 4,
      grid: { stroke: this.#colours.grid, width: 1 },
      ticks: { show: false },
    };
  }

  #size(name: PanelName, element: HTMLElement): { width: number; height: number } {
    const width = element.clientWidth;
    return { width, height: HEIGHTS[name][width < SMALL ? 0 : 1] };
  }
}

function line(stroke: string, more: Partial<uPlot.Series>): uPlot.Series {
  const series: uPlot.Series = { stroke, width: 1.75, points: { show: false }, spanGaps: false };
  for (const [key, value] of Object.entries(more))
    if (value !== undefined) Object.assign(series, { [key]: value });
  return series;
}

/** Below zero stands where power goes, so the plan's labels have no sign. */
function signless(value: number, digits: number, name: PanelName): string {
  const shown = name === "plan" ? Math.abs(value) : value;
  return shown.toFixed(Number.isInteger(shown) ? 0 : Math.max(1, digits));
}

/** A finger moves the cursor sideways, and scrolls the page up and down. */
function followTouch(panel: uPlot): void {
  const follow = (event: PointerEvent): void => {
    if (event.pointerType === "mouse") return;
    const box = panel.over.getBoundingClientRect();
    panel.setCursor({ left: event.clientX - box.left, top: event.clientY - box.top });
  };
  panel.over.addEventListener("pointerdown", follow);
  panel.over.addEventListener("pointermove", follow);
}
