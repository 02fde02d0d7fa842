// What a person types, as a value; or why it is none.

import type { Node } from "./tree";

export type Fault =
  | { is: "empty" }
  | { is: "number" }
  | { is: "whole" }
  | { is: "least"; limit: number }
  | { is: "most"; limit: number }
  | { is: "above"; limit: number }
  | { is: "below"; limit: number }
  | { is: "pattern" };

export type Entry = { value: string | number | null } | { fault: Fault };

/** `text` as `node` takes it. An empty field is null where null is a value. */
export function entry(node: Node, text: string): Entry {
  const said = text.trim();
  const numeric = node.kind === "int" || node.kind === "float";
  if (said === "") {
    if (node.nullable) return { value: null };
    if (numeric || node.required || node.kind === "time") return { fault: { is: "empty" } };
  }
  if (!numeric) return asText(node, said);
  const value = number(said);
  if (value === null) return { fault: { is: "number" } };
  const fault = outOfRange(node, value);
  return fault ? { fault } : { value };
}

/** A number as people write it, with a comma or a point; null where it is none. */
export function number(text: string): number | null {
  const plain = text
    .replace(/[\s\u00a0\u202f]/g, "")
    .replace("\u2212", "-")
    .replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** `value` as it stands in a field, with the language's own decimal sign. */
export function shown(value: unknown, locale: string): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  return value.toLocaleString(locale, { useGrouping: false, maximumFractionDigits: 12 });
}

function asText(node: Node, said: string): Entry {
  if (node.pattern && !fits(node.pattern, said)) return { fault: { is: "pattern" } };
  return { value: said };
}

function outOfRange(node: Node, value: number): Fault | null {
  if (node.kind === "int" && !Number.isInteger(value)) return { is: "whole" };
  if (node.minimum !== null && value < node.minimum) return { is: "least", limit: node.minimum };
  if (node.maximum !== null && value > node.maximum) return { is: "most", limit: node.maximum };
  if (node.above !== null && value <= node.above) return { is: "above", limit: node.above };
  if (node.below !== null && value >= node.below) return { is: "below", limit: node.below };
  return null;
}

/** Whether `text` fits a pattern of the gateway; one that browsers cannot read fits always. */
function fits(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}
