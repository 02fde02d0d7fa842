// What the gateway says of a time in sums, and what the page makes of it: bars, words, a table.

/** Sums over local days, as `GET api/energy` tells them; null is unknown. */
export interface Energy {
  start: string;
  end: string;
  days: number;
  coverage: number | null;
  load_kwh: number | null;
  pv_kwh: number | null;
  import_kwh: number | null;
  export_kwh: number | null;
  charge_kwh: number | null;
  discharge_kwh: number | null;
  water_kwh: number | null;
  ev_kwh: number | null;
  cost: number | null;
  cost_without_battery: number | null;
  cost_self_consumption: number | null;
  cost_perfect_foresight: number | null;
  foresight_days: number | null;
  cost_where_foresight: number | null;
  cost_without_battery_where_foresight: number | null;
  wear_cost: number | null;
  stored_worth: number | null;
  saved: number | null;
  saved_with_stored: number | null;
  saved_by_planning: number | null;
  saved_by_planning_with_stored: number | null;
  cycles: number | null;
  self_consumption: number | null;
  self_sufficiency: number | null;
}

export interface Report {
  first: string;
  last: string;
  by: "day" | "week" | "month" | "year";
  currency: string;
  total: Energy;
  rows: Energy[];
}

/** Saved against no battery, with what is still in it where that is known. */
export function saved(of: Energy): number | null {
  return of.saved_with_stored ?? of.saved;
}

/** Saved against a battery that knows no prices. */
export function savedByPlanning(of: Energy): number | null {
  return of.saved_by_planning_with_stored ?? of.saved_by_planning;
}

/** What perfect foresight would have cost less, on the days of which it is worked out. */
export function missed(of: Energy): number | null {
  if (of.cost_perfect_foresight === null || of.cost_where_foresight === null) return null;
  return of.cost_where_foresight - of.cost_perfect_foresight;
}

/** Which share of what could be saved was saved, on those same days; null where nothing could be. */
export function captured(of: Energy): number | null {
  const bare = of.cost_without_battery_where_foresight;
  const best = of.cost_perfect_foresight;
  if (bare === null || best === null || of.cost_where_foresight === null || bare <= best) return null;
  return (bare - of.cost_where_foresight) / (bare - best);
}

export interface Bar {
  /** Whose: the number of its row. */
  row: number;
  /** From the left and from the top, in shares of the whole. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The largest and the smallest value there is; always with zero in between. */
export function rangeOf(values: readonly (number | null)[]): { low: number; high: number } {
  const known = values.filter((value) => value !== null);
  const low = Math.min(0, ...known);
  const high = Math.max(0, ...known);
  return low === high ? { low: 0, high: 1 } : { low, high };
}

/**
 * Bars of several series, beside each other in the place of their row, from zero up or down.
 * What is unknown has no bar.
 */
export function barsOf(series: readonly (readonly (number | null)[])[]): Bar[][] {
  const { low, high } = rangeOf(series.flat());
  const span = high - low;
  const rows = Math.max(1, ...series.map((values) => values.length));
  const width = 0.76 / rows / series.length;
  return series.map((values, place) =>
    values.flatMap((value, row) =>
      value === null
        ? []
        : [
            {
              row,
              x: (row + 0.12) / rows + place * width,
              y: (high - Math.max(0, value)) / span,
              width: width * 0.9,
              height: Math.abs(value) / span,
            },
          ],
    ),
  );
}

/** Rows whose names fit beneath the bars: every n-th, so that at most `most` are named. */
export function named(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: count }, (_, row) => row).filter((row) => row % step === 0);
}

const COLUMNS = [
  ...["start", "end", "days", "coverage", "cost", "cost_without_battery"],
  ...["cost_self_consumption", "cost_perfect_foresight", "cost_where_foresight", "wear_cost"],
  ...["stored_worth", "saved", "saved_with_stored", "saved_by_planning"],
  ...["saved_by_planning_with_stored", "load_kwh", "pv_kwh", "import_kwh", "export_kwh"],
  ...["charge_kwh", "discharge_kwh", "water_kwh", "ev_kwh", "cycles", "self_consumption"],
  "self_sufficiency",
] as (keyof Energy)[];

/** The rows as a table that spreadsheets read: names as in the API, points in numbers. */
export function csv(report: Report): string {
  const head = [...COLUMNS, "currency"].join(",");
  const lines = report.rows.map((row) =>
    [...COLUMNS.map((name) => String(row[name] ?? "")), report.currency].join(","),
  );
  return [head, ...lines, ""].join("\r\n");
}
