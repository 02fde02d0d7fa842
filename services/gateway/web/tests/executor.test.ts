import { describe, expect, it } from "vitest";
import { dayName, heightOf } from "../src/components/executor/days";
import { chosen, merged, partsSaid, resultOf, seenKeys, titleOf } from "../src/components/executor/history";
import {
  factsOf,
  flowsOf,
  hintOf,
  partOf,
  seenOf,
  settingOf,
  stateOf,
  togglesOf,
} from "../src/components/executor/status";
import type { Action, Command, Control, Write } from "../src/components/executor/types";
import { HouseTime } from "../src/core/format";
import type { ScheduleSlot } from "../src/live/types";
import { m } from "../src/messages";

const NOW = Date.parse("2026-06-12T12:00:00Z");
const TIME = new HouseTime("Europe/Stockholm");
const LATER = "2026-06-12T13:00:00Z";
const EARLIER = "2026-06-12T11:00:00Z";

const COMMAND: Command = {
  intent: "charge_from_pv",
  charge_kw: 5,
  discharge_kw: 0,
  export_kw: null,
  soc_target_percent: 90,
  grid_kw: null,
  until: null,
  water_temperature_c: null,
  water_on: false,
  evs: {},
};

function control(more: Partial<Control> = {}): Control {
  return {
    command: COMMAND,
    rule: "plan",
    reason: "",
    shadow: false,
    override: null,
    water_boost_until: null,
    paused_until: null,
    slot_start: null,
    next_slot_start: null,
    automation: true,
    trimmed: null,
    following: { state: "following", asked: "", seen: "", tried: "", since: null },
    grid_available: null,
    water_rule: "",
    notifications: {},
    ...more,
  } as Control;
}

function action(more: Partial<Action> = {}): Action {
  return {
    message_id: "one",
    emitted_at: LATER,
    kind: "change",
    slot_start: null,
    rule: "plan_rest",
    reason: "",
    planned: null,
    commanded: COMMAND,
    writes: [],
    soc_percent: null,
    planned_soc_percent: null,
    override: null,
    before: null,
    after: null,
    skipped: null,
    ticks: 0,
    version: "",
    success: true,
    duration_seconds: 1,
    ...more,
  };
}

const write = (result: string): Write => ({
  role: "work_mode",
  entity: null,
  before: null,
  wanted: "a",
  after: null,
  result,
  detail: "",
});

describe("who has the house in hand", () => {
  const notFollowing = { state: "not_following", asked: "", seen: "", tried: "", since: null } as const;
  const override = { action: "hold", until: LATER } as const;

  it.each([
    ["unknown", null],
    ["off", control({ automation: false, shadow: true })],
    ["paused", control({ paused_until: LATER, shadow: true })],
    ["following", control({ paused_until: EARLIER })],
    ["shadow", control({ shadow: true, override })],
    ["notFollowing", control({ following: notFollowing, override })],
    ["override", control({ override })],
    ["following", control({ override: { action: "hold", until: EARLIER } })],
    ["following", control()],
  ] as const)("is %s", (state, given) => {
    expect(stateOf(given, NOW)).toBe(state);
  });

  it("says until when a pause and a wish last", () => {
    expect(hintOf("paused", control({ paused_until: LATER }), TIME, NOW)).toContain("15:00");
    expect(hintOf("override", control({ override }), TIME, NOW)).toContain("15:00");
  });

  it("does not say that the house obeys where nobody knows", () => {
    const unknown = control({ following: { ...notFollowing, state: "unknown" } });
    expect(hintOf("following", unknown, TIME, NOW)).toBe(m.executor.status.hints.unproven);
    expect(hintOf("following", control(), TIME, NOW)).toBe(m.executor.status.hints.following);
  });
});

describe("a command", () => {
  it("is told part by part, and what it says nothing of is left out", () => {
    expect(factsOf(COMMAND, TIME).map((one) => [one.key, one.value])).toEqual([
      ["charge_kw", "5.0 kW"],
      ["discharge_kw", "0.0 kW"],
      ["soc_target_percent", "90 %"],
      ["water_on", "off"],
    ]);
    expect(factsOf(null, TIME)).toEqual([]);
  });

  it("has times in the house's zone, and each vehicle by its name", () => {
    expect(partOf({ until: LATER }, "until", TIME)).toBe("15:00");
    expect(partOf({ evs: { car: 3.5, bike: 0 } }, "evs", TIME)).toBe("car 3.5 kW, bike 0.0 kW");
    expect(partOf({ water_temperature_c: 56 }, "water_temperature_c", TIME)).toBe("56 °C");
  });

  it("is compared in the parts of which either says something", () => {
    expect(partsSaid({ charge_kw: 1 }, { charge_kw: 2, evs: {} }, null)).toEqual(["charge_kw"]);
    expect(partsSaid(null, { water_on: false, evs: { car: 1 } })).toEqual(["water_on", "evs"]);
  });
});

describe("what was measured and set", () => {
  it.each([
    ["soc_percent", 55.25, "55.3 %"],
    ["pv_kw", 3.456, "3.46 kW"],
    ["water_temperature_c", 51, "51.0 °C"],
    ["work_mode", "Zero Export", "Zero Export"],
    ["pv_kw", null, null],
  ])("tells %s of %s as %s", (key, value, told) => {
    expect(seenOf({ [key]: value }, key)).toBe(told);
  });

  it("knows nothing where nothing was kept", () => {
    expect(seenOf(null, "pv_kw")).toBeNull();
    expect(seenKeys(action())).toEqual([]);
    expect(seenKeys(action({ before: { pv_kw: 0 }, after: { load_kw: 1 } }))).toEqual(["pv_kw", "load_kw"]);
  });

  it.each([
    [null, "–"],
    [true, "on"],
    [false, "off"],
    [104, "104"],
    [0.5, "0.5"],
    ["Zero Export To CT", "Zero Export To CT"],
  ])("writes a setting of %s as %s", (value, told) => {
    expect(settingOf(value)).toBe(told);
  });
});

describe("what is planned next", () => {
  const slot = (more: object): ScheduleSlot => ({ charge_kw: 0, discharge_kw: 0, ...more }) as ScheduleSlot;

  it("names what flows, and says so when nothing does", () => {
    expect(flowsOf(slot({ charge_kw: 2, import_kw: 2.5 }))).toEqual(["charge 2.0 kW", "buy 2.5 kW"]);
    expect(flowsOf(slot({ charge_kw: 0.04 }))).toEqual(["nothing flows"]);
  });
});

describe("notifications", () => {
  it("are grouped by what they are about, and unknown kinds are told by their names", () => {
    const groups = togglesOf({ charge_stop: false, water_heat_start: true, new_thing: true });
    expect(groups.map((one) => one.group)).toEqual(["battery", "water", "other"]);
    expect(groups[0]?.toggles).toEqual([{ kind: "charge_stop", name: "Charging ends", on: false }]);
    expect(groups[2]?.toggles[0]?.name).toBe("new thing");
  });

  it("of every kind there is have a group and a name", () => {
    const kinds = Object.keys(m.executor.told.kinds);
    const groups = togglesOf(Object.fromEntries(kinds.map((kind) => [kind, true])));
    expect(groups.map((one) => one.group)).not.toContain("other");
    expect(groups.flatMap((one) => one.toggles)).toHaveLength(kinds.length);
  });
});

describe("the history", () => {
  it.each([
    ["failed", action({ success: false, writes: [write("written")] })],
    ["written", action({ writes: [write("unchanged"), write("written")] })],
    ["written", action({ writes: [write("confirmed")] })],
    ["shadow", action({ writes: [write("shadow")] })],
    ["skipped", action({ writes: [write("unchanged")] })],
    ["skipped", action()],
  ] as const)("says %s", (result, given) => {
    expect(resultOf(given)).toBe(result);
  });

  it("is filtered, and a failure is never hidden", () => {
    const all = [action(), action({ kind: "slot" }), action({ kind: "slot", success: false })];
    expect(chosen(all, "changes")).toEqual([all[0], all[2]]);
    expect(chosen(all, "failed")).toEqual([all[2]]);
    expect(chosen(all, "all")).toEqual(all);
  });

  it("has each action once, newest first, as it was told last", () => {
    const old = action({ message_id: "a", emitted_at: EARLIER });
    const told = action({ message_id: "a", emitted_at: EARLIER, success: false });
    const last = action({ message_id: "b" });
    expect(merged([old], [last, told])).toEqual([last, told]);
  });

  it("calls an action by what was commanded, else by its rule", () => {
    expect(titleOf(action())).toBe("Storing the sun");
    expect(titleOf(action({ commanded: {} }))).toBe("plan rest");
  });
});

describe("days", () => {
  it("are named in the page's language, whatever the browser's zone", () => {
    expect(dayName("2026-06-12")).toMatch(/Fri.*12.*Jun/);
    expect(dayName("2026-06-12T00:00:00")).toBe(dayName("2026-06-12"));
  });

  it("have bars as long as their share of the longest", () => {
    expect([heightOf(0, 4), heightOf(1, 4), heightOf(4, 4), heightOf(3, 0)]).toEqual([0, 25, 100, 0]);
  });
});
