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
  ev_kw: Reading;
  grid_available: boolean | null;
  alarm_armed: boolean | null;
  work_mode: string | null;
}

/** What a service says about itself. */
export interface ServiceStatus {
  emitted_at: string;
  online: boolean;
  version: string;
  started_at: string | null;
  issues: Issue[];
}

export type ServiceName = "planner" | "executor" | "recorder" | "forecaster" | "gateway";

export interface RuleEffect {
  rule: string;
  changed: string;
  reason: string;
}

/** How the planner looks at the days ahead. */
export interface Strategy {
  emitted_at: string;
  /** 1 keeps most in reserve, 5 least. */
  risk_appetite: number;
  /** 1 saves most, 5 is never cold. */
  comfort: number;
  vacation: boolean;
  /** Null: until told. */
  vacation_until: string | null;
  export_enabled: boolean;
  price_regime: "narrow" | "usual" | "wide";
  weather_volatility: number | null;
  legionella_due: boolean;
  target_soc_percent: number | null;
  s_index: number | null;
  terminal_value_per_kwh: number | null;
  rules: RuleEffect[];
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
  curtailed_kw: number;
  water_kw: number;
  ev_kw: number;
  /** Into each vehicle that is planned for [kW]. */
  evs: Record<string, number>;
  soc_percent: number | null;
  load_kw: number;
  pv_kw: number;
  import_per_kwh: number;
  export_per_kwh: number;
  price_kind: "published" | "forecast";
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
  manual_blocks: ManualBlock[];
}

export type BlockAction = "charge" | "export" | "hold" | "heat";

/** What a person decides for a while; without a power it is as much as can be. */
export interface ManualBlock {
  action: BlockAction;
  start: string;
  end: string;
  power_kw: number | null;
}

/** What a plan comes to [currency], and its energies [kWh]. */
export interface Money {
  cost: number;
  objective: number;
  import_cost: number;
  export_revenue: number;
  wear_cost: number;
  stored_worth: number;
  import_kwh: number;
  export_kwh: number;
}

/** The answer to a what-if. */
export interface Simulated {
  accepted: boolean;
  reason: string;
  status: Schedule["status"] | null;
  cost: number | null;
  objective: number | null;
  objective_change: number | null;
  import_cost: number | null;
  export_revenue: number | null;
  wear_cost: number | null;
  stored_worth: number | null;
  usual: Money | null;
  schedule: Schedule | null;
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

/** What the inverter and the heater are to do; a power is at most, null no limit. */
export interface Command {
  intent: Intent;
  charge_kw: number | null;
  discharge_kw: number | null;
  export_kw: number | null;
  soc_target_percent: number | null;
  water_temperature_c: number | null;
}

export interface ControlState {
  command: Command;
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
  ev_kwh: number | null;
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
  services: Record<ServiceName, ServiceStatus | null>;
  strategy: Strategy | null;
  prices: Prices | null;
  load_forecast: Forecast | null;
  pv_forecast: Forecast | null;
  house_state: HouseState | null;
  schedule: Schedule | null;
  plan_status: PlanStatus | null;
  control_state: ControlState | null;
  closed_slots: ClosedSlot[];
}

/** A text of the gateway; `run` tells its runs apart, for each counts its texts anew. */
export type Push = { sequence: number; now: string; run?: string } & (
  | { type: "bundle"; bundle: Bundle }
  | { type: "changes"; changes: Partial<Bundle> }
  | { type: "tick" }
);
