import { describe, expect, it } from "vitest";
import { byLead, canGoBack, familiesOf, largestError, seasonsOf } from "../src/components/aurora/models";
import { apart, costsOf, type DaySums } from "../src/components/aurora/outcomes";
import { dialOf, ruleName, strategyLog, type StrategyRow } from "../src/components/aurora/strategy";
import type { ModelCard, Models, Score } from "../src/components/aurora/types";
import type { House } from "../src/live/types";

function card(more: Partial<ModelCard>): ModelCard {
  return {
    quantity: "load",
    version: "v",
    level: "graduate",
    basis: "",
    state: "current",
    trained_at: null,
    promoted_at: null,
    from_slot: null,
    to_slot: null,
    features: [],
    reason: "",
    scores: {},
    ...more,
  };
}

function score(more: Partial<Score>): Score {
  return {
    quantity: "load",
    lead: "all",
    season: "all",
    slots: 1,
    mae: 1,
    bias: 0,
    pinball: 0,
    coverage: null,
    baseline: "",
    baseline_mae: null,
    skill: null,
    ...more,
  };
}

const house = (has_solar: boolean): House => ({ has_solar }) as House;
const models = (...cards: ModelCard[]): Models => ({
  cards,
  scores: [],
  next_training_at: null,
  training: false,
});

describe("models", () => {
  it("are told by what they foretell, the one in use apart from the others, newest first", () => {
    const old = card({ version: "old", state: "former", trained_at: "2026-06-01T00:00:00Z" });
    const bad = card({ version: "bad", state: "rejected", trained_at: "2026-06-08T00:00:00Z" });
    const used = card({ version: "used" });
    const [family] = familiesOf(models(old, bad, used), house(true));
    expect(family?.current).toBe(used);
    expect(family?.others).toEqual([bad, old]);
  });

  it("of the sun are not told in a house without panels", () => {
    const both = models(card({}), card({ quantity: "pv" }));
    expect(familiesOf(both, house(false)).map((one) => one.quantity)).toEqual(["load"]);
    expect(familiesOf(both, house(true)).map((one) => one.quantity)).toEqual(["load", "pv"]);
  });

  it("can be gone back to only where one was in use before", () => {
    const [rejected] = familiesOf(models(card({}), card({ state: "rejected" })), house(true));
    const [former] = familiesOf(models(card({ state: "former" })), house(true));
    expect([rejected, former].map((one) => one && canGoBack(one))).toEqual([false, true]);
  });
});

describe("scores", () => {
  it("stand by lead time, all of them last", () => {
    const leads = ["all", "24-48", "0-6", "6-12"].map((lead) => score({ lead }));
    expect(byLead(leads, "load", "all").map((one) => one.lead)).toEqual(["0-6", "6-12", "24-48", "all"]);
  });

  it("are of one quantity and one season", () => {
    const some = [score({}), score({ season: "winter" }), score({ quantity: "pv", season: "summer" })];
    expect(byLead(some, "load", "winter")).toEqual([some[1]]);
    expect(seasonsOf(some, "load")).toEqual(["all", "winter"]);
    expect(seasonsOf(some, "price")).toEqual([]);
  });

  it("are drawn against the largest error, the simple rule's too", () => {
    expect(largestError([score({ mae: 2 }), score({ baseline_mae: 3 })])).toBe(3);
    expect(largestError([])).toBe(0);
  });
});

describe("plan and reality", () => {
  it("are apart where both are known", () => {
    expect(apart([10, 20, null, 40], [12, 16, 5, null])).toBe(3);
    expect(apart([null], [1])).toBeNull();
  });

  it("are summed up over the days that had a plan, newest first", () => {
    const day = (name: string, planned: number | null, was: number | null): DaySums => ({
      day: name,
      planned_slots: 96,
      expected_slots: 96,
      planned_cost: planned,
      cost_where_planned: was,
    });
    const found = costsOf([day("a", 1, 2), day("b", null, 5), day("c", 3, 3.5)]);
    expect(found.days.map((one) => one.day)).toEqual(["c", "a"]);
    expect([found.planned, found.actual]).toEqual([4, 5.5]);
  });
});

describe("the strategy's log", () => {
  const row = (at: string, more: Record<string, unknown> = {}, rules: string[] = []): StrategyRow => ({
    emitted_at: at,
    risk_appetite: 3,
    terminal_value_per_kwh: 1,
    rules: JSON.stringify(rules.map((rule) => ({ rule, changed: "", reason: `why ${rule}` }))),
    ...more,
  });

  it("tells what changed, newest first", () => {
    const log = strategyLog([
      row("1", { risk_appetite: 2 }),
      row("2", { risk_appetite: 3 }),
      row("3", { risk_appetite: 3, vacation: true }),
    ]);
    expect(log.map((one) => one.changes)).toEqual([["Vacation: – → yes"], ["Risk: 2 → 3"]]);
  });

  it("tells which rules began and ended, and why they began", () => {
    const [second, first] = strategyLog([row("1"), row("2", {}, ["vacation"]), row("3")]);
    expect(first?.changes).toEqual(["Vacation began"]);
    expect(first?.began.map((one) => one.reason)).toEqual(["why vacation"]);
    expect(second?.changes).toEqual(["Vacation ended"]);
  });

  it("leaves out what nobody would notice, until it adds up", () => {
    const drift = [1, 1.02, 1.04, 1.06].map((worth, n) =>
      row(String(n), { terminal_value_per_kwh: worth }),
    );
    expect(strategyLog(drift).map((one) => one.changes)).toEqual([["Worth of a stored kWh: 1 → 1.06"]]);
    expect(strategyLog([])).toEqual([]);
  });

  it.each([
    ["target_soc_percent", 41, "41 %"],
    ["weather_volatility", 0.22, "22 %"],
    ["price_regime", "wide", "wild"],
    ["vacation", false, "no"],
    ["s_index", null, "–"],
    ["s_index", 1.125, "1.13"],
  ])("reads %s of %s as %s", (key, value, told) => {
    expect(dialOf(key, value)).toBe(told);
  });

  it("names rules that it does not know by their names", () => {
    expect([ruleName("vacation"), ruleName("some_new_rule")]).toEqual(["Vacation", "some new rule"]);
  });
});
