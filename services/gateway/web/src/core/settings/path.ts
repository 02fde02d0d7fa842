// Values by their dotted key, such as battery.capacity_kwh; in a list by number: evs.0.id.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Tree = { [name: string]: Json };

export function isTree(value: Json | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands at `key`; undefined where nothing does. */
export function at(values: Json | undefined, key: string): Json | undefined {
  let here = values;
  for (const part of key.split(".")) {
    if (Array.isArray(here)) here = here[Number(part)];
    else if (isTree(here)) here = here[part];
    else return undefined;
  }
  return here;
}

/** `values` with `value` at `key`; sections on the way are made where there are none. */
export function put(values: Tree, key: string, value: Json): Tree {
  const [first = "", ...rest] = key.split(".");
  if (!rest.length) return { ...values, [first]: value };
  const below = values[first];
  if (Array.isArray(below)) return { ...values, [first]: putInList(below, rest, value) };
  return { ...values, [first]: put(isTree(below) ? below : {}, rest.join("."), value) };
}

/** `values` without what stands at `key`. */
export function drop(values: Tree, key: string): Tree {
  const [first = "", ...rest] = key.split(".");
  const below = values[first];
  if (rest.length) {
    if (Array.isArray(below)) return { ...values, [first]: dropInList(below, rest) };
    return isTree(below) ? { ...values, [first]: drop(below, rest.join(".")) } : values;
  }
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== first));
}

/** The key of the list that `key` is a part of, or undefined. */
export function listAbove(values: Tree, key: string): string | undefined {
  const parts = key.split(".");
  return parts
    .map((_, count) => parts.slice(0, count).join("."))
    .find((above) => above !== "" && Array.isArray(at(values, above)));
}

/** Whether two values are the same, whatever the order of their names. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, place) => same(one, right[place]));
  }
  if (!isTree(left) || !isTree(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && same(left[name], right[name]))
  );
}

/** Whether `key` is `parent` or stands below it. */
export function within(key: string, parent: string): boolean {
  return key === parent || key.startsWith(`${parent}.`);
}

function putInList(list: Json[], rest: string[], value: Json): Json[] {
  const [place = "0", ...deeper] = rest;
  return list.map((one, number) => {
    if (number !== Number(place)) return one;
    return deeper.length ? put(isTree(one) ? one : {}, deeper.join("."), value) : value;
  });
}

function dropInList(list: Json[], rest: string[]): Json[] {
  const [place = "0", ...deeper] = rest;
  if (!deeper.length) return list.filter((_, number) => number !== Number(place));
  return list.map((one, number) =>
    number === Number(place) && isTree(one) ? drop(one, deeper.join(".")) : one,
  );
}
