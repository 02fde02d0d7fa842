// What a person has changed and not saved yet. Nothing of it is in force.

import { at, drop, isTree, listAbove, put, same, within, type Json, type Tree } from "./path";

/** New values by key, and keys that go back to their default. */
export interface Draft {
  readonly changes: Readonly<Record<string, Json>>;
  readonly removed: readonly string[];
}

/** What the file says: all values in force, the defaults, and which keys stand in it. */
export interface Saved {
  readonly values: Tree;
  readonly defaults: Tree;
  readonly set: readonly string[];
}

export const untouched: Draft = { changes: {}, removed: [] };

/** `draft` with `value` at `key`; what is as in the file is no change. */
export function edited(draft: Draft, saved: Saved, key: string, value: Json): Draft {
  const whole = wholeAbove(draft, key);
  if (whole !== undefined) {
    const section = put(asTree(draft.changes[whole]), key.slice(whole.length + 1), value);
    return { ...draft, changes: { ...draft.changes, [whole]: section } };
  }
  const list = listAbove(drafted(draft, saved), key);
  if (list !== undefined) {
    const values = put(drafted(draft, saved), key, value);
    return edited(draft, saved, list, at(values, list) ?? []);
  }
  const rest = without(draft, key);
  if (same(value, at(saved.values, key))) return rest;
  return { ...rest, changes: { ...rest.changes, [key]: value } };
}

/** `draft` with the default at `key`: the key leaves the file, or the change is undone. */
export function asDefault(draft: Draft, saved: Saved, key: string): Draft {
  const whole = wholeAbove(draft, key);
  if (whole !== undefined) {
    const section = drop(asTree(draft.changes[whole]), key.slice(whole.length + 1));
    return { ...draft, changes: { ...draft.changes, [whole]: section } };
  }
  const list = listAbove(drafted(draft, saved), key);
  if (list !== undefined) {
    const values = drop(drafted(draft, saved), key);
    return edited(draft, saved, list, at(values, list) ?? []);
  }
  const rest = without(draft, key);
  return stands(saved, key) ? { ...rest, removed: [...rest.removed, key] } : rest;
}

/** `draft` without what it says of `key` and of what is below. */
export function without(draft: Draft, key: string): Draft {
  const kept = Object.entries(draft.changes).filter(([name]) => !within(name, key));
  return {
    changes: Object.fromEntries(kept),
    removed: draft.removed.filter((name) => !within(name, key)),
  };
}

/** All values as they would be once `draft` is saved. */
export function drafted(draft: Draft, saved: Saved): Tree {
  let values = saved.values;
  for (const key of draft.removed) {
    const usual = at(saved.defaults, key);
    values = usual === undefined ? drop(values, key) : put(values, key, usual);
  }
  const parentsFirst = Object.entries(draft.changes).sort(([a], [b]) => a.length - b.length);
  for (const [key, value] of parentsFirst) values = put(values, key, value);
  return values;
}

/** Whether `key` would stand in the file once `draft` is saved. */
export function standsAfter(draft: Draft, saved: Saved, key: string): boolean {
  const whole = wholeAbove(draft, key);
  if (whole !== undefined) {
    return at(draft.changes[whole], key.slice(whole.length + 1)) !== undefined;
  }
  if (Object.keys(draft.changes).some((name) => within(name, key))) return true;
  return stands(saved, key) && !draft.removed.some((name) => within(key, name));
}

/** The keys that differ from the file. */
export function changedKeys(draft: Draft): string[] {
  return [...Object.keys(draft.changes), ...draft.removed].sort();
}

export function isChanged(draft: Draft, key: string): boolean {
  return changedKeys(draft).some((name) => within(name, key) || within(key, name));
}

/** A draft kept over a file that was changed meanwhile: what that file says already is dropped. */
export function rebased(draft: Draft, saved: Saved): Draft {
  const changes = Object.entries(draft.changes).filter(
    ([key, value]) => !same(value, at(saved.values, key)),
  );
  return {
    changes: Object.fromEntries(changes),
    removed: draft.removed.filter((key) => stands(saved, key)),
  };
}

function stands(saved: Saved, key: string): boolean {
  if (at(saved.values, key) === undefined) return false;
  return saved.set.some((name) => within(name, key) || within(key, name));
}

/** The key of a whole section in the draft that `key` is a part of. */
function wholeAbove(draft: Draft, key: string): string | undefined {
  return Object.keys(draft.changes).find(
    (name) => name !== key && within(key, name) && isTree(draft.changes[name]),
  );
}

function asTree(value: Json | undefined): Tree {
  return isTree(value) ? value : {};
}
