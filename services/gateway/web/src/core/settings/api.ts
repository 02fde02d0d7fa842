// What the API says of the configuration, and what it takes.

import { changedKeys, drafted, type Draft, type Saved } from "./draft";
import { at, type Json } from "./path";
import { withBelow, type Group, type Node } from "./tree";

export interface Settings extends Saved {
  revision: string;
  groups: Group[];
  /** By the name of the environment's variable: whether it is set. */
  secrets: Record<string, boolean>;
  file: string | null;
  writable: boolean;
  /** Why it cannot be written. */
  reason: string | null;
}

export interface Problem {
  key: string;
  message: string;
}

export interface Done {
  revision: string;
  changed: string[];
  /** What is in force only when something is started again. */
  restart: string[];
  notes: string[];
}

export interface Backup {
  name: string;
  /** [bytes] */
  size: number;
}

/** When the backup of that name was made [ms]; null where the name does not tell. */
export function madeAt(name: string): number | null {
  const found = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(name);
  if (!found) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** A draft as the gateway takes it: maps whole, null as a value, and what goes by its key. */
export interface Wish {
  changes: Record<string, Json>;
  remove: string[];
}

export function wish(draft: Draft, saved: Settings): Wish {
  const maps = saved.groups.flatMap((group) => group.nodes).flatMap(withBelow).filter(isMap);
  const mapOf = (key: string): string | undefined =>
    maps.find((map) => key.startsWith(`${map.key}.`))?.key;
  const values = drafted(draft, saved);
  const whole = changedKeys(draft).map(mapOf).filter((key) => key !== undefined);
  const plain = Object.entries(draft.changes).filter(([key]) => !mapOf(key));
  return {
    changes: Object.fromEntries([...plain, ...whole.map((key) => [key, at(values, key) ?? {}])]),
    remove: draft.removed.filter((key) => !mapOf(key)),
  };
}

function isMap(node: Node): boolean {
  return node.kind === "map";
}
