import { describe, expect, it } from "vitest";
import { known, patience, wayAfter } from "../src/core/following";
import type { Bundle, Push } from "../src/live/types";

const before = { prices: null, closed_slots: [] } as unknown as Bundle;
const told = { sequence: 3, now: "2026-06-12T12:00:00Z" };

describe("known", () => {
  it("is the bundle once it has come", () => {
    const push: Push = { ...told, type: "bundle", bundle: before };
    expect(known(null, push)).toBe(before);
  });

  it("takes in what changed and leaves the rest as it is", () => {
    const changes = { prices: { area: "SE4", currency: "SEK", slots: [] } };
    const after = known(before, { ...told, type: "changes", changes });
    expect(after).toEqual({ ...before, ...changes });
    expect(after?.closed_slots).toBe(before.closed_slots);
    expect(before.prices).toBeNull();
  });

  it("is the same object when only time has passed, so that nothing is drawn anew", () => {
    expect(known(before, { ...told, type: "tick" })).toBe(before);
  });

  it("stays nothing when changes come before the whole", () => {
    expect(known(null, { ...told, type: "changes", changes: { prices: null } })).toBeNull();
  });
});

describe("wayAfter", () => {
  it("tries the WebSocket twice, then events twice, and so on", () => {
    const ways = [0, 1, 2, 3, 4, 5, 6].map((failures) => wayAfter(failures, "socket"));
    expect(ways).toEqual(["socket", "socket", "events", "events", "socket", "socket", "events"]);
  });

  it("begins with what worked before", () => {
    expect(wayAfter(0, "events")).toBe("events");
    expect(wayAfter(2, "events")).toBe("socket");
  });
});

describe("patience", () => {
  it("doubles up to eight seconds, so that a gateway that is away is not hammered", () => {
    const waits = [0, 1, 2, 3, 4, 5, 20].map((failures) => patience(failures, 0.5));
    expect(waits).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000]);
  });

  it("differs by a quarter either way, so that pages do not all come at once", () => {
    expect(patience(1, 0)).toBe(600);
    expect(patience(1, 1)).toBe(1000);
  });
});
