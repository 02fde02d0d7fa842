// What has passed of the time that the chart shows: recorded slots, and what was planned for
// them. Asked for once, and kept up to date by what is pushed.

import { untrack } from "svelte";
import { byStart, type Past, type PlannedSlot } from "../../chart/rows";
import { SLOT_MS } from "../../core/slots";
import { ask, closedSlots, rows, sentenceOf, type Columns } from "../../live/api";
import type { ClosedSlot, Schedule } from "../../live/types";

export interface Wanted {
  /** The house's time [ms]. */
  now: () => number;
  /** Where what is shown begins [ms]; it may move on. */
  from: () => number;
  /** How often all is new: then it is asked for again. */
  arrivals: () => number;
  closed: () => readonly ClosedSlot[];
  /** The schedule in force: what it says of a slot is kept when that has passed. */
  schedule: () => Schedule | null;
  /** Whether what was planned is wanted too. */
  planned: boolean;
}

export class PastSlots {
  value = $state.raw<Past>({ closed: new Map(), planned: new Map() });
  /** Why there is none; empty while there is. */
  problem = $state("");

  readonly #wanted: Wanted;

  /** To be made while a component is. */
  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    $effect(() => {
      wanted.arrivals();
      return untrack(() => this.#load());
    });
    $effect(() => {
      const latest = wanted.closed();
      untrack(() => this.#merge(latest, []));
    });
    if (wanted.planned)
      $effect(() => {
        const ahead = wanted.schedule()?.slots ?? [];
        untrack(() => this.#merge([], ahead));
      });
  }

  #load(): () => void {
    let stale = false;
    const span = { start: new Date(this.#wanted.from()), end: new Date(this.#wanted.now() + SLOT_MS) };
    const then = this.#wanted.planned
      ? ask<{ columns: Columns }>("history/planned", span).then((said) =>
          rows<PlannedSlot>(said.columns),
        )
      : Promise.resolve([]);
    Promise.all([closedSlots(span.start, span.end), then])
      .then(([closed, planned]) => {
        if (stale) return;
        this.#merge(closed, planned);
        this.problem = "";
      })
      .catch((error: unknown) => {
        if (!stale) this.problem = sentenceOf(error);
      });
    return () => {
      stale = true;
    };
  }

  /** Take in what came, and forget what is not shown any more. */
  #merge(closed: readonly ClosedSlot[], planned: readonly PlannedSlot[]): void {
    if (!closed.length && !planned.length) return;
    const from = this.#wanted.from();
    const kept = <T>(old: ReadonlyMap<number, T>, fresh: Map<number, T>): Map<number, T> =>
      new Map([...[...old].filter(([start]) => start >= from), ...fresh]);
    this.value = {
      closed: closed.length ? kept(this.value.closed, byStart(closed)) : this.value.closed,
      planned: planned.length ? kept(this.value.planned, byStart(planned)) : this.value.planned,
    };
  }
}
