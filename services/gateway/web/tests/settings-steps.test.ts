import { describe, expect, it } from "vitest";
import { put } from "../src/core/settings/path";
import { isFirstRun } from "../src/core/first";
import { BATTERY_KEYS, HOUSE_KEYS, priceKeys, progress, WATER_KEYS } from "../src/core/settings/steps";
import { nodeAt } from "../src/core/settings/tree";
import type { Bundle } from "../src/live/types";
import { example } from "./settings-example";

const AT = Date.parse("2026-06-12T12:00:00Z");

function bundle(more: object = {}): Bundle {
  return {
    house: { battery_kwh: 10, has_solar: true },
    health: { overall: "ok", groups: [] },
    prices: null,
    load_forecast: null,
    pv_forecast: null,
    house_state: null,
    schedule: null,
    ...more,
  } as unknown as Bundle;
}

const slots = { slots: [{}] };
const state = (soc: number | null): object => ({
  soc_percent: { value: soc },
  load_kw: { value: null },
  import_kw: { value: null },
  pv_kw: { value: null },
});
const plan = (at: number): object => ({ issued_at: new Date(at).toISOString(), slots: [{}] });
const done = (seen: Bundle, since: number | null = null): string[] =>
  progress(seen, since).filter((one) => one.done).map((one) => one.stage);

describe("what is asked", () => {
  it("has a field for each key", () => {
    const values = put(example.values, "prices.sources", ["energy_charts", "home_assistant", "mqtt", "csv", "fixed"]);
    for (const key of [...priceKeys(values), ...HOUSE_KEYS, ...BATTERY_KEYS, ...WATER_KEYS])
      expect(nodeAt(example.groups, key)?.key).toBe(key);
  });

  it("is about the price sources that were chosen", () => {
    const asked = (...sources: string[]): string[] =>
      priceKeys(put(example.values, "prices.sources", sources));
    expect(asked("nordpool")).not.toContain("prices.entity");
    expect(asked("home_assistant")).toContain("prices.entity");
    expect(asked("energy_charts")).toContain("prices.eur_rate");
    const euro = put(put(example.values, "prices.sources", ["energy_charts"]), "tariff.currency", "EUR");
    expect(priceKeys(euro)).not.toContain("prices.eur_rate");
  });
});

describe("the way to the first plan", () => {
  it("is told as far as it has come", () => {
    expect(done(bundle())).toEqual([]);
    expect(done(bundle({ house_state: state(null) }))).toEqual([]);
    expect(done(bundle({ house_state: state(40), prices: slots }))).toEqual(["house", "prices"]);
    expect(done(bundle({ load_forecast: slots, schedule: plan(AT) }))).toEqual(["load", "plan"]);
  });

  it("needs no state of charge without a battery, and no sun without panels", () => {
    const house = { battery_kwh: null, has_solar: false };
    const seen = bundle({ house, house_state: state(null) });
    expect(progress(seen, null).map((one) => one.stage)).toEqual(["house", "prices", "load", "plan"]);
    expect(done(seen)).toEqual(["house"]);
  });

  it("does not take an older plan for the first one", () => {
    expect(done(bundle({ schedule: plan(AT - 1000) }), AT)).toEqual([]);
    expect(done(bundle({ schedule: plan(AT) }), AT)).toEqual(["plan"]);
  });

  it("says what keeps a stage from coming, once, and nothing of what is there", () => {
    const issue = { severity: "error", message: "No sun.", guidance: "Wait." };
    const groups = [{ category: "forecaster", online: true, issues: [issue, issue, { ...issue, severity: "info" }] }];
    const seen = progress(bundle({ health: { overall: "degraded", groups }, prices: slots }), null);
    expect(seen.map((one) => one.troubles)).toEqual([[], [], ["No sun. Wait."], ["No sun. Wait."], []]);
  });

  it("is offered in a house of which nothing is known", () => {
    expect(isFirstRun(bundle())).toBe(true);
    expect(isFirstRun(bundle({ house_state: state(null) }))).toBe(true);
    expect(isFirstRun(bundle({ house_state: state(40) }))).toBe(false);
    expect(isFirstRun(bundle({ schedule: plan(AT) }))).toBe(false);
  });
});
