// Something a person asks for with a button: one at a time, and what became of it in a sentence.

import { capital } from "../core/format";
import { m } from "../messages";
import { command, sentenceOf, type Outcome } from "./api";

export class Wishing {
  busy = $state(false);
  /** What became of the last wish; empty before the first. */
  sentence = $state("");
  refused = $state(false);

  /** Ask for what `path` stands for; `name` says what, while it is on its way. */
  async ask(name: string, path: string, body: object = {}): Promise<boolean> {
    this.sentence = m.actions.sent(name);
    return this.doing(() => command(path, body));
  }

  /** Do `what`, and say what became of it. */
  async doing(what: () => Promise<Outcome>): Promise<boolean> {
    this.busy = true;
    this.refused = false;
    const outcome = await what().catch((error: unknown) => ({
      accepted: false,
      sentence: sentenceOf(error),
    }));
    this.busy = false;
    this.refused = !outcome.accepted;
    this.sentence = capital(outcome.sentence);
    return outcome.accepted;
  }
}
