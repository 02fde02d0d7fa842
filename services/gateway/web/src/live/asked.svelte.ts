// A question to the gateway and what became of it; asked anew when what it depends on changes.

import { sentenceOf } from "./api";

export class Asked<T> {
  /** The latest answer; it stays while the question is asked again. */
  value = $state.raw<T | null>(null);
  /** Why the latest attempt failed; empty when it did not. */
  problem = $state("");
  waiting = $state(true);

  readonly #question: () => Promise<T>;
  #turn = 0;

  constructor(question: () => Promise<T>) {
    this.#question = question;
  }

  /** Ask (again). Of several answers on their way only the one asked for last counts. */
  again(): void {
    this.#turn += 1;
    const turn = this.#turn;
    this.waiting = true;
    this.#question()
      .then((value) => this.#end(turn, value, ""))
      .catch((error: unknown) => this.#end(turn, null, sentenceOf(error)));
  }

  #end(turn: number, value: T | null, problem: string): void {
    if (turn !== this.#turn) return;
    this.waiting = false;
    this.problem = problem;
    if (value !== null) this.value = value;
  }
}

/**
 * Ask `question` now, and whenever state that it reads changes; to be called while a
 * component is made. Show what becomes of it with `Loading`.
 */
export function asked<T>(question: () => Promise<T>): Asked<T> {
  const made = new Asked(question);
  $effect(() => made.again());
  return made;
}
