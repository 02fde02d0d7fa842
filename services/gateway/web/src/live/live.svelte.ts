// The page's copy of what the gateway shows: all of it once, then what changes.

import { address } from "./api";
import type { Bundle, Push } from "./types";

const SILENCE_MS = 10_000; // the gateway speaks every two seconds
const FIRST_RETRY_MS = 400;
const LONGEST_RETRY_MS = 8_000;

export type Connection = "connecting" | "open" | "lost";

class Live {
  /** Everything known; null until the first bundle has come. */
  bundle = $state.raw<Bundle | null>(null);
  connection = $state<Connection>("connecting");
  /** How often a whole bundle has come: after each, history is asked for anew. */
  arrivals = $state(0);
  /** The house's time of the last message [ms]. */
  heardAt = $state(0);

  #socket: WebSocket | null = null;
  #retries = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #heardOnPage = 0;

  start(): void {
    this.#connect();
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#hurry();
    });
  }

  /** The house's time [ms], which may run faster than the wall's. */
  now(): number {
    const speed = this.bundle?.house.clock_speed ?? 1;
    return this.heardAt + (performance.now() - this.#heardOnPage) * speed;
  }

  #connect(): void {
    const url = address("api/live");
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data as string) as Push);
    socket.onclose = () => {
      if (this.#socket === socket) this.#lose();
    };
    this.#watchSilence();
  }

  #hear(push: Push): void {
    this.connection = "open";
    this.#retries = 0;
    this.heardAt = Date.parse(push.now);
    this.#heardOnPage = performance.now();
    this.#watchSilence();
    if (push.type === "bundle") {
      this.bundle = push.bundle;
      this.arrivals += 1;
    } else if (push.type === "changes" && this.bundle) {
      this.bundle = { ...this.bundle, ...push.changes };
    }
  }

  #watchSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), SILENCE_MS);
  }

  #lose(): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.connection = "lost";
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#retries);
    this.#retries += 1;
    setTimeout(() => this.#reconnect(), wait * (0.75 + Math.random() / 2));
  }

  #hurry(): void {
    this.#retries = 0;
    this.#reconnect();
  }

  #reconnect(): void {
    if (this.#socket === null) this.#connect();
  }
}

export const live = new Live();
