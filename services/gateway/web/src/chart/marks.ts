// What is drawn on every panel besides its own series: the past, midnight, now.

import type uPlot from "uplot";
import type { HouseTime } from "../core/format";
import { SLOT_MS } from "../core/slots";
import { faded, type Palette } from "./palette";
import type { Row } from "./rows";
import { stacks, type SeriesName, type Shown } from "./series";

const HOUR = 3600;

/** Hours to label: local multiples of a step that leaves room for each label [s]. */
export function hourSplits(u: uPlot, min: number, max: number, time: HouseTime): number[] {
  const perHour = u.bbox.width / devicePixelRatio / ((max - min) / HOUR);
  const step = [1, 2, 3, 6, 12].find((hours) => hours * perHour >= 46) ?? 24;
  const splits: number[] = [];
  for (let at = Math.ceil(min / HOUR) * HOUR; at <= max; at += HOUR)
    if (Number(time.time(at * 1000).slice(0, 2)) % step === 0) splits.push(at);
  return splits;
}

/** 06, 12, 18 and the day's name at midnight. */
export function hourLabel(at: number, time: HouseTime): string {
  const text = time.time(at * 1000);
  return text === "00:00" ? time.weekday(at * 1000) : text.slice(0, 2);
}

export function shadePast(u: uPlot, now: number, colours: Palette): void {
  const { left, top, width, height } = u.bbox;
  const x = Math.min(left + width, u.valToPos(now / 1000, "x", true));
  if (x <= left) return;
  u.ctx.save();
  u.ctx.fillStyle = colours.past;
  u.ctx.fillRect(left, top, x - left, height);
  u.ctx.restore();
}

export function drawMidnights(u: uPlot, time: HouseTime, colours: Palette): void {
  const { min, max } = u.scales["x"] ?? {};
  if (min == null || max == null) return;
  for (let at = Math.ceil(min / HOUR) * HOUR; at < max; at += HOUR)
    if (time.time(at * 1000) === "00:00") vertical(u, at, colours.line, 1);
}

export function drawNow(u: uPlot, now: number, colours: Palette, label: string | null): void {
  vertical(u, now / 1000, colours.accent, 2);
  if (label === null) return;
  const x = u.valToPos(now / 1000, "x", true);
  const ratio = devicePixelRatio;
  u.ctx.save();
  u.ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  const width = u.ctx.measureText(label).width + 10 * ratio;
  u.ctx.fillStyle = colours.accent;
  u.ctx.beginPath();
  u.ctx.roundRect(x - width / 2, u.bbox.top - 9 * ratio, width, 16 * ratio, 8 * ratio);
  u.ctx.fill();
  u.ctx.fillStyle = colours.onaccent;
  u.ctx.textAlign = "center";
  u.ctx.textBaseline = "middle";
  u.ctx.fillText(label, x, u.bbox.top - ratio);
  u.ctx.restore();
}

/** Stacked bars, one for each slot; planned ones lighter than what was recorded. */
export function drawBars(u: uPlot, rows: readonly Row[], shown: Shown, colours: Palette): void {
  const zero = u.valToPos(0, "y", true);
  u.ctx.save();
  u.ctx.beginPath();
  u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
  u.ctx.clip();
  for (const row of rows) {
    const x = Math.round(u.valToPos(row.start / 1000, "x", true));
    const next = Math.round(u.valToPos((row.start + SLOT_MS) / 1000, "x", true));
    const gap = next - x > 5 ? 1 : 0;
    for (const { name, from, to } of stacks(row, shown)) {
      const [a, b] = [u.valToPos(from, "y", true), u.valToPos(to, "y", true)];
      const colour = colours[name as Exclude<SeriesName, "importPrice" | "exportPrice" | "target">];
      const measured = row.origin === "recorded" && shown.recorded;
      u.ctx.fillStyle = measured ? colour : faded(colour, 0.62);
      u.ctx.fillRect(x, Math.min(a, b), next - x - gap, Math.abs(b - a));
    }
  }
  u.ctx.fillStyle = colours.muted;
  u.ctx.fillRect(u.bbox.left, zero - devicePixelRatio / 2, u.bbox.width, devicePixelRatio);
  u.ctx.restore();
}

export function drawLevel(u: uPlot, value: number, colours: Palette): void {
  const y = Math.round(u.valToPos(value, "y", true));
  u.ctx.save();
  u.ctx.strokeStyle = colours.muted;
  u.ctx.lineWidth = devicePixelRatio;
  u.ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
  u.ctx.beginPath();
  u.ctx.moveTo(u.bbox.left, y);
  u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
  u.ctx.stroke();
  u.ctx.restore();
}

function vertical(u: uPlot, at: number, colour: string, width: number): void {
  const { min, max } = u.scales["x"] ?? {};
  if (min == null || max == null || at < min || at > max) return;
  const x = Math.round(u.valToPos(at, "x", true));
  const thick = Math.round(width * devicePixelRatio);
  u.ctx.save();
  u.ctx.fillStyle = colour;
  u.ctx.fillRect(x - Math.floor(thick / 2), u.bbox.top, thick, u.bbox.height);
  u.ctx.restore();
}
