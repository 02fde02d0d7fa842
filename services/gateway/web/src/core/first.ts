// Whether the first steps are to be offered.

import type { Bundle } from "../live/types";

/** Whether this house has never had a plan, and nothing is known of it yet. */
export function isFirstRun(bundle: Bundle): boolean {
  const state = bundle.house_state;
  const known = state && [state.soc_percent, state.load_kw, state.import_kw, state.pv_kw].some(
    (reading) => reading.value !== null,
  );
  return bundle.schedule === null && !known;
}
