// Nobody loses what is not saved: leaving the page, or the browser's window, is asked about first.

import { route } from "../../core/route.svelte";

/**
 * Watch for leaving while `dirty()`; returns how to stop that.
 *
 * `own` is the page's own address: moving within it is no leaving. `asked` is called with the
 * address that was wanted, and the page stays.
 */
export function watchLeaving(own: string, dirty: () => boolean, asked: (to: string) => void): () => void {
  function closing(event: BeforeUnloadEvent): void {
    if (dirty()) event.preventDefault();
  }
  function hold(wanted: string): boolean {
    if (wanted.startsWith(own) || !dirty()) return false;
    asked(wanted);
    return true;
  }
  addEventListener("beforeunload", closing);
  route.hold = hold;
  return () => {
    removeEventListener("beforeunload", closing);
    if (route.hold === hold) route.hold = null;
  };
}
