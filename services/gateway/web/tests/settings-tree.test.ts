import { describe, expect, it } from "vitest";
import { likely, shelves, type Entity, type Role } from "../src/core/settings/entities";
import { entry, number, shown } from "../src/core/settings/entry";
import { put } from "../src/core/settings/path";
import { PROFILES, suggestions } from "../src/core/settings/suggestions";
import { arranged, found, groupOf, lacking, nodeAt, withBelow, type Node } from "../src/core/settings/tree";
import { pieces, plain } from "../src/core/settings/words";
import { HELP as SWEDISH_HELP, TITLES as SWEDISH } from "../src/messages/sv/keys";
import { HELP, TITLES } from "../src/messages/en/keys";
import { example } from "./settings-example";

const groups = arranged(example.groups);
const all = groups.flatMap((group) => group.nodes).flatMap(withBelow);
const node = (key: string): Node => nodeAt(groups, key) as Node;
const words = (one: Node) => ({ title: one.title, help: one.help });

describe("the tree", () => {
  it("shows every key once, the roles in a group of their own", () => {
    const before = example.groups.flatMap((group) => group.nodes).flatMap(withBelow);
    expect(new Set(all.map((one) => one.key))).toEqual(new Set(before.map((one) => one.key)));
    expect(all.length).toBe(before.length);
    expect(groupOf(groups, "executor.roles.battery_soc")).toBe("roles");
    expect(groupOf(groups, "executor.shadow")).toBe("executor");
    expect(groupOf(groups, "solar.arrays.0.tilt")).toBe("sun");
  });

  it.each([
    ["solar.arrays.0.tilt", "solar.arrays.tilt"],
    ["executor.roles.car/charging", "executor.roles"],
    ["battery", "battery"],
  ])("knows what describes %s", (place, key) => expect(node(place).key).toBe(key));

  it.each([
    ["planner.risk_appetite", "battery", null, "battery"],
    ["planner.comfort", "water_heater", null, "water_heater"],
    ["solar.arrays", "has_solar", false, "solar"],
    ["battery", "battery", null, null],
  ])("greys %s in a house without", (key, device, gone, lacks) => {
    expect(lacking(node(key), put(example.values, device, gone))).toBe(lacks);
    expect(lacking(node(key), put(put(example.values, device, {}), "has_solar", true))).toBeNull();
  });

  it("is searched by title, key and help, all words of the search", () => {
    const keys = (text: string): string[] =>
      found(groups, text, words).flatMap((group) => group.nodes).flatMap(withBelow).map((one) => one.key);
    expect(keys("capacity")).toContain("battery.capacity_kwh");
    expect(keys("capacity")).not.toContain("battery.min_soc_percent");
    expect(keys("nord pool")).toContain("prices.nordpool_url");
    expect(keys("   ")).toEqual([]);
    expect(keys("zzz")).toEqual([]);
  });
});

describe("what is typed", () => {
  it.each([
    ["12,5", 12.5],
    [" 1 000 ", 1000],
    ["-.5", -0.5],
    ["1e3", 1000],
    ["−4", -4],
    ["1.2.3", null],
    ["", null],
    ["12 kWh", null],
    ["NaN", null],
    ["Infinity", null],
  ])("%j is a number or none", (text, value) => expect(number(text)).toBe(value));

  it.each([
    ["battery.capacity_kwh", "0", "above"],
    ["battery.capacity_kwh", "", "empty"],
    ["battery.min_soc_percent", "101", "most"],
    ["battery.min_soc_percent", "-1", "least"],
    ["planner.horizon_hours", "4.5", "whole"],
    ["water_heater.defer_hours", "24", "below"],
    ["tariff.currency", "kr", "pattern"],
    ["forecaster.train.time", "", "empty"],
  ])("%s refuses %j: %s", (key, text, is) => {
    expect(entry(node(key), text)).toMatchObject({ fault: { is } });
  });

  it.each([
    ["grid.import_limit_kw", "", null],
    ["battery.capacity_kwh", "10", 10],
    ["tariff.currency", "SEK", "SEK"],
    ["household.region", "", null],
  ])("%s takes %j", (key, text, value) => expect(entry(node(key), text)).toEqual({ value }));

  it("comes back as it was shown, in every language", () => {
    for (const locale of ["en-GB", "sv-SE"])
      for (const value of [0, 0.05, 12.5, -3, 123456.789, 1e-9])
        expect(number(shown(value, locale))).toBe(value);
    expect(shown(null, "sv-SE")).toBe("");
  });

  it("is helped by what is likely", () => {
    const files = Object.keys(import.meta.glob("../../../executor/src/darkstar_executor/profiles/*.yaml"));
    const profiles = files.map((name) => name.replace(/^.*\/|\.yaml$/g, ""));
    expect([...PROFILES].sort()).toEqual(profiles.sort());
    expect(suggestions("timezone")).toContain("Europe/Stockholm");
    expect(suggestions("site")).toEqual([]);
  });
});

describe("what is told", () => {
  it("marks what stands in the file, and says nothing, yes and no in words", () => {
    expect(pieces("a `b` c")).toEqual([
      { text: "a ", code: false },
      { text: "b", code: true },
      { text: " c", code: false },
    ]);
    expect(plain("Most [kW]; null: only the fuse limits.", "None", "Yes", "No")).toBe(
      "Most [kW]; none: only the fuse limits.",
    );
    expect(plain("Whether; false: from PV only.", "None", "Yes", "No")).toBe("Whether; no: from PV only.");
  });

  it.each([TITLES, HELP, SWEDISH, SWEDISH_HELP])("is about keys that there are", (table) => {
    const keys = new Set(all.map((one) => one.key));
    expect(Object.keys(table).filter((key) => !keys.has(key))).toEqual([]);
  });

  it("has a Swedish name for every key", () => {
    expect(all.map((one) => one.key).filter((key) => !SWEDISH[key])).toEqual([]);
  });
});

describe("entities", () => {
  const entity = (name: string, device: string): Entity => ({
    entity: name,
    component: "sensor",
    name: "Name",
    device,
    unit: "kW",
    device_class: null,
    settable: false,
    value: "1.5",
    plays: null,
  });
  const entities = [entity("sensor.b", "Meter"), entity("sensor.a", "Inverter")];
  const role = (name: string, ...proposals: [string, boolean][]): Role => ({
    role: name,
    status: "missing",
    entity: null,
    optional: false,
    detail: "",
    proposals: proposals.map(([one, sure]) => ({ entity: one, likely: sure, because: "fits" })),
  });

  it("are offered once each: the likely, the possible, then by device", () => {
    const made = shelves(entities, role("x", ["sensor.b", true]).proposals, "");
    expect(made.map((shelf) => [shelf.kind, shelf.device])).toEqual([
      ["likely", ""],
      ["device", "Inverter"],
    ]);
    expect(made[0]?.offers[0]).toEqual({ entity: "sensor.b", about: "Name · 1.5 kW", because: "fits" });
    expect(shelves(entities, [], "sensor.A")).toHaveLength(1);
    expect(shelves(entities, [], "nothing")).toEqual([]);
  });

  it("are never so many that the list cannot be drawn", () => {
    const many = Array.from({ length: 500 }, (_, number) => entity(`sensor.e${number}`, `D${number % 9}`));
    const offers = shelves(many, [], "").flatMap((shelf) => shelf.offers);
    expect(offers.length).toBe(80);
  });

  it("likely ones are taken for roles that nobody plays, none twice", () => {
    const roles = [
      role("a", ["sensor.a", true]),
      role("b", ["sensor.a", true], ["sensor.b", true]),
      role("c", ["sensor.b", false]),
    ];
    expect(likely(roles, {})).toEqual({ a: "sensor.a" });
    expect(likely(roles, { a: "sensor.a" })).toEqual({});
  });
});
