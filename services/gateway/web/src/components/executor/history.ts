// What the executor decided and did, as rows that open.

import { m } from "../../messages";
import type { Action, Command } from "./types";

export type Filter = "changes" | "all" | "failed";

/** What became of an action, in one word. */
export type Result = "written" | "skipped" | "failed" | "shadow";

export function resultOf(action: Action): Result {
  if (!action.success) return "failed";
  if (action.writes.some((one) => one.result === "written" || one.result === "confirmed"))
    return "written";
  return action.writes.some((one) => one.result === "shadow") ? "shadow" : "skipped";
}

/** Those that `filter` lets through. */
export function chosen(actions: readonly Action[], filter: Filter): Action[] {
  if (filter === "all") return [...actions];
  if (filter === "failed") return actions.filter((one) => !one.success);
  return actions.filter((one) => one.kind === "change" || !one.success);
}

/** Both lists as one, newest first, each action once; what is in `fresh` counts. */
export function merged(known: readonly Action[], fresh: readonly Action[]): Action[] {
  const all = new Map([...known, ...fresh].map((one) => [one.message_id, one]));
  return [...all.values()].sort((a, b) => Date.parse(b.emitted_at) - Date.parse(a.emitted_at));
}

/** The name of what was commanded. */
export function titleOf(action: Action): string {
  const intent = action.commanded.intent;
  return intent ? (m.intents[intent] ?? intent) : action.rule.replaceAll("_", " ");
}

/** The parts of a command in the order in which they are told. */
export const COMMAND_PARTS = [
  "charge_kw",
  "discharge_kw",
  "export_kw",
  "soc_target_percent",
  "grid_kw",
  "until",
  "water_temperature_c",
  "water_on",
  "evs",
] as const satisfies readonly (keyof Command)[];

/** Those of which any of the commands says something. */
export function partsSaid(
  ...commands: (Partial<Command> | null)[]
): (typeof COMMAND_PARTS)[number][] {
  return COMMAND_PARTS.filter((part) =>
    commands.some((one) => {
      const value = one?.[part];
      if (value === null || value === undefined) return false;
      return typeof value !== "object" || Object.keys(value).length > 0;
    }),
  );
}

/** What was measured before or after, in the order in which it is told. */
export function seenKeys(action: Action): string[] {
  return Object.keys(m.executor.seenNames).filter(
    (key) => action.before?.[key] != null || action.after?.[key] != null,
  );
}
