// What the executor says of itself, as JSON: the part of it that its page reads.

import type { Bundle, ControlState, Intent } from "../../live/types";

/** What inverter and heater are to do; null: no limit, or none there. */
export interface Command {
  intent: Intent;
  charge_kw: number | null;
  discharge_kw: number | null;
  export_kw: number | null;
  soc_target_percent: number | null;
  grid_kw: number | null;
  until: string | null;
  water_temperature_c: number | null;
  water_on: boolean | null;
  evs: Record<string, number>;
}

export type Control = ControlState & {
  command: Command;
  slot_start: string | null;
  water_rule: string;
  paused_until: string | null;
  notifications: Record<string, boolean>;
};

/** The house at one moment; what is null is not known. */
export type Seen = Record<string, number | string | null>;

export interface Write {
  role: string;
  entity: string | null;
  before: number | string | boolean | null;
  wanted: number | string | boolean;
  after: number | string | boolean | null;
  result: string;
  detail: string;
}

export interface Action {
  message_id: string;
  emitted_at: string;
  kind: string;
  slot_start: string | null;
  rule: string;
  reason: string;
  planned: Partial<Command> | null;
  commanded: Partial<Command>;
  writes: Write[];
  soc_percent: number | null;
  planned_soc_percent: number | null;
  override: { action: string; until: string } | null;
  before: Seen | null;
  after: Seen | null;
  skipped: string | null;
  ticks: number;
  version: string;
  success: boolean;
  duration_seconds: number;
}

/** The executor's part of the bundle, in full. */
export function controlOf(bundle: Bundle): Control | null {
  return bundle.control_state as Control | null;
}
