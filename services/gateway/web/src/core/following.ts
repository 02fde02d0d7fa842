// How the page stays up to date: what a message makes of what is known, and which way to try next.

import type { Bundle, Push } from "../live/types";

/** By WebSocket, or by Server-Sent Events where a proxy lets no WebSocket through. */
export type Way = "socket" | "events";

const TRIES = 2; // of one way in a row, before the other has its turn

/** What is known after `push`; null while no whole bundle has come. */
export function known(bundle: Bundle | null, push: Push): Bundle | null {
  if (push.type === "bundle") return push.bundle;
  if (push.type === "changes" && bundle) return { ...bundle, ...push.changes };
  return bundle;
}

/**
 * Which way to try after `failures` attempts in a row that brought nothing.
 *
 * @param worked The way that last brought something.
 */
export function wayAfter(failures: number, worked: Way): Way {
  const other: Way = worked === "socket" ? "events" : "socket";
  return Math.floor(failures / TRIES) % 2 === 0 ? worked : other;
}

/** How long to wait before attempt number `failures` + 1 [ms]; `chance` in [0, 1) spreads many pages. */
export function patience(failures: number, chance: number): number {
  const wait = Math.min(8_000, 400 * 2 ** failures);
  return wait * (0.75 + chance / 2);
}
