// A strip of time: lines, steps and bands over equally long stretches, as paths of an SVG.

export interface Series {
  name: string;
  /** A colour of the style sheet, such as `soc`. */
  colour: string;
  kind: "line" | "step" | "band";
  /** One for each stretch; of a band the lower edge. */
  values: readonly (number | null)[];
  /** The upper edge of a band. */
  high?: readonly (number | null)[];
  dashed?: boolean;
}

/** Where values are in the picture. */
export interface Scale {
  /** Starts of the stretches [ms], rising. */
  starts: readonly number[];
  /** How long each is [ms]. */
  step: number;
  low: number;
  high: number;
  width: number;
  height: number;
}

type Edge = "start" | "middle" | "end";

const EDGE: Record<Edge, number> = { start: 0, middle: 0.5, end: 1 };

/** The lowest and highest of all series, with round figures around them; zero is among them. */
export function rangeOf(all: readonly Series[]): [number, number] {
  const seen = all
    .flatMap((one) => [...one.values, ...(one.high ?? [])])
    .filter((value): value is number => value !== null);
  const low = Math.min(0, ...seen);
  const high = Math.max(0, ...seen);
  if (low === high) return [0, 1];
  const step = roundStep((high - low) / 3);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** Round figures from `low` to `high`, three to six of them. */
export function ticksOf(low: number, high: number): number[] {
  const step = roundStep((high - low) / 3);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
}

/** How many digits behind the comma `ticks` need. */
export function digitsOf(ticks: readonly number[]): number {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const rest = (digits: number): number => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits));
  return [0, 1, 2].find((digits) => rest(digits) < 1e-6) ?? 3;
}

/** Where stretch `index` is, from the left. */
export function xOf(scale: Scale, index: number, edge: Edge = "middle"): number {
  const [first, last] = [scale.starts[0] ?? 0, scale.starts.at(-1) ?? 0];
  const at = (scale.starts[index] ?? first) + EDGE[edge] * scale.step;
  return ((at - first) / (last - first + scale.step)) * scale.width;
}

/** Where `value` is, from the top. */
export function yOf(scale: Scale, value: number): number {
  const share = (value - scale.low) / (scale.high - scale.low || 1);
  return scale.height * (1 - Math.min(1, Math.max(0, share)));
}

/** Which stretch is at `x`; null outside and in gaps. */
export function indexAt(scale: Scale, x: number): number | null {
  const [first, last] = [scale.starts[0], scale.starts.at(-1)];
  if (first === undefined || last === undefined || x < 0) return null;
  const at = first + (x / scale.width) * (last - first + scale.step);
  const found = scale.starts.findLastIndex((start) => start <= at);
  return at < (scale.starts[found] ?? 0) + scale.step ? found : null;
}

/** The path that draws `series`; where something is not known there is nothing. */
export function pathOf(series: Series, scale: Scale): string {
  if (series.kind === "band") return bandPath(series, scale);
  return runs(series.values, scale)
    .map((run) => (series.kind === "step" ? stepPath(series, scale, run) : linePath(series, scale, run)))
    .join("");
}

type Run = [from: number, to: number];

/** Stretches that follow each other and are all known. */
function runs(values: readonly (number | null)[], scale: Scale): Run[] {
  const found: Run[] = [];
  values.forEach((value, index) => {
    if (value === null || index >= scale.starts.length) return;
    const last = found.at(-1);
    const next = (scale.starts[index - 1] ?? NaN) + scale.step === scale.starts[index];
    if (last && last[1] === index && next) last[1] = index + 1;
    else found.push([index, index + 1]);
  });
  return found;
}

function linePath(series: Series, scale: Scale, run: Run): string {
  if (run[1] - run[0] === 1) return stepPath(series, scale, run);
  return `M${points(series.values, scale, run).join("L")}`;
}

function stepPath(series: Series, scale: Scale, [from, to]: Run): string {
  let path = "";
  for (let index = from; index < to; index += 1) {
    const y = short(yOf(scale, series.values[index] ?? 0));
    path += `${index === from ? `M${short(xOf(scale, index, "start"))},${y}` : `V${y}`}`;
    path += `H${short(xOf(scale, index, "end"))}`;
  }
  return path;
}

function bandPath(series: Series, scale: Scale): string {
  const high = series.high ?? [];
  const both = series.values.map((value, index) => (high[index] == null ? null : value));
  return runs(both, scale)
    .map((run) => {
      const below = edges(series.values, scale, run).reverse();
      return `M${[...edges(high, scale, run), ...below].join("L")}Z`;
    })
    .join("");
}

/** As `points`, and out to both ends, so that a band of one stretch is seen too. */
function edges(values: readonly (number | null)[], scale: Scale, run: Run): string[] {
  const at = (index: number, edge: Edge): string =>
    `${short(xOf(scale, index, edge))},${short(yOf(scale, values[index] ?? 0))}`;
  return [at(run[0], "start"), ...points(values, scale, run), at(run[1] - 1, "end")];
}

function points(values: readonly (number | null)[], scale: Scale, [from, to]: Run): string[] {
  return values
    .slice(from, to)
    .map((value, n) => `${short(xOf(scale, from + n))},${short(yOf(scale, value ?? 0))}`);
}

function roundStep(rough: number): number {
  const size = 10 ** Math.floor(Math.log10(rough));
  const found = [1, 2, 2.5, 5, 10].find((step) => step * size >= rough * (1 - 1e-9)) ?? 10;
  return found * size;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}
