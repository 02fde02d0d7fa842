// The manual blocks as someone changes them: tried out, applied or discarded. What is changed
// stays while other pages are looked at.

import {
  blocksOf,
  conflict,
  earliest,
  keyOf,
  messagesOf,
  type Block,
} from "../../chart/blocks";
import { SLOT_MS } from "../../core/slots";
import { command, send, sentenceOf } from "../../live/api";
import { session } from "../../live/session.svelte";
import type { PlanStatus, Simulated } from "../../live/types";
import { m } from "../../messages";

/** So long is waited for the planner to tell what was applied, before what it says is shown [ms]. */
const TOLD_MS = 5_000;
/** A what-if is two plans, and may wait for a third; the gateway gives up before [ms]. */
const TRIED_MS = 90_000;

interface Trial {
  /** What was tried out. */
  of: string;
  result: Simulated;
}

export class BlockEditor {
  /** What is changed; null: nothing is. */
  draft = $state.raw<readonly Block[] | null>(null);
  /** The block that the form shows, by its id. */
  open = $state<number | null>(null);
  busy = $state<"" | "trying" | "applying">("");
  /** What became of the last thing done, and whether it was refused. */
  said = $state("");
  refused = $state(false);
  trial = $state.raw<Trial | null>(null);

  #status = $state.raw<PlanStatus | null>(null);
  #now = $state(0);
  #sent = $state.raw<{ blocks: readonly Block[]; before: string } | null>(null);
  /** What was in force when the draft was begun. */
  #base = "";
  #nextId = 1_000;

  /** Whether it is known what is in force: before, nothing can be changed. */
  readonly known = $derived(this.#status !== null);

  /** Whether the one who looks may change anything here. */
  get editable(): boolean {
    return this.known && !session.looksOnly;
  }

  readonly inForce = $derived(
    blocksOf(this.#status?.manual_blocks ?? []).filter((one) => one.end > this.#now),
  );
  readonly #inForceKey = $derived(keyOf(this.inForce, this.#now));
  /** What is shown: the draft, what was just sent, or what is in force. */
  readonly blocks = $derived.by(() => {
    const sent = this.#sent;
    const told = sent !== null && this.#inForceKey !== sent.before;
    return this.draft ?? (sent && !told ? sent.blocks : this.inForce);
  });
  readonly #ahead = $derived(this.blocks.filter((one) => one.end > this.#now));
  readonly #key = $derived(keyOf(this.blocks, this.#now));
  readonly dirty = $derived(this.draft !== null && this.#key !== this.#inForceKey);
  /** Whether others are in force than those that the draft began with. */
  readonly meanwhile = $derived(this.dirty && this.#base !== this.#inForceKey);
  readonly stale = $derived(this.trial !== null && this.trial.of !== this.#key);

  hear(status: PlanStatus | null, now: number): void {
    if (status !== this.#status) this.#status = status;
    const slot = earliest(now);
    if (slot !== this.#now) this.#now = slot;
  }

  /** Put `block` in place of the one with its id, or beside the others; whether that can be. */
  put(block: Block): boolean {
    const was = this.blocks.find((one) => one.id === block.id);
    const fault = this.#fault(block, was);
    if (fault) {
      this.#say(fault, true);
      return false;
    }
    const others = this.blocks.filter((one) => one !== was);
    const id = was ? block.id : this.#nextId++;
    this.#change([...others, { ...block, id }]);
    this.open = id;
    return true;
  }

  remove(id: number): void {
    this.#change(this.blocks.filter((one) => one.id !== id));
    if (this.open === id) this.open = null;
  }

  discard(): void {
    this.draft = null;
    this.trial = null;
    this.open = null;
    this.#say(m.planning.blocks.discarded, false);
  }

  refuse(sentence: string): void {
    this.#say(sentence, true);
  }

  /** Ask what the plan would be with the blocks as they are shown. */
  async tryOut(): Promise<void> {
    const of = this.#key;
    const blocks = messagesOf(this.#ahead);
    this.busy = "trying";
    this.#say("", false);
    try {
      const asked = { changes: { blocks } };
      const result = await send<Simulated>("POST", "whatif", asked, TRIED_MS);
      this.trial = { of, result };
    } catch (error) {
      this.trial = null;
      this.#say(sentenceOf(error), true);
    }
    this.busy = "";
  }

  async apply(): Promise<void> {
    const blocks = this.#ahead;
    const before = this.#inForceKey;
    this.busy = "applying";
    const outcome = await command("plan/manual/set", { blocks: messagesOf(blocks) });
    this.busy = "";
    this.#say(outcome.sentence, !outcome.accepted);
    if (!outcome.accepted) return;
    this.#sent = { blocks, before };
    this.draft = null;
    this.trial = null;
    this.open = null;
    setTimeout(() => (this.#sent = null), TOLD_MS);
  }

  #change(blocks: readonly Block[]): void {
    if (this.draft === null) this.#base = this.#inForceKey;
    this.draft = blocks;
    this.#say("", false);
  }

  /** Why `block` cannot be, in a sentence; empty when it can. */
  #fault(block: Block, was: Block | undefined): string {
    const words = m.planning.blocks;
    if (block.end <= block.start) return words.backwards;
    const first = earliest(this.#now);
    if (block.start < first && was?.start !== block.start) return words.past;
    if (block.end < first + SLOT_MS) return words.past;
    const other = conflict(this.blocks, block);
    return other ? words.overlap(this.name(block), this.name(other)) : "";
  }

  /** How a block is called in sentences; the page says how times are told. */
  name = (block: Block): string => m.planning.blocks.actions[block.action];

  #say(sentence: string, refused: boolean): void {
    this.said = sentence;
    this.refused = refused;
  }
}

export const editor = new BlockEditor();
