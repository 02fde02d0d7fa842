// What-ifs: what is asked for, what it is called, and what came of it.

import { number, price } from "../../core/format";
import type { Money, Schedule, Simulated } from "../../live/types";
import { m } from "../../messages";

/** What is to be different; null is as it is. */
export interface Wish {
  /** [kWh] */
  capacity: number | null;
  /** [kW] */
  charge: number | null;
  /** [kW] */
  discharge: number | null;
  /** [% of the forecast] */
  pv: number | null;
  load: number | null;
  /** [currency/kWh] */
  importAdd: number | null;
  exportAdd: number | null;
  risk: number | null;
  exporting: boolean | null;
  relaxed: boolean;
  /** As if there were no battery. */
  none: boolean;
}

export const AS_IT_IS: Wish = {
  capacity: null,
  charge: null,
  discharge: null,
  pv: null,
  load: null,
  importAdd: null,
  exportAdd: null,
  risk: null,
  exporting: null,
  relaxed: false,
  none: false,
};

const PATHS = {
  capacity: "battery.capacity_kwh",
  charge: "battery.max_charge_kw",
  discharge: "battery.max_discharge_kw",
  pv: "pv_factor",
  load: "load_factor",
  importAdd: "import_add_per_kwh",
  exportAdd: "export_add_per_kwh",
  risk: "risk_appetite",
  exporting: "export_enabled",
} as const;
type Field = keyof typeof PATHS;
const FIELDS = Object.keys(PATHS) as Field[];
const LEAST_RESERVE = 5;

export type Changes = Record<string, number | boolean | null>;

/** The wish in the names that the planner takes; empty: nothing is different. */
export function changesOf(wish: Wish, hasBattery: boolean): Changes {
  const changes: Changes = {};
  const battery = hasBattery && !wish.none;
  if (hasBattery && wish.none) changes["battery"] = null;
  if (wish.relaxed) {
    changes["risk_appetite"] = LEAST_RESERVE;
    if (battery) changes["battery.wear_cost_per_kwh"] = 0;
  }
  for (const field of FIELDS) {
    const value = wish[field];
    if (value === null || (!battery && PATHS[field].startsWith("battery."))) continue;
    const share = field === "pv" || field === "load";
    changes[PATHS[field]] = share && typeof value === "number" ? value / 100 : value;
  }
  return changes;
}

/** A short name for a wish, of what is different. */
export function nameOf(wish: Wish): string {
  const words = m.lab.named;
  const parts = FIELDS.flatMap((field) => {
    const value = wish[field];
    if (value === null || (wish.none && PATHS[field].startsWith("battery."))) return [];
    if (field === "exporting") return [value ? words.sells : words.sellsNot];
    return [words[field](figure(field, value as number))];
  });
  if (wish.none) parts.unshift(words.none);
  if (wish.relaxed) parts.push(words.relaxed);
  return parts.join(", ");
}

function figure(field: Field, value: number): string {
  if (field === "importAdd" || field === "exportAdd") return `${value > 0 ? "+" : ""}${price(value)}`;
  return number(value, Number.isInteger(value) ? 0 : 1);
}

export const FIGURES = [
  "cost",
  "import_cost",
  "export_revenue",
  "wear_cost",
  "stored_worth",
  "import_kwh",
  "export_kwh",
] as const satisfies readonly (keyof Money)[];
export type Figure = (typeof FIGURES)[number];
export type Figures = Readonly<Record<Figure, number | null>>;

/** Of which figures more is better. */
export const BETTER_HIGH: readonly Figure[] = ["export_revenue", "stored_worth"];

/** What a what-if comes to; energies are summed up from its plan. */
export function figuresOf(answer: Simulated): Figures {
  return {
    cost: answer.cost,
    import_cost: answer.import_cost,
    export_revenue: answer.export_revenue,
    wear_cost: answer.wear_cost,
    stored_worth: answer.stored_worth,
    import_kwh: energy(answer.schedule, "import_kw"),
    export_kwh: energy(answer.schedule, "export_kw"),
  };
}

const SLOTS_PER_HOUR = 4;

function energy(schedule: Schedule | null, flow: "import_kw" | "export_kw"): number | null {
  if (!schedule) return null;
  return schedule.slots.reduce((sum, slot) => sum + slot[flow], 0) / SLOTS_PER_HOUR;
}

/** The figure with its unit, and how it differs from `usual` where both are known. */
export function told(
  key: Figure,
  value: number | null,
  usual: number | null,
): { text: string; difference: string; better: boolean | null } {
  if (value === null) return { text: "–", difference: "", better: null };
  const digits = key.endsWith("_kwh") ? 1 : 2;
  const text = number(value, digits);
  if (usual === null) return { text, difference: "", better: null };
  const by = value - usual;
  const shown = number(by, digits);
  if (Number(by.toFixed(digits)) === 0) return { text, difference: "±0", better: null };
  const money = !key.endsWith("_kwh");
  const better = money ? by > 0 === BETTER_HIGH.includes(key) : null;
  return { text, difference: by > 0 ? `+${shown}` : shown, better };
}

export interface Step {
  /** Asked for [kWh]. */
  kwh: number;
  realised_kwh: number;
  hours: string[];
  money: Money;
  usual: Money | null;
  net: number | null;
  reason: string;
}

export const MOST_STEPS = 20;

/** Steps up to and with `most`, or the sentence that says why there are none. */
export function stepsOf(most: number | null, step: number | null): number[] | string {
  if (!most || !step || most <= 0 || step <= 0) return m.lab.sale.needsPositive;
  const count = Math.ceil(most / step - 1e-9);
  if (count > MOST_STEPS) return m.lab.sale.tooMany(MOST_STEPS);
  return Array.from({ length: count }, (_, n) => Math.min(most, round((n + 1) * step)));
}

/** The step that gains most; null: none gains anything. */
export function bestOf(steps: readonly Step[]): Step | null {
  const gaining = steps.filter((one) => (one.net ?? 0) >= 0.005);
  return gaining.reduce<Step | null>(
    (best, one) => (best === null || (one.net ?? 0) > (best.net ?? 0) ? one : best),
    null,
  );
}

/** Runs of quarter hours that follow each other, as [start, end) [ms]. */
export function stretches(hours: readonly string[], step: number): [number, number][] {
  const found: [number, number][] = [];
  for (const start of hours.map((one) => Date.parse(one)).sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last && last[1] === start) last[1] = start + step;
    else found.push([start, start + step]);
  }
  return found;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
