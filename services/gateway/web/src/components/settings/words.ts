// What people read of a key, in the page's language.

import type { Fault } from "../../core/settings/entry";
import { plain } from "../../core/settings/words";
import { number } from "../../core/format";
import type { Node, Words } from "../../core/settings/tree";
import { m } from "../../messages";

/** Title and meaning of a key. */
export function words(node: Node): Words {
  return {
    title: m.settings.titles[node.key] ?? node.title,
    help: m.settings.help[node.key] ?? plain(node.help, m.settings.none, m.settings.yes, m.settings.no),
  };
}

/** The unit, with the house's own currency in it. */
export function unitOf(node: Node, currency: string): string {
  return (node.unit ?? "").replace("currency", currency);
}

/** One choice of `node` by its name. */
export function choiceOf(node: Node, choice: string | number): string {
  return m.settings.choices[`${node.key}.${choice}`] ?? m.settings.choices[String(choice)] ?? String(choice);
}

/** Why what was typed is no value. */
export function sentence(fault: Fault, unit: string): string {
  const said = m.settings.faults[fault.is];
  if (!("limit" in fault)) return said("");
  const digits = Number.isInteger(fault.limit) ? 0 : 2;
  return said(`${number(fault.limit, digits)} ${unit}`.trim());
}

/** A value in words, as for a default. */
export function told(node: Node, value: unknown, currency: string): string {
  if (value === null || value === undefined) return m.settings.none;
  if (typeof value === "boolean") return value ? m.settings.yes : m.settings.no;
  if (Array.isArray(value)) return value.length ? listed(node, value) : m.settings.none;
  if (typeof value === "object") return Object.keys(value).length ? "…" : m.settings.none;
  if (node.kind === "choice") return choiceOf(node, value as string | number);
  if (typeof value !== "number") return String(value) || m.settings.none;
  const text = value.toLocaleString(m.locale, { maximumFractionDigits: 6, useGrouping: false });
  return `${text} ${unitOf(node, currency)}`.trim();
}

function listed(node: Node, list: unknown[]): string {
  if (node.kind === "sections" || node.kind === "points") return m.settings.entries(list.length);
  const item = node.item ?? node;
  return list.map((one) => (item.kind === "choice" ? choiceOf(node, one as string) : String(one))).join(", ");
}
