// What can be set, as the gateway describes it, and what of it is of use in this house.

import { at, type Json, type Tree } from "./path";

export type Kind =
  | "bool"
  | "int"
  | "float"
  | "text"
  | "time"
  | "choice"
  | "section"
  | "sections"
  | "list"
  | "map"
  | "points";

export type Device = "battery" | "water_heater" | "solar" | "ev";

/** One key: a value, or a section of them. */
export interface Node {
  key: string;
  name: string;
  title: string;
  help: string;
  kind: Kind;
  /** `currency` in it stands for the house's own. */
  unit: string | null;
  nullable: boolean;
  required: boolean;
  default: Json;
  choices: (string | number)[];
  minimum: number | null;
  maximum: number | null;
  above: number | null;
  below: number | null;
  pattern: string | null;
  least_items: number;
  columns: string[];
  needs: Device | null;
  restart: boolean;
  item: Node | null;
  children: Node[];
}

/** Sections that are shown together. */
export interface Group {
  name: string;
  title: string;
  nodes: Node[];
}

/** What people read of a key, in their language. */
export interface Words {
  title: string;
  help: string;
}

/** `node` and all below it. */
export function withBelow(node: Node): Node[] {
  return [node, ...node.children.flatMap(withBelow)];
}

/** The node that describes `place`, a key that may have numbers of list items in it. */
export function nodeAt(groups: readonly Group[], place: string): Node | undefined {
  const key = place
    .split(".")
    .filter((part) => !/^\d+$/.test(part))
    .join(".");
  const all = groups.flatMap((group) => group.nodes).flatMap(withBelow);
  return all.find((node) => node.key === key) ?? all.find((node) => ownsKey(node, key));
}

/** The device that the house lacks and `node` is only of use with; null where it is of use. */
export function lacking(node: Node, values: Tree): Device | null {
  if (node.needs === null) return null;
  const has: Record<Device, boolean> = {
    battery: at(values, "battery") !== null,
    water_heater: at(values, "water_heater") !== null,
    solar: at(values, "has_solar") !== false,
    ev: (at(values, "evs") as Json[] | undefined)?.length !== 0,
  };
  return has[node.needs] ? null : node.needs;
}

/** What each of `groups` has that fits all words of `text`; a section that fits is whole. */
export function found(
  groups: readonly Group[],
  text: string,
  words: (node: Node) => Words,
): Group[] {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return [];
  return groups
    .map((group) => ({ ...group, nodes: group.nodes.flatMap((node) => fitting(node, wanted, words)) }))
    .filter((group) => group.nodes.length > 0);
}

/** The nearest group's name that holds `key`. */
export function groupOf(groups: readonly Group[], key: string): string | undefined {
  return groups.find((group) => group.nodes.some((node) => ownsKey(node, key) || node.key === key))
    ?.name;
}

function fitting(node: Node, wanted: string[], words: (node: Node) => Words): Node[] {
  const said = words(node);
  const text = `${said.title} ${node.key} ${said.help}`.toLocaleLowerCase();
  if (wanted.every((word) => text.includes(word))) return [node];
  if (node.kind !== "section") return [];
  const children = node.children.flatMap((child) => fitting(child, wanted, words));
  return children.length ? [{ ...node, children }] : [];
}

function ownsKey(node: Node, key: string): boolean {
  return key.startsWith(`${node.key}.`);
}
