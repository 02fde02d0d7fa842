import { describe, expect, it } from "vitest";
import {
  blocksOf,
  conflict,
  dropped,
  keyOf,
  lanesOf,
  messagesOf,
  moved,
  resized,
  room,
  spanned,
  type Block,
} from "../src/chart/blocks";
import { SLOT_MS } from "../src/core/slots";

const NOW = Date.parse("2026-06-12T12:20:00Z");
const FIRST = Date.parse("2026-06-12T12:15:00Z");
const LATEST = FIRST + 200 * SLOT_MS;
const slot = (n: number): number => FIRST + n * SLOT_MS;
const block = (from: number, to: number, more: Partial<Block> = {}): Block => ({
  id: from,
  action: "charge",
  start: slot(from),
  end: slot(to),
  power: null,
  ...more,
});

describe("lanesOf", () => {
  it("has one for each device of the house", () => {
    expect(lanesOf({ battery_kwh: 10, has_water_heater: true })).toEqual([
      "charge",
      "export",
      "hold",
      "heat",
    ]);
    expect(lanesOf({ battery_kwh: null, has_water_heater: true })).toEqual(["heat"]);
    expect(lanesOf({ battery_kwh: null, has_water_heater: false })).toEqual([]);
  });
});

describe("blocks of the bus", () => {
  const messages = [
    { action: "hold", start: "2026-06-12T14:00:00.000Z", end: "2026-06-12T15:00:00.000Z", power_kw: null },
    { action: "charge", start: "2026-06-12T13:00:00.000Z", end: "2026-06-12T13:30:00.000Z", power_kw: 2 },
  ] as const;

  it("come back as they were, oldest first", () => {
    expect(messagesOf(blocksOf(messages))).toEqual([messages[1], messages[0]]);
  });

  it("have one key for the same wishes, whatever their order and whatever is over", () => {
    const [one, other] = blocksOf(messages) as [Block, Block];
    const over = block(-9, -8, { id: 7 });
    expect(keyOf([one, other], NOW)).toBe(keyOf([over, other, one], NOW));
    expect(keyOf([one], NOW)).not.toBe(keyOf([{ ...one, power: 3 }], NOW));
  });
});

describe("conflict", () => {
  const there = block(4, 8);

  it("is with a block of the same device, not with itself or one that only touches", () => {
    expect(conflict([there], block(7, 9, { action: "export" }))).toBe(there);
    expect(conflict([there], there)).toBeNull();
    expect(conflict([there], block(8, 9))).toBeNull();
    expect(conflict([there], block(2, 4))).toBeNull();
  });

  it("is not between heater and battery", () => {
    expect(conflict([there], block(5, 6, { action: "heat" }))).toBeNull();
  });
});

describe("moved", () => {
  it("goes by quarter hours and keeps its length", () => {
    expect(moved(block(4, 6), SLOT_MS * 1.4, NOW, LATEST)).toMatchObject({
      start: slot(5),
      end: slot(7),
    });
  });

  it("ends at now and at the end of what can be seen", () => {
    expect(moved(block(4, 6), -90 * SLOT_MS, NOW, LATEST).start).toBe(FIRST);
    expect(moved(block(4, 6), 900 * SLOT_MS, NOW, LATEST).end).toBe(LATEST);
  });

  it("leaves a block where it is that lies beyond what can be seen", () => {
    const far = block(300, 304);
    expect(moved(far, SLOT_MS, NOW, LATEST)).toEqual(far);
    expect(moved(far, -SLOT_MS, NOW, LATEST).start).toBe(slot(299));
    expect(resized(far, "end", slot(305), NOW, LATEST).end).toBe(slot(304));
  });

  it("leaves a block that has begun where it is", () => {
    const begun = block(-2, 3);
    expect(moved(begun, 4 * SLOT_MS, NOW, LATEST)).toBe(begun);
  });
});

describe("resized", () => {
  it("keeps a quarter hour at least", () => {
    expect(resized(block(4, 6), "end", slot(1), NOW, LATEST).end).toBe(slot(5));
    expect(resized(block(4, 6), "start", slot(9), NOW, LATEST).start).toBe(slot(5));
  });

  it("ends neither in the past nor beyond what can be seen", () => {
    expect(resized(block(4, 6), "start", slot(-9), NOW, LATEST).start).toBe(FIRST);
    expect(resized(block(-4, 6), "end", slot(-2), NOW, LATEST).end).toBe(slot(1));
    expect(resized(block(4, 6), "end", LATEST + SLOT_MS, NOW, LATEST).end).toBe(LATEST);
  });

  it("cannot change when a block began", () => {
    expect(resized(block(-4, 6), "start", slot(2), NOW, LATEST).start).toBe(slot(-4));
  });
});

describe("new blocks", () => {
  it("reach from one moment to another, in any order, around whole quarter hours", () => {
    const made = spanned("export", slot(6) - 1, slot(4) + 1, NOW, LATEST);
    expect(made).toMatchObject({ start: slot(4), end: slot(6), action: "export" });
  });

  it("begin now when they are begun in the past", () => {
    expect(spanned("hold", slot(-9), slot(-8), NOW, LATEST)).toMatchObject({
      start: FIRST,
      end: slot(1),
    });
  });

  it("are an hour long, or as long as there is room", () => {
    expect(dropped([], "charge", slot(3) + 5, NOW, LATEST)).toMatchObject({
      start: slot(3),
      end: slot(7),
    });
    expect(dropped([block(5, 9)], "charge", slot(3), NOW, LATEST)?.end).toBe(slot(5));
    expect(dropped([block(2, 9)], "charge", slot(3), NOW, LATEST)).toBeNull();
  });

  it("find the first hour that is free", () => {
    const blocks = [block(0, 2), block(4, 9)];
    expect(room(blocks, "hold", NOW, LATEST)?.start).toBe(slot(9));
    expect(room(blocks, "heat", NOW, LATEST)?.start).toBe(FIRST);
    expect(room([block(0, 200)], "hold", NOW, LATEST)).toBeNull();
  });
});
