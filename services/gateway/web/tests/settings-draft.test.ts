import { describe, expect, it } from "vitest";
import { madeAt, wish, type Settings } from "../src/core/settings/api";
import {
  asDefault,
  changedKeys,
  drafted,
  edited,
  isChanged,
  rebased,
  standsAfter,
  untouched,
  without,
  type Draft,
} from "../src/core/settings/draft";
import { at, drop, listAbove, put, same, within, type Json } from "../src/core/settings/path";
import { settings } from "./settings-example";

const saved: Settings = settings({
  values: {
    battery: { capacity_kwh: 12 },
    grid: { peak: null, max_import_kw: 11 },
    evs: [{ id: "car", capacity_kwh: 60 }],
    executor: { roles: { battery_soc: "sensor.a" } },
  },
  set: ["battery.capacity_kwh", "evs", "executor.roles"],
});
const edit = (draft: Draft, key: string, value: Json): Draft => edited(draft, saved, key, value);

describe("values by key", () => {
  const values = { a: { b: [{ c: 1 }, { c: 2 }] }, n: null };

  it.each([
    ["a.b.1.c", 2],
    ["a.b.2.c", undefined],
    ["n", null],
    ["n.x", undefined],
    ["nothing.at.all", undefined],
  ])("finds %s", (key, value) => expect(at(values, key)).toEqual(value));

  it("changes only what is named, and not the value it was given", () => {
    const before = JSON.stringify(values);
    expect(put(values, "a.b.0.c", 7)).toEqual({ a: { b: [{ c: 7 }, { c: 2 }] }, n: null });
    expect(put(values, "n.x.y", 7)).toEqual({ ...values, n: { x: { y: 7 } } });
    expect(drop(values, "a.b.0.c")).toEqual({ a: { b: [{}, { c: 2 }] }, n: null });
    expect(drop(values, "n")).toEqual({ a: values.a });
    expect(JSON.stringify(values)).toBe(before);
  });

  it("knows lists, parents and equals", () => {
    expect(listAbove(values, "a.b.0.c")).toBe("a.b");
    expect(listAbove(values, "a.b")).toBeUndefined();
    expect(within("a.bc", "a.b")).toBe(false);
    expect(within("a.b.c", "a.b")).toBe(true);
    expect(same({ x: 1, y: [null] }, { y: [null], x: 1 })).toBe(true);
    expect(same({ x: 1 }, { x: 1, y: 2 })).toBe(false);
    expect(same([1, 2], [2, 1])).toBe(false);
  });
});

describe("a draft", () => {
  it("is no change where it says what the file says", () => {
    const draft = edit(untouched, "battery.capacity_kwh", 15);
    expect(changedKeys(draft)).toEqual(["battery.capacity_kwh"]);
    expect(changedKeys(edit(draft, "battery.capacity_kwh", 12))).toEqual([]);
    expect(isChanged(draft, "battery")).toBe(true);
    expect(isChanged(draft, "battery.min_soc_percent")).toBe(false);
  });

  it("takes a key out of the file, and only one that stands there", () => {
    const draft = asDefault(untouched, saved, "battery.capacity_kwh");
    expect(draft.removed).toEqual(["battery.capacity_kwh"]);
    expect(at(drafted(draft, saved), "battery.capacity_kwh")).toBe(10);
    expect(standsAfter(draft, saved, "battery.capacity_kwh")).toBe(false);
    expect(asDefault(untouched, saved, "grid.max_import_kw")).toEqual(untouched);
  });

  it("of an item is one of its whole list", () => {
    const draft = edit(untouched, "evs.0.capacity_kwh", 77);
    expect(draft.changes).toEqual({ evs: [{ id: "car", capacity_kwh: 77 }] });
    expect(edit(draft, "evs.0.capacity_kwh", 60)).toEqual(untouched);
    expect(asDefault(draft, saved, "evs.0.capacity_kwh").changes).toEqual({ evs: [{ id: "car" }] });
  });

  it("of a section that was not there is one of the whole section", () => {
    let draft = edit(untouched, "grid.peak", {});
    draft = edit(draft, "grid.peak.top_n", 2);
    expect(draft.changes).toEqual({ "grid.peak": { top_n: 2 } });
    expect(standsAfter(draft, saved, "grid.peak.top_n")).toBe(true);
    expect(asDefault(draft, saved, "grid.peak.top_n").changes).toEqual({ "grid.peak": {} });
    expect(edit(draft, "grid.peak", null)).toEqual(untouched);
  });

  it("forgets what is below a key that is set as a whole", () => {
    const draft = edit(edit(untouched, "battery.capacity_kwh", 15), "battery", null);
    expect(draft.changes).toEqual({ battery: null });
    expect(drafted(draft, saved)["battery"]).toBeNull();
    expect(without(draft, "battery")).toEqual(untouched);
  });

  it("kept over another file drops what that says already", () => {
    const draft = edit(edit(untouched, "battery.capacity_kwh", 15), "grid.max_import_kw", 20);
    const other = { ...saved, values: put(saved.values, "grid.max_import_kw", 20) };
    expect(changedKeys(rebased(draft, other))).toEqual(["battery.capacity_kwh"]);
  });
});

describe("what is sent", () => {
  it("has maps whole, nulls as values, and removals by name", () => {
    let draft = edit(untouched, "executor.roles.pv_power", "sensor.b");
    draft = edit(draft, "battery", null);
    draft = asDefault(draft, saved, "evs");
    expect(wish(draft, saved)).toEqual({
      changes: {
        battery: null,
        "executor.roles": { battery_soc: "sensor.a", pv_power: "sensor.b" },
      },
      remove: ["evs"],
    });
  });

  it("has a map without what was taken out of it", () => {
    const draft = asDefault(untouched, saved, "executor.roles.battery_soc");
    expect(wish(draft, saved)).toEqual({ changes: { "executor.roles": {} }, remove: [] });
  });
});

describe("a backup", () => {
  it("tells by its name when it was made", () => {
    expect(madeAt("config-20260612T122001Z-abcdef01.yaml")).toBe(Date.UTC(2026, 5, 12, 12, 20, 1));
    expect(madeAt("config.yaml")).toBeNull();
  });
});
