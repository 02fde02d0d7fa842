// The messages of the contract as JSON: the part of each that the page reads.

export type Severity = "info" | "warning" | "error";

export interface Reading {
  value: number | null;
  measured_at: string | null;
}

export interface House {
  site: string;
  timezone: string;
  currency: string;
  area: string;
  has_solar: boolean;
  has_water_heater: boolean;
  battery_kwh: number | null;
  min_soc_percent: number | null;
  max_soc_percent: number | null;
  clock_speed: number;
  version: string;
}

export interface HouseState {
  emitted_at: string;
  soc_percent: Reading;
  pv_kw: Reading;
  load_kw: Reading;
  import_kw: Reading;
  export_kw: Reading;
  charge_kw: Reading;
  discharge_kw: Reading;
  water_kw: Reading;
  water_temperature_c: Reading;
}

export interface PriceSlot {
  start: string;
  import_per_kwh: number;
  export_per_kwh: number;
  kind: "published" | "forecast";
}

export interface Prices {
  area: string;
  currency: string;
  slots: PriceSlot[];
}

export interface QuantileSlot {
  start: string;
  p10_kw: number;
  p50_kw: number;
  p90_kw: number;
}

export interface Forecast {
  issued_at: string;
  level: string;
  slots: QuantileSlot[];
}

export interface ScheduleSlot {
  start: string;
  import_kw: number;
  export_kw: number;
  charge_kw: number;
  discharge_kw: number;
  water_kw: number;
  soc_percent: number | null;
  load_kw: number;
  pv_kw: number;
  reason: string;
}

export interface Schedule {
  message_id: string;
  issued_at: string;
  valid_until: string;
  status: "optimal" | "feasible" | "fallback";
  currency: string;
  cost: number;
  gap: number;
  solver: string;
  solve_seconds: number;
  soc_percent_at_start: number | null;
  slots: ScheduleSlot[];
  why: string[];
}

export interface PlanStatus {
  running: boolean;
  last_success_at: string | null;
  next_run_at: string | null;
  last_error: string | null;
}

export type OverrideAction =
  | "force_charge"
  | "force_export"
  | "force_heat"
  | "hold"
  | "self_consume"
  | "stop";

export type Intent =
  | "charge_from_grid"
  | "charge_from_pv"
  | "self_consume"
  | "discharge"
  | "export"
  | "hold"
  | "curtail"
  | "idle";

export interface Following {
  state: "following" | "not_following" | "unknown";
  asked: string;
  seen: string;
  tried: string;
  since: string | null;
}

export interface ControlState {
  command: { intent: Intent; water_temperature_c: number | null };
  rule: string;
  reason: string;
  shadow: boolean;
  override: { action: OverrideAction; until: string } | null;
  water_boost_until: string | null;
  paused_until: string | null;
  next_slot_start: string | null;
  automation: boolean;
  trimmed: string | null;
  following: Following;
  grid_available: boolean | null;
}

export interface ClosedSlot {
  start: string;
  load_kwh: number | null;
  pv_kwh: number | null;
  import_kwh: number | null;
  export_kwh: number | null;
  charge_kwh: number | null;
  discharge_kwh: number | null;
  water_kwh: number | null;
  soc_percent_start: number | null;
  soc_percent_end: number | null;
  import_per_kwh: number | null;
  export_per_kwh: number | null;
}

export interface Issue {
  key: string;
  severity: Severity;
  message: string;
  guidance: string;
  entity: string | null;
  since: string | null;
}

export interface HealthGroup {
  category: string;
  online: boolean | null;
  issues: Issue[];
}

export interface Health {
  overall: "ok" | "degraded" | "down";
  groups: HealthGroup[];
}

export interface Bundle {
  house: House;
  health: Health;
  prices: Prices | null;
  load_forecast: Forecast | null;
  pv_forecast: Forecast | null;
  house_state: HouseState | null;
  schedule: Schedule | null;
  plan_status: PlanStatus | null;
  control_state: ControlState | null;
  closed_slots: ClosedSlot[];
}

export type Push =
  | { type: "bundle"; sequence: number; now: string; bundle: Bundle }
  | { type: "changes"; sequence: number; now: string; changes: Partial<Bundle> }
  | { type: "tick"; sequence: number; now: string };
