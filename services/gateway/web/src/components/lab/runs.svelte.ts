// What was asked, and what came of it; kept while the page is open, also while another is looked at.

import { send, sentenceOf } from "../../live/api";
import type { Simulated } from "../../live/types";
import { AS_IT_IS, changesOf, nameOf, type Step, type Wish } from "./lab";

/** A what-if waits for a plan that is being made, and is two plans itself [ms]. */
const PATIENCE_MS = 90_000;
const MOST_RUNS = 6;

export interface Run {
  id: number;
  name: string;
  answer: Simulated;
}

class Lab {
  wish = $state<Wish>({ ...AS_IT_IS });
  runs = $state.raw<Run[]>([]);
  asking = $state(false);
  problem = $state("");

  steps = $state.raw<Step[]>([]);
  relaxedSale = $state(false);
  /** What is being worked out [kWh]; null: nothing. */
  working = $state<number | null>(null);
  saleProblem = $state("");

  #made = 0;
  #stopped = false;

  /** Ask what the wish would come to; the oldest of too many goes. */
  async ask(hasBattery: boolean): Promise<void> {
    const name = nameOf(this.wish);
    this.asking = true;
    this.problem = "";
    try {
      const changes = changesOf(this.wish, hasBattery);
      const answer = await send<Simulated>("POST", "whatif", { changes }, PATIENCE_MS);
      this.#made += 1;
      this.runs = [...this.runs, { id: this.#made, name, answer }].slice(-MOST_RUNS);
    } catch (error) {
      this.problem = sentenceOf(error);
    }
    this.asking = false;
  }

  remove(id: number): void {
    this.runs = this.runs.filter((one) => one.id !== id);
  }

  /** Work out each of `amounts` [kWh], one after the other, until stopped or refused. */
  async sell(amounts: readonly number[], relaxed: boolean): Promise<void> {
    this.steps = [];
    this.saleProblem = "";
    this.relaxedSale = relaxed;
    this.#stopped = false;
    for (const kwh of amounts) {
      if (this.#stopped) break;
      this.working = kwh;
      try {
        const step = await send<Step>("POST", "whatif/export", { kwh, relaxed }, PATIENCE_MS);
        this.steps = [...this.steps, step];
      } catch (error) {
        this.saleProblem = sentenceOf(error);
        break;
      }
    }
    this.working = null;
  }

  /** No further steps; the one that is being worked out still comes. */
  stop(): void {
    this.#stopped = true;
  }
}

export const lab = new Lab();
