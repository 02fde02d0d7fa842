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

/** The days of which a plan is known, newest first, and what they come to together. */
export function costsOf(rows: readonly DaySums[]): { days: DaySums[]; planned: number; actual: number } {
  const days = rows
    .filter((one) => one.planned_cost !== null && one.cost_where_planned !== null)
    .toReversed();
  const sum = (of: (one: DaySums) => number | null): number =>
    days.reduce((total, one) => total + (of(one) ?? 0), 0);
  return { days, planned: sum((one) => one.planned_cost), actual: sum((one) => one.cost_where_planned) };
}
