// The settings as they are being changed: what is saved, what is not, and what is wrong with it.

import {
  asDefault,
  changedKeys,
  drafted,
  edited,
  isChanged,
  rebased,
  standsAfter,
  untouched,
  without,
  type Draft,
} from "../../core/settings/draft";
import { at, within, type Json, type Tree } from "../../core/settings/path";
import { nodeAt } from "../../core/settings/tree";
import { ask, RequestFailed, send, sentenceOf } from "../../live/api";
import { session } from "../../live/session.svelte";
import { wish, type Done, type Problem, type Settings } from "../../core/settings/api";

const CHECK_AFTER_MS = 350;
const ASK_AGAIN_MS = [500, 1500, 4000]; // the gateway itself starts anew with what was saved

export type Ended =
  | { as: "saved"; done: Done }
  | { as: "refused" | "failed" | "conflict"; sentence: string };

export class Editor {
  saved = $state.raw<Settings>() as Settings;
  draft = $state.raw<Draft>(untouched);
  /** What the gateway says is wrong. */
  problems = $state.raw<readonly Problem[]>([]);
  checking = $state(false);
  /** Why the last check had no answer. */
  unchecked = $state("");
  saving = $state(false);
  ended = $state.raw<Ended | null>(null);
  /** What cannot be a value at all, by place: the field keeps what was typed. */
  #faults = $state.raw<Readonly<Record<string, string>>>({});
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(saved: Settings) {
    this.saved = saved;
  }

  values: Tree = $derived.by(() => drafted(this.draft, this.saved));
  changed: string[] = $derived.by(() => changedKeys(this.draft));
  faulty: string[] = $derived.by(() => [
    ...new Set([...Object.keys(this.#faults), ...this.problems.map((one) => one.key)]),
  ]);
  dirty: boolean = $derived.by(() => this.changed.length > 0 || Object.keys(this.#faults).length > 0);
  ready: boolean = $derived.by(
    () => this.changed.length > 0 && !this.faulty.length && !this.saving && !this.locked,
  );

  /** Nothing can be changed: by this person, or in this file. */
  get locked(): boolean {
    return session.looksOnly || !this.saved.writable;
  }

  /** Changed keys that are in force only after a restart. */
  restarts: string[] = $derived.by(() =>
    this.changed.filter((key) => nodeAt(this.saved.groups, key)?.restart),
  );

  value(key: string): Json | undefined {
    return at(this.values, key);
  }

  isChanged(key: string): boolean {
    return isChanged(this.draft, key);
  }

  stands(key: string): boolean {
    return standsAfter(this.draft, this.saved, key);
  }

  /** What is wrong at `key` itself, or below it where that has no field of its own. */
  wrong(key: string, below = false): string[] {
    const fits = (place: string): boolean => (below ? within(place, key) : place === key);
    const faults = Object.entries(this.#faults).filter(([place]) => fits(place));
    const problems = this.problems.filter((one) => fits(one.key));
    return [...faults.map(([, said]) => said), ...problems.map((one) => one.message)];
  }

  set(key: string, value: Json): void {
    this.#clear(key);
    this.#becomes(edited(this.draft, this.saved, key, value));
  }

  /** What was typed at `key` is no value. */
  fault(key: string, sentence: string): void {
    this.#faults = { ...this.#faults, [key]: sentence };
  }

  toDefault(key: string): void {
    this.#clear(key);
    this.#becomes(asDefault(this.draft, this.saved, key));
  }

  undo(key: string): void {
    this.#clear(key);
    this.#becomes(without(this.draft, key));
  }

  discard(): void {
    this.#faults = {};
    this.#becomes(untouched);
  }

  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.saving = true;
    this.ended = null;
    try {
      const body = { revision: this.saved.revision, ...wish(this.draft, this.saved) };
      const done = await send<Done>("POST", "settings", body);
      this.#keep(done);
      this.ended = { as: "saved", done };
      void this.#refreshed();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Put the file back as it was in a backup; what is not saved is dropped. */
  async restore(name: string): Promise<void> {
    this.saving = true;
    this.ended = null;
    try {
      const body = { revision: this.saved.revision, name };
      const done = await send<Done>("POST", "settings/restore", body);
      this.discard();
      this.saved = { ...this.saved, revision: done.revision };
      this.ended = { as: "saved", done };
      void this.#refreshed();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.saving = false;
    }
  }

  /** Read the file again; with `keeping`, the changes stay. */
  async reload(keeping: boolean): Promise<void> {
    this.saving = true;
    try {
      const saved = await ask<Settings>("settings");
      this.saved = saved;
      this.#faults = {};
      this.ended = null;
      this.#becomes(keeping ? rebased(this.draft, saved) : untouched);
    } catch (error) {
      this.ended = { as: "failed", sentence: sentenceOf(error) };
    } finally {
      this.saving = false;
    }
  }

  #becomes(draft: Draft): void {
    this.draft = draft;
    if (this.ended?.as !== "conflict") this.ended = null;
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.checking = false;
    this.unchecked = "";
    if (!changedKeys(draft).length) {
      this.problems = [];
      return;
    }
    this.#timer = setTimeout(() => void this.check(), CHECK_AFTER_MS);
  }

  /** Ask whether the whole would be taken. */
  async check(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    this.checking = true;
    this.unchecked = "";
    try {
      const said = await send<{ problems: Problem[] }>("POST", "settings/check", wish(this.draft, this.saved));
      if (turn === this.#turn) this.problems = said.problems;
    } catch (error) {
      if (turn === this.#turn) this.unchecked = sentenceOf(error);
    } finally {
      if (turn === this.#turn) this.checking = false;
    }
  }

  #clear(key: string): void {
    const kept = Object.entries(this.#faults).filter(([place]) => !within(place, key));
    this.#faults = Object.fromEntries(kept);
    this.problems = this.problems.filter((one) => !within(one.key, key));
  }

  #keep(done: Done): void {
    const left = this.saved.set.filter((key) => !this.draft.removed.some((one) => within(key, one)));
    this.saved = {
      ...this.saved,
      revision: done.revision,
      values: drafted(this.draft, this.saved),
      set: [...new Set([...left, ...Object.keys(this.draft.changes)])],
    };
    this.draft = untouched;
    this.problems = [];
  }

  #fail(error: unknown): void {
    const status = error instanceof RequestFailed ? error.status : 0;
    const said = error instanceof RequestFailed ? error.said["problems"] : undefined;
    if (Array.isArray(said)) this.problems = said as Problem[];
    const as = status === 409 ? "conflict" : status === 422 ? "refused" : "failed";
    this.ended = { as, sentence: sentenceOf(error) };
  }

  /** Take over the file as the gateway tells it, once it answers with the new one. */
  async #refreshed(): Promise<void> {
    for (const wait of ASK_AGAIN_MS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const saved = await ask<Settings>("settings").catch(() => null);
      if (saved?.revision !== this.saved.revision) continue;
      this.saved = saved;
      return;
    }
  }
}
