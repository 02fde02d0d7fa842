// The two ways in which the gateway tells the page what changes; both bring the same texts.

import type { Way } from "../core/following";
import { address, type Params } from "./api";

/** What an open way tells. */
export interface Listener {
  heard(text: string): void;
  /** It is closed for good; `signedOut` when the gateway first wants to know who asks. */
  closed(signedOut: boolean): void;
}

/** From where in the gateway's story the page goes on. */
export interface Place {
  sequence: number;
  /** Which run of the gateway counts so; null when it does not say. */
  run: string | null;
}

/** Closes what was opened; after it nothing is told any more. */
export type Close = () => void;

const SIGNED_OUT = 4401;

/** Open a way and tell `listener` what comes, from `place` on where the gateway still knows it. */
export function open(way: Way, place: Place | null, listener: Listener): Close {
  const params: Params = place ? { resume: place.sequence, run: place.run } : {};
  return way === "socket" ? socket(params, listener) : events(params, listener);
}

function socket(params: Params, listener: Listener): Close {
  const url = address("api/live", params);
  url.protocol = url.protocol.replace("http", "ws");
  const made = new WebSocket(url);
  made.onmessage = (event) => listener.heard(event.data as string);
  made.onclose = (event) => listener.closed(event.code === SIGNED_OUT);
  return () => {
    made.onmessage = made.onclose = null;
    made.close();
  };
}

function events(params: Params, listener: Listener): Close {
  const made = new EventSource(address("api/events", params));
  const close = (): void => {
    made.onmessage = made.onerror = null;
    made.close();
  };
  made.onmessage = (event) => listener.heard(event.data as string);
  // It would go on by itself; one place decides when to try again, and which way.
  made.onerror = () => {
    close();
    listener.closed(false);
  };
  return close;
}
