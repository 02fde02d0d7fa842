"""Who has given a password, until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime

from darkstar_common.contract import Part
from darkstar_gateway.core.access.grant import Grant, Role

MOST: Final = 200
"""Sessions at once; of more the oldest end."""


class Session(Part):
    """One browser that is signed in."""

    role: Role
    password: str
    """A fingerprint of the password that was given: with another one the session has ended."""
    until: AwareDatetime


@dataclass(frozen=True, slots=True)
class Sessions:
    """All of them, by the hash of the secret that only the browser has; the oldest first."""

    all: Mapping[str, Session]

    def grant(self, key: str, now: datetime) -> Grant | None:
        """What who has the session `key` may do; None: there is no such session any more."""
        found = self.all.get(key)
        if found is None or found.until <= now:
            return None
        return Grant(role=found.role, by="password", session=key)

    def opened(self, key: str, session: Session, now: datetime) -> Sessions:
        """With one more, and without those that have ended."""
        kept = {k: one for k, one in self.all.items() if one.until > now and k != key}
        newest = list(kept.items())[-(MOST - 1) :]
        return replace(self, all={**dict(newest), key: session})

    def closed(self, key: str) -> Sessions:
        """Without that one."""
        return replace(self, all={k: one for k, one in self.all.items() if k != key})

    def of_passwords(self, fingerprints: Mapping[Role, str], now: datetime) -> Sessions:
        """Those whose password still holds, and whose time has not passed."""
        return replace(
            self,
            all={
                key: one
                for key, one in self.all.items()
                if one.until > now and fingerprints.get(one.role) == one.password
            },
        )
