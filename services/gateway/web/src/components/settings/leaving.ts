// Nobody loses what is not saved: leaving the page, or the browser's window, is asked about first.

/**
 * Watch for leaving while `dirty()`.
 *
 * `own` is the page's own address: moving within it is no leaving. `asked` is called with the
 * address that was wanted; the page stays until `go` is called with it.
 */
export function watchLeaving(own: string, dirty: () => boolean, asked: (to: string) => void): () => void {
  function moved(event: HashChangeEvent): void {
    const wanted = new URL(event.newURL).hash;
    if (wanted.startsWith(own) || !dirty()) return;
    event.stopImmediatePropagation();
    history.pushState(null, "", event.oldURL);
    asked(wanted);
  }
  function closing(event: BeforeUnloadEvent): void {
    if (dirty()) event.preventDefault();
  }
  // Before the router hears of it, which listens without `capture`.
  addEventListener("hashchange", moved, { capture: true });
  addEventListener("beforeunload", closing);
  return () => {
    removeEventListener("hashchange", moved, { capture: true });
    removeEventListener("beforeunload", closing);
  };
}
