// The first steps in a new house: what is asked, and how far the first plan has come.

import type { Bundle, Severity } from "../../live/types";
import { at, type Json, type Tree } from "./path";

export const STEPS = ["broker", "roles", "prices", "devices", "shadow", "plan"] as const;
export type Step = (typeof STEPS)[number];

/** What is asked about prices, by the sources that are chosen. */
export function priceKeys(values: Tree): string[] {
  const sources = (at(values, "prices.sources") as Json[] | undefined) ?? [];
  const own: Record<string, string[]> = {
    energy_charts: at(values, "tariff.currency") === "EUR" ? [] : ["prices.eur_rate"],
    home_assistant: ["prices.entity"],
    mqtt: ["prices.topic"],
    csv: ["prices.csv_path"],
    fixed: ["prices.fixed_per_kwh"],
  };
  return [
    ...["timezone", "tariff.area", "tariff.currency", "prices.sources"],
    ...sources.flatMap((source) => own[String(source)] ?? []),
    ...["tariff.vat_percent", "tariff.energy_tax_per_kwh", "tariff.grid_fee_per_kwh"],
    "tariff.export_compensation_per_kwh",
  ];
}

export const HOUSE_KEYS = ["inverter.profile", "grid.max_import_kw", "grid.max_export_kw"];
export const BATTERY_KEYS = [
  ...["battery.capacity_kwh", "battery.min_soc_percent", "battery.max_soc_percent"],
  ...["battery.max_charge_kw", "battery.max_discharge_kw"],
];
export const WATER_KEYS = ["water_heater.power_kw", "water_heater.daily_min_kwh"];

export type Stage = "house" | "prices" | "load" | "sun" | "plan";

/** How far one thing has come that the first plan needs. */
export interface Progress {
  stage: Stage;
  done: boolean;
  /** What keeps it from coming, as its service says. */
  troubles: string[];
}

const SERVICE: Record<Stage, string> = {
  house: "executor",
  prices: "forecaster",
  load: "forecaster",
  sun: "forecaster",
  plan: "planner",
};

/** What the first plan needs, in the order it comes; `since` is when the settings were saved [ms]. */
export function progress(bundle: Bundle, since: number | null): Progress[] {
  const soc = bundle.house_state?.soc_percent.value ?? null;
  const done: Record<Stage, boolean> = {
    house: bundle.house_state !== null && (bundle.house.battery_kwh === null || soc !== null),
    prices: (bundle.prices?.slots.length ?? 0) > 0,
    load: (bundle.load_forecast?.slots.length ?? 0) > 0,
    sun: (bundle.pv_forecast?.slots.length ?? 0) > 0,
    plan: isNew(bundle, since),
  };
  const stages: Stage[] = ["house", "prices", "load", ...(bundle.house.has_solar ? (["sun"] as const) : []), "plan"];
  return stages.map((stage) => ({
    stage,
    done: done[stage],
    troubles: done[stage] ? [] : troubles(bundle, SERVICE[stage]),
  }));
}

function isNew(bundle: Bundle, since: number | null): boolean {
  const issued = bundle.schedule?.issued_at;
  return issued !== undefined && (since === null || Date.parse(issued) >= since);
}

function troubles(bundle: Bundle, service: string): string[] {
  const worst: Severity[] = ["error", "warning"];
  const issues = bundle.health.groups
    .filter((group) => group.category === service)
    .flatMap((group) => group.issues)
    .filter((issue) => worst.includes(issue.severity));
  return [...new Set(issues.map((issue) => `${issue.message} ${issue.guidance}`.trim()))];
}
