import { describe, expect, it } from "vitest";
import { detailsOf, found, kept, KEPT, type LogLine } from "../src/core/logs";

function line(number: number, more: Partial<LogLine> = {}): LogLine {
  return {
    number,
    service: "planner",
    at: "2026-06-12T12:00:00Z",
    level: "info",
    event: "schedule_published",
    house_time: null,
    details: {},
    ...more,
  };
}

describe("kept", () => {
  it("is in the order in which the lines were numbered, each once", () => {
    const numbers = kept([line(1), line(2)], [line(2), line(3)]).map((one) => one.number);
    expect(numbers).toEqual([1, 2, 3]);
  });

  it("is bounded: the oldest go", () => {
    const many = Array.from({ length: KEPT + 5 }, (_, n) => line(n));
    const after = kept([], many);
    expect(after).toHaveLength(KEPT);
    expect(after[0]?.number).toBe(5);
  });
});

describe("detailsOf", () => {
  it("are told by name, texts as they are", () => {
    const details = { url: "http://x", entities: 90, since: null, roles: ["a"] };
    expect(detailsOf(line(1, { details }))).toBe('url=http://x entities=90 since=null roles=["a"]');
  });
});

describe("found", () => {
  const lines = [
    line(1, { details: { Entity: "number.current" } }),
    line(2, { event: "write_refused", level: "warning" }),
    line(3, { service: "executor" }),
  ];
  it.each([
    ["", [1, 2, 3]],
    ["  ", [1, 2, 3]],
    ["REFUSED", [2]],
    ["entity=number", [1]],
    ["planner warning", [2]],
    ["executor", [3]],
    ["nowhere", []],
  ])("by %j is %j", (text, expected) => {
    expect(found(lines, text).map((one) => one.number)).toEqual(expected);
  });
});
