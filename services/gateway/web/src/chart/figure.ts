// The chart: panels with one time axis and one cursor. It is made once; what changes is handed
// to `show`, which redraws no more than it has to.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { SLOT_MS } from "../core/slots";
import { xAxis, yAxis } from "./axes";
import { drawBars, drawLevel, drawMidnights, drawNow, shadePast } from "./marks";
import { palette, type Palette } from "./palette";
import { bandsOf, columnsOf, isShown, linesOf, type Line } from "./panels";
import { sameValues, sameWindow, type Picture } from "./picture";
import { PANELS, stackRange, type PanelName } from "./series";
import { RIGHT } from "./view";

export type Elements = Partial<Record<PanelName, HTMLElement>>;

const HEIGHTS: Record<PanelName, [small: number, large: number]> = {
  price: [128, 140],
  power: [140, 168],
  plan: [150, 176],
  soc: [132, 142],
};
const SMALL = 640;
const DRAWN = "darkstar:drawn";

interface Panel {
  name: PanelName;
  plot: uPlot;
  lines: readonly Line[];
}

export class Figure {
  readonly #panels: readonly Panel[];
  readonly #labelled: PanelName;
  readonly #colours: Palette = palette();
  readonly #resized: ResizeObserver;
  #picture: Picture;
  #bars: [number, number] | null = null;
  /** What the cursor was put on, and where the pointer is [px]. */
  #kept: number | null = null;
  #pointer: number | null = null;

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
    this.#panels = present.map(([name, element]) => this.#panel(name, element, key));
    this.#resized = new ResizeObserver(() => {
      present.forEach(([name, element], n) =>
        this.#panels[n]?.plot.setSize(this.#size(name, element)),
      );
    });
    for (const [, element] of present.slice(0, 1)) this.#resized.observe(element);
  }

  show(picture: Picture): void {
    const before = this.#picture;
    this.#picture = picture;
    if (!sameValues(before, picture)) {
      this.#bars = null;
      for (const panel of this.#panels) {
        this.#apply(panel);
        panel.plot.setData(columnsOf(panel.name, panel.lines, picture));
      }
    } else if (!sameWindow(before, picture)) {
      const [min, max] = this.#range();
      for (const { plot } of this.#panels) plot.setScale("x", { min, max });
    } else {
      for (const { plot } of this.#panels) plot.redraw(false);
      return;
    }
    // uPlot takes in new scales at the end of this turn
    queueMicrotask(() => this.#follow());
  }

  /** Put the cursor on a row, or away; that reports nothing. */
  select(row: number | null): void {
    this.#kept = row;
    this.#pointer = null;
    this.#place(row);
  }

  /** After a move of what is shown, the cursor is on its row, and the pointer on another. */
  #follow(): void {
    if (this.#pointer !== null) this.#point(this.#pointer);
    else if (this.#kept !== null) this.#place(this.#kept);
  }

  #place(row: number | null): void {
    const at = row === null ? undefined : this.#picture.rows[row];
    const plot = this.#panels[0]?.plot;
    const left = at ? plot?.valToPos((at.start + SLOT_MS / 2) / 1000, "x") : undefined;
    plot?.setCursor({ left: left ?? -10, top: left === undefined ? -10 : 5 });
  }

  destroy(): void {
    this.#resized.disconnect();
    for (const { plot } of this.#panels) plot.destroy();
  }

  #panel(name: PanelName, element: HTMLElement, key: string): Panel {
    const lines = linesOf(name, this.#colours);
    const labelled = this.#isLabelled(name, element);
    const options: uPlot.Options = {
      ...this.#size(name, element),
      padding: [name === "price" ? 12 : 6, RIGHT, labelled ? 0 : 4, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false, setScale: false },
        bind: { dblclick: () => null },
        sync: { key, scales: ["x", null] },
      },
      scales: {
        x: { time: true, range: () => this.#range() },
        y: { range: (_u, low, high) => this.#yRange(name, low, high) },
      },
      axes: [
        xAxis(this.#colours, labelled, () => this.#picture.time),
        yAxis(this.#colours, name),
      ],
      series: [{}, ...lines.map((line) => series(line, isShown(line, this.#picture)))],
      bands: bandsOf(name, this.#colours),
      hooks: this.#hooks(name),
    };
    const plot = new uPlot(options, columnsOf(name, lines, this.#picture), element);
    return { name, plot, lines };
  }

  /** On a phone the last panel is far below the first, so each has its hours. */
  #isLabelled(name: PanelName, element: HTMLElement): boolean {
    return name === this.#labelled || element.clientWidth < SMALL;
  }

  #hooks(name: PanelName): uPlot.Hooks.Arrays {
    const before = (u: uPlot): void => shadePast(u, this.#picture.now, this.#colours);
    const behind = (u: uPlot): void => {
      const { rows, shown } = this.#picture;
      if (name === "plan") drawBars(u, rows, shown, this.#colours);
    };
    const after = (u: uPlot): void => {
      const { now, time, nowLabel, socLimits } = this.#picture;
      if (name === "soc") for (const limit of socLimits) drawLevel(u, limit, this.#colours);
      drawMidnights(u, time, this.#colours);
      drawNow(u, now, this.#colours, name === "price" ? nowLabel : null);
      if (name === this.#labelled) markDrawn();
    };
    return {
      drawClear: [before],
      drawAxes: [behind],
      draw: [after],
      ready: [(u) => this.#listen(u)],
    };
  }

  #listen(u: uPlot): void {
    u.over.addEventListener("mousemove", (event) => {
      this.#point(event.clientX - u.over.getBoundingClientRect().left);
    });
    u.over.addEventListener("mouseleave", () => {
      this.#pointer = null;
      this.onselect(null);
    });
  }

  /** Report the row under the pointer, `left` from where the plotted part begins [px]. */
  #point(left: number): void {
    this.#pointer = left;
    const plot = this.#panels[0]?.plot;
    const first = this.#picture.rows[0];
    if (!plot || !first) return;
    const row = Math.floor((plot.posToVal(left, "x") * 1000 - first.start) / SLOT_MS);
    this.onselect(row >= 0 && row < this.#picture.rows.length ? row : null);
  }

  /** Show and hide the lines of a panel as chosen. */
  #apply({ plot, lines }: Panel): void {
    lines.forEach((line, n) => {
      const show = isShown(line, this.#picture);
      if (plot.series[n + 1]?.show !== show) plot.setSeries(n + 1, { show });
    });
  }

  #yRange(name: PanelName, low: number | null, high: number | null): [number, number] {
    const { rows, shown } = this.#picture;
    if (name === "soc") return [0, 100];
    if (name === "plan") return (this.#bars ??= stackRange(rows, shown));
    const top = Math.max(high ?? 1, name === "power" ? 1 : 0.1);
    return [Math.min(0, low ?? 0) * 1.1, top * 1.08];
  }

  #range(): [number, number] {
    const { start, end } = this.#picture.window;
    return [start / 1000, end / 1000];
  }

  #size(name: PanelName, element: HTMLElement): { width: number; height: number } {
    const width = element.clientWidth;
    return { width, height: HEIGHTS[name][width < SMALL ? 0 : 1] };
  }
}

/** For who measures: when all was drawn last. */
function markDrawn(): void {
  performance.clearMarks(DRAWN);
  performance.mark(DRAWN);
}

function series(line: Line, show: boolean): uPlot.Series {
  return { show, width: 1.75, points: { show: false }, spanGaps: false, ...line.style };
}
