// What was planned beside what came of it.

export interface Outcome {
  start: string;
  soc_percent_end: number | null;
  planned_soc_percent_end: number | null;
}

export interface DaySums {
  day: string;
  planned_slots: number | null;
  expected_slots: number | null;
  planned_cost: number | null;
  cost_where_planned: number | null;
}

/** How far apart plan and reality were on average; null: nowhere are both known. */
export function apart(
  planned: readonly (number | null)[],
  actual: readonly (number | null)[],
): number | null {
  const found = planned.flatMap((value, index) => {
    const other = actual[index];
    return value === null || other == null ? [] : [Math.abs(value - other)];
  });
  return found.length ? found.reduce((sum, one) => sum + one, 0) / found.length : null;
}

/** All quarter hours from the first to the last of `starts`, so that gaps are seen [ms]. */
export function withoutGaps(starts: readonly number[], step: number): number[] {
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return [];
  return Array.from({ length: Math.round((last - first) / step) + 1 }, (_, n) => first + n * step);
}

/** How well the days ahead were foretold, in what came of them. */
export interface Fit {
  /** Share of what came that was in the band; null: none was known. */
  inBand: number | null;
  error: number | null;
}

export interface Foretold {
  low: number | null;
  middle: number | null;
  high: number | null;
  actual: number | null;
}

export function fitOf(all: readonly Foretold[]): Fit {
  const both = all.filter((one) => one.actual !== null && one.middle !== null);
  const banded = both.filter((one) => one.low !== null && one.high !== null);
  const inside = banded.filter((one) => one.low! <= one.actual! && one.actual! <= one.high!);
  return {
    inBand: banded.length ? inside.length / banded.length : null,
    error: apart(
      both.map((one) => one.middle),
      both.map((one) => one.actual),
    ),
  };
}

/** The days of which a plan is known, newest first, and what they come to together. */
export function costsOf(rows: readonly DaySums[]): { days: DaySums[]; planned: number; actual: number } {
  const days = rows
    .filter((one) => one.planned_cost !== null && one.cost_where_planned !== null)
    .toReversed();
  const sum = (of: (one: DaySums) => number | null): number =>
    days.reduce((total, one) => total + (of(one) ?? 0), 0);
  return { days, planned: sum((one) => one.planned_cost), actual: sum((one) => one.cost_where_planned) };
}
