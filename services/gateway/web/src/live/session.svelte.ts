// Who looks at the page, and what that one may do.

import { ask, onSignedOut } from "./api";

/** The answer to `GET api/session`. */
export interface SessionState {
  signed_in: boolean;
  role: "owner" | "viewer" | null;
  required: boolean;
  by: "password" | "token" | "ingress" | "open" | null;
}

class Session {
  /** What the gateway said last; null until it has. */
  state = $state.raw<SessionState | null>(null);
  /** The gateway wants to know who asks before it tells anything. */
  signedOut = $state(false);

  /** Nothing can be changed by who looks only. */
  get looksOnly(): boolean {
    return this.state?.role === "viewer";
  }

  /** Whether there is someone to sign out. */
  get canLeave(): boolean {
    return this.state?.by === "password";
  }

  /** Take in what the gateway said of the session. */
  hear(state: SessionState): void {
    this.state = state;
    this.signedOut = !state.signed_in;
  }

  /** Ask who is signed in; an answer that does not come changes nothing. */
  async refresh(): Promise<void> {
    try {
      this.hear(await ask<SessionState>("session"));
    } catch {
      // The connection tells by itself that the gateway is away.
    }
  }
}

export const session = new Session();
onSignedOut(() => {
  session.signedOut = true;
});
