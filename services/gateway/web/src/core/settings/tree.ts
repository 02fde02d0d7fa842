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

const OF_ROLES = ["executor.roles", "executor.units", "executor.max_age_seconds"];

/** The groups as the page shows them: who plays which role has a group of its own. */
export function arranged(groups: readonly Group[]): Group[] {
  const roles = groups.flatMap((group) => group.nodes).flatMap(withBelow);
  const own = OF_ROLES.flatMap((key) => roles.filter((node) => node.key === key));
  const rest = groups.map((group) => ({ ...group, nodes: group.nodes.map(withoutRoles) }));
  const [first, ...others] = rest;
  if (!first || !own.length) return [...groups];
  return [first, { name: "roles", title: "Roles", nodes: own }, ...others];
}

function withoutRoles(node: Node): Node {
  const children = node.children.filter((child) => !OF_ROLES.includes(child.key));
  return { ...node, children: children.map(withoutRoles) };
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
  const owners = all.filter((node) => node.key === key || ownsKey(node, key));
  return owners.sort((a, b) => b.key.length - a.key.length)[0];
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

/** The name of the group that shows `key`. */
export function groupOf(groups: readonly Group[], key: string): string | undefined {
  const holds = (group: Group): boolean =>
    group.nodes.some((node) => ownsKey(node, key) || node.key === key);
  // A part of the executor that has a group of its own is looked for there first.
  return [...groups].sort((one) => (one.name === "roles" ? -1 : 0)).find(holds)?.name;
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
