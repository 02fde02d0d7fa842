// Wheel, fingers and drags on the chart, as a new part of it to look at.

import type { Window } from "./rows";
import { LEFT, momentAt, panned, pinched, RIGHT, zoomed } from "./view";

export interface Looking {
  view: () => Window;
  extent: () => Window;
  look: (view: Window) => void;
  /** Back to where one began. */
  reset: () => void;
  /** A place was touched, `x` from the left edge of the panels [px]. */
  touch: (x: number) => void;
}

/** So far a pointer moves before it drags [px]. */
const SLACK = 5;
const DOUBLE_MS = 300;

interface Held {
  x: number;
  /** Where it went down, and the part shown then. */
  from: number;
  view: Window;
}

/** Listen to what is done on `element`, which holds the panels; returns how to stop. */
export function gestures(element: HTMLElement, looking: Looking): () => void {
  const held = new Map<number, Held>();
  let dragging = false;
  let touchedAt = 0;

  const x = (event: MouseEvent): number => event.clientX - element.getBoundingClientRect().left;
  const moment = (at: number, view = looking.view()): number =>
    momentAt(at, element.clientWidth, view);
  const plotted = (): number => Math.max(1, element.clientWidth - LEFT - RIGHT);

  function wheel(event: WheelEvent): void {
    const { extent, view, look } = looking;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const closer = event.ctrlKey || event.metaKey || element.contains(document.activeElement);
    if (!sideways && !closer) return;
    event.preventDefault();
    const { start, end } = view();
    const by = sideways ? event.deltaX || event.deltaY : event.deltaY;
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? by * 20 : by;
    if (sideways) look(panned(view(), (pixels / plotted()) * (end - start), extent()));
    else look(zoomed(view(), Math.exp(pixels * 0.002), moment(x(event)), extent()));
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0 || !(event.target as Element).closest(".u-over")) return;
    held.set(event.pointerId, { x: x(event), from: x(event), view: looking.view() });
    if (held.size === 2) for (const one of held.values()) restart(one);
  }

  function restart(one: Held): void {
    dragging = true;
    Object.assign(one, { from: one.x, view: looking.view() });
  }

  function move(event: PointerEvent): void {
    const one = held.get(event.pointerId);
    if (!one) return;
    one.x = x(event);
    if (!dragging && Math.abs(one.x - one.from) < SLACK) return;
    if (!dragging || !element.hasPointerCapture(event.pointerId))
      element.setPointerCapture(event.pointerId);
    dragging = true;
    const fingers = [...held.values()];
    if (fingers.length === 2) pinch(fingers as [Held, Held]);
    else if (fingers.length === 1) pan(one);
  }

  function pan({ x: at, from, view }: Held): void {
    const length = view.end - view.start;
    looking.look(panned(view, ((from - at) / plotted()) * length, looking.extent()));
  }

  function pinch([one, other]: [Held, Held]): void {
    const at = (finger: Held): number => moment(finger.from, finger.view);
    const to = (finger: Held): number => (finger.x - LEFT) / plotted();
    looking.look(pinched([at(one), at(other)], [to(one), to(other)], looking.extent()));
  }

  function up(event: PointerEvent): void {
    const one = held.get(event.pointerId);
    if (!one) return;
    held.delete(event.pointerId);
    for (const left of held.values()) restart(left);
    if (!dragging && event.type === "pointerup") touched(event, one);
    if (!held.size) dragging = false;
  }

  function touched(event: PointerEvent, one: Held): void {
    const twice = event.timeStamp - touchedAt < DOUBLE_MS;
    touchedAt = twice ? 0 : event.timeStamp;
    if (twice) looking.reset();
    else looking.touch(one.x);
  }

  const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up };
  const each = Object.entries(listeners) as [string, (event: Event) => void][];
  element.addEventListener("wheel", wheel, { passive: false });
  for (const [name, listener] of each) element.addEventListener(name, listener);
  return () => {
    element.removeEventListener("wheel", wheel);
    for (const [name, listener] of each) element.removeEventListener(name, listener);
  };
}
