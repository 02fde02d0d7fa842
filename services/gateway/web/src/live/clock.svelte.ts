// The house's time as something the page can depend on: four times a second at most.

import { live } from "./live.svelte";

const FAST_MS = 250;
const SLOW_MS = 1000;
const FAST_FROM = 5;

class PageClock {
  #ticked = $state(0);

  /** The house's time [ms]; of the first message, until the clock ticks. */
  get now(): number {
    return this.#ticked || live.heardAt;
  }

  start(): void {
    const tick = (): void => {
      if (live.bundle) this.#ticked = live.now();
      const speed = live.bundle?.house.clock_speed ?? 1;
      setTimeout(tick, speed >= FAST_FROM || !live.bundle ? FAST_MS : SLOW_MS);
    };
    tick();
  }
}

export const clock = new PageClock();
