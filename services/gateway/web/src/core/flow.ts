// Where power comes from and goes to in the house, as measured.

import type { House, HouseState, Reading } from "../live/types";

export type Place = "sun" | "grid" | "battery" | "house" | "water" | "car";

export interface Flow {
  place: Place;
  /** How much power passes, whichever way [kW]; null: unknown. */
  kw: number | null;
  /** `in`: the place gives to the house's net; `out`: it takes. */
  way: "in" | "out" | "none";
  /** How old the measurement is [ms]; null while it is fresh, or there is none. */
  age: number | null;
}

const OLD_MS = 10 * 60_000;
const NOTICEABLE_KW = 0.02; // less is a meter's noise

/** The places this house has, each with what passes there at `now` [ms]. */
export function flows(house: House, state: HouseState | null, now: number): Flow[] {
  const fresh = (...readings: (Reading | undefined)[]): number | null => {
    const ages = readings.flatMap((reading) => {
      const at = reading?.measured_at ?? state?.emitted_at;
      return reading && reading.value !== null && at ? [now - Date.parse(at)] : [];
    });
    const oldest = Math.max(...ages);
    return oldest > OLD_MS ? oldest : null;
  };
  const both = (place: Place, gives?: Reading, takes?: Reading): Flow => {
    const net = difference(gives, takes);
    const way = net === null || Math.abs(net) < NOTICEABLE_KW ? "none" : net > 0 ? "in" : "out";
    return { place, kw: net === null ? null : Math.abs(net), way, age: fresh(gives, takes) };
  };
  const nothing: Reading = { value: 0, measured_at: state?.emitted_at ?? null };
  const found: Flow[] = [];
  if (house.has_solar) found.push(both("sun", state?.pv_kw, nothing));
  found.push(both("grid", state?.import_kw, state?.export_kw));
  if (house.battery_kwh !== null)
    found.push(both("battery", state?.discharge_kw, state?.charge_kw));
  found.push(both("house", nothing, state?.load_kw));
  if (house.has_water_heater) found.push(both("water", nothing, state?.water_kw));
  if (state && hasCar(state)) found.push(both("car", nothing, state.ev_kw));
  return found;
}

/** Energy in the battery [kWh]; null while it is unknown. */
export function stored(house: House, state: HouseState | null): number | null {
  const soc = state?.soc_percent.value ?? null;
  return soc === null || house.battery_kwh === null ? null : (soc / 100) * house.battery_kwh;
}

function hasCar(state: HouseState): boolean {
  return state.ev_kw !== undefined && state.ev_kw.value !== null;
}

/** One less the other; what is not known of one counts as nothing if the other is known. */
function difference(gives?: Reading, takes?: Reading): number | null {
  const [given, taken] = [gives?.value ?? null, takes?.value ?? null];
  if (given === null && taken === null) return null;
  // A measured nothing of the other side alone does not make a power known.
  if (given === null && taken === 0) return null;
  if (taken === null && given === 0) return null;
  return (given ?? 0) - (taken ?? 0);
}
