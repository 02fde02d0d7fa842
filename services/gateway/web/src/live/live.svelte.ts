// The page's copy of what the gateway shows: all of it once, then what changes.

import { known, patience, wayAfter, type Way } from "../core/following";
import { ask } from "./api";
import { open, type Close, type Place } from "./channel";
import { session } from "./session.svelte";
import type { Bundle, Push } from "./types";

const SILENCE_MS = 10_000; // the gateway speaks every two seconds

export type Connection = "connecting" | "open" | "lost";

class Live {
  /** Everything known; null until the first bundle has come. */
  bundle = $state.raw<Bundle | null>(null);
  connection = $state<Connection>("connecting");
  /** How often the connection was made: after each, history is asked for anew. */
  arrivals = $state(0);
  /** The house's time of the last message [ms]. */
  heardAt = $state(0);

  #close: Close | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heardOnPage = 0;
  #failures = 0;
  #worked: Way = "socket";
  #place: Place | null = null;

  /**
   * Begin, and hurry whenever the browser has reason to think that it would help; done when the
   * first question for everything has ended, answered or not.
   */
  start(): Promise<void> {
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.hurry();
    });
    return this.begin();
  }

  /** Ask for everything at once, and follow what changes from there. */
  begin(): Promise<void> {
    return ask<Push>("dashboard/bundle")
      .then((push) => this.#hear(push))
      .catch(() => undefined) // what follows asks again, and says what is wrong
      .finally(() => this.#connect());
  }

  /** The house's time [ms], which may run faster than the wall's. */
  now(): number {
    const speed = this.bundle?.house.clock_speed ?? 1;
    return this.heardAt + (performance.now() - this.#heardOnPage) * speed;
  }

  /** Try again at once, unless the connection stands. */
  hurry(): void {
    if (this.connection !== "lost") return;
    this.#failures = 0;
    this.#connect();
  }

  /** Forget all, since who looks at the page has left; the next one gets it anew. */
  forget(): void {
    this.#close?.();
    this.#close = this.#place = this.bundle = null;
    this.connection = "connecting";
    clearTimeout(this.#silence);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#close?.();
    if (session.signedOut) return;
    const way = wayAfter(this.#failures, this.#worked);
    let first = true;
    this.#close = open(way, this.bundle ? this.#place : null, {
      heard: (text) => {
        this.#hear(JSON.parse(text) as Push);
        if (first) this.arrivals += 1;
        first = false;
        this.#worked = way;
        this.#failures = 0;
        this.connection = "open";
        this.#watchSilence();
      },
      closed: (signedOut) => this.#lose(signedOut),
    });
    this.#watchSilence();
  }

  #hear(push: Push): void {
    this.heardAt = Date.parse(push.now);
    this.#heardOnPage = performance.now();
    this.#place = { sequence: push.sequence, run: push.run ?? null };
    this.bundle = known(this.bundle, push);
  }

  #watchSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(false), SILENCE_MS);
  }

  #lose(signedOut: boolean): void {
    clearTimeout(this.#silence);
    this.#close?.();
    this.#close = null;
    if (signedOut) {
      session.signedOut = true;
      return;
    }
    this.connection = "lost";
    void session.refresh(); // Server-Sent Events do not say that nobody is signed in
    this.#retry = setTimeout(() => this.#connect(), patience(this.#failures, Math.random()));
    this.#failures += 1;
  }
}

export const live = new Live();
