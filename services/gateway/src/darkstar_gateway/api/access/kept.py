"""Sessions on disk, so that nobody has to sign in again after a restart."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from pydantic import Field, ValidationError

from darkstar_common.contract import Part
from darkstar_common.runtime import Clock, Secrets, write_atomic
from darkstar_gateway.api.access.keys import Keys, hashed
from darkstar_gateway.core.access.grant import Grant, Role
from darkstar_gateway.core.access.sessions import Session, Sessions

FILE: Final = "sessions.json"
_SECRET_BYTES: Final = 32
_log = structlog.get_logger("darkstar_gateway")


class Kept(Part):
    """What the file holds: nothing that lets anybody in."""

    salt: str = Field(pattern=r"^([0-9a-f]{2}){16}$")
    sessions: dict[str, Session]


class Doorkeeper:
    """Knows the passwords and who has given one; the only place that changes sessions."""

    def __init__(self, told: Secrets, state_dir: Path, clock: Clock, *, lasts: timedelta) -> None:
        """Read what an earlier run has kept.

        Args:
            told: The passwords and the token.
            state_dir: Where the file is.
            clock: The wall's time, which browsers have too.
            lasts: How long a session holds.
        """
        self._path, self._clock, self._lasts = state_dir / FILE, clock, lasts
        kept = _read(self._path)
        self.keys = Keys.of(told, bytes.fromhex(kept.salt) if kept else None)
        known = Sessions(kept.sessions if kept else {})
        self._sessions = known.of_passwords(self.keys.passwords, clock.now())
        self._writing, self._comparing = asyncio.Lock(), asyncio.Lock()

    async def role_of(self, password: str) -> Role | None:
        """Whose password that is; one after the other, for each takes memory."""
        async with self._comparing:
            return await asyncio.to_thread(self.keys.role_of, password)

    def grant(self, secret: str) -> Grant | None:
        """What the browser with that `secret` may do; None: it has to sign in."""
        return self._sessions.grant(hashed(secret).hex(), self._clock.now())

    def holds(self, grant: Grant) -> bool:
        """Whether `grant` still does; one without a session always does."""
        key = grant.session
        return key is None or self._sessions.grant(key, self._clock.now()) is not None

    async def open(self, role: Role) -> str:
        """Begin a session of `role`; its secret, which is kept nowhere."""
        secret, now = secrets.token_urlsafe(_SECRET_BYTES), self._clock.now()
        password = self.keys.passwords[role]
        session = Session(role=role, password=password, until=now + self._lasts)
        self._sessions = self._sessions.opened(hashed(secret).hex(), session, now)
        await self._write()
        return secret

    async def close(self, grant: Grant) -> None:
        """End the session that `grant` comes from; none is no error."""
        if grant.session is not None:
            self._sessions = self._sessions.closed(grant.session)
            await self._write()

    async def _write(self) -> None:
        async with self._writing:
            kept = Kept(salt=self.keys.salt.hex(), sessions=dict(self._sessions.all))
            content = kept.model_dump_json().encode()
            try:
                await asyncio.to_thread(write_atomic, self._path, content)
            except OSError as error:
                _log.warning("sessions_not_kept", path=str(self._path), reason=error.strerror)


def _read(path: Path) -> Kept | None:
    try:
        return Kept.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("sessions_unreadable", path=str(path), reason=type(error).__name__)
        return None
