// How things stand with the executor, in one word, and what it commands, in facts.

import { kw, number, percent, type HouseTime } from "../../core/format";
import type { ScheduleSlot } from "../../live/types";
import { m } from "../../messages";
import type { Command, Control, Seen } from "./types";

export type State =
  | "unknown"
  | "off"
  | "paused"
  | "override"
  | "notFollowing"
  | "shadow"
  | "following";

/** The one thing to know first: who has the house in hand. */
export function stateOf(control: Control | null, now: number): State {
  if (!control) return "unknown";
  if (!control.automation) return "off";
  if (control.paused_until && Date.parse(control.paused_until) > now) return "paused";
  if (control.shadow) return "shadow"; // whatever is asked for, nothing is written
  if (control.following.state === "not_following") return "notFollowing";
  if (control.override && Date.parse(control.override.until) > now) return "override";
  return "following";
}

/** What that means, in a sentence. */
export function hintOf(state: State, control: Control | null, time: HouseTime, now: number): string {
  const hints = m.executor.status.hints;
  if (state === "paused") return hints.paused(time.near(control?.paused_until ?? now, now));
  if (state === "override") return hints.override(time.near(control?.override?.until ?? now, now));
  if (state === "following" && control?.following.state !== "following") return hints.unproven;
  return hints[state];
}

export interface Fact {
  key: string;
  name: string;
  value: string;
}

type Part = Exclude<keyof Command, "intent">;

const PARTS: readonly Part[] = [
  "charge_kw",
  "discharge_kw",
  "export_kw",
  "soc_target_percent",
  "grid_kw",
  "until",
  "water_temperature_c",
  "water_on",
  "evs",
];

/** What is commanded, part by part; what says nothing is left out. */
export function factsOf(command: Partial<Command> | null, time: HouseTime): Fact[] {
  return PARTS.flatMap((key) => {
    const value = partOf(command, key, time);
    return value === null ? [] : [{ key, name: m.executor.facts[key], value }];
  });
}

/** One part of a command as people read it; null: it says nothing of it. */
export function partOf(
  command: Partial<Command> | null,
  key: Part,
  time: HouseTime,
): string | null {
  const value = command?.[key];
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? m.executor.facts.on : m.executor.facts.off;
  if (typeof value === "string") return time.time(value);
  if (typeof value === "object") return evsOf(value);
  if (key === "soc_target_percent") return `${percent(value)} %`;
  if (key === "water_temperature_c") return `${number(value, 0)} °C`;
  return `${kw(value)} kW`;
}

function evsOf(evs: Record<string, number>): string | null {
  const all = Object.entries(evs).map(([id, power]) => `${id} ${kw(power)} kW`);
  return all.length ? all.join(", ") : null;
}

/** What was measured, as people read it; null: not known. */
export function seenOf(seen: Seen | null, key: string): string | null {
  const value = seen?.[key];
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (key === "soc_percent") return `${number(value, 1)} %`;
  return key.endsWith("_c") ? `${number(value, 1)} °C` : `${number(value, 2)} kW`;
}

/** A setting's value as it stands in a device. */
export function settingOf(value: number | string | boolean | null): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? m.executor.on : m.executor.off;
  if (typeof value === "string") return value;
  return number(value, Number.isInteger(value) ? 0 : 1);
}

const FLOWS = [
  ["charge", "charge_kw"],
  ["discharge", "discharge_kw"],
  ["import", "import_kw"],
  ["export", "export_kw"],
  ["water", "water_kw"],
  ["ev", "ev_kw"],
] as const;
const FLOW_KW = 0.05;

/** What a planned slot sends where, in words. */
export function flowsOf(slot: ScheduleSlot & { ev_kw?: number }): string[] {
  const sends = m.executor.status.sends;
  const found = FLOWS.flatMap(([name, key]) => {
    const power = slot[key] ?? 0;
    return power >= FLOW_KW ? [sends[name](kw(power))] : [];
  });
  return found.length ? found : [sends.nothing];
}

const GROUPS: Record<string, string> = {
  charge: "battery",
  export: "battery",
  soc: "battery",
  water: "water",
  legionella: "water",
  ev: "ev",
  override: "wishes",
  pause: "wishes",
  grid: "trouble",
  peak: "trouble",
  not: "trouble",
  write: "trouble",
  plan: "trouble",
};

export interface Toggle {
  kind: string;
  name: string;
  on: boolean;
}

/** Kinds of notification by what they are about, for the house's own devices first. */
export function togglesOf(
  notifications: Readonly<Record<string, boolean>>,
): { group: string; toggles: Toggle[] }[] {
  const groups = new Map(Object.keys(m.executor.told.groups).map((name) => [name, [] as Toggle[]]));
  for (const [kind, on] of Object.entries(notifications)) {
    const group = GROUPS[kind.split("_")[0] ?? ""] ?? "other";
    const name = m.executor.told.kinds[kind] ?? kind.replaceAll("_", " ");
    groups.get(group)?.push({ kind, name, on });
  }
  return [...groups].flatMap(([group, toggles]) => (toggles.length ? [{ group, toggles }] : []));
}
