"""Finds out who asks: Home Assistant's ingress, a token, a session, or anybody where that is set.

GatewayError
└── AccessError   the gateway would let in nobody, or anybody
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from starlette.requests import cookie_parser

from darkstar_common.config import Config, Gateway
from darkstar_common.runtime import Clock, Secrets
from darkstar_gateway.api.access.kept import Doorkeeper
from darkstar_gateway.api.access.turnstile import Turnstile
from darkstar_gateway.core.access.grant import INGRESS, OPEN, TOKEN, Grant
from darkstar_gateway.core.access.start import refusal
from darkstar_gateway.listening import GatewayError

_BEARER: Final = "bearer "


class AccessError(GatewayError):
    """The gateway would let in nobody, or anybody."""


def check_access(gateway: Gateway, told: Secrets) -> None:
    """See that a gateway may be started so.

    Raises:
        AccessError: It may not; the sentence says why and what to do.
    """
    sentence = refusal(
        gateway,
        password=told.gateway_password,
        viewer=told.viewer_password,
        token=told.gateway_token,
    )
    if sentence is not None:
        raise AccessError(sentence)


class Entrance:
    """Who may come in, by the configuration and the secrets."""

    def __init__(self, config: Config, told: Secrets, state_dir: Path, clock: Clock) -> None:
        """Read the sessions that an earlier run has kept.

        Args:
            config: Of this house.
            told: The passwords and the token.
            state_dir: Where sessions are kept.
            clock: The wall's time, whatever the house's is.
        """
        access = config.gateway.access
        self.required, self.hosts = access.required, access.hosts
        self.cookie = f"darkstar_session_{config.site}"
        self._ingress = ip_address(access.ingress_address) if access.ingress_address else None
        lasts = timedelta(days=access.session_days)
        self.lasts_seconds = round(lasts.total_seconds())
        self.doorkeeper = Doorkeeper(told, state_dir, clock, lasts=lasts)
        self._passwords = Turnstile(clock, allowed=access.attempts_per_minute)
        self._tokens = Turnstile(clock, allowed=access.attempts_per_minute)

    def grant(self, headers: Mapping[str, str], peer: str | None) -> Grant | None:
        """What who asks may do; None: nobody knows who it is.

        Args:
            headers: Of the request, by names in small letters.
            peer: The address at the other end of the connection.

        Raises:
            Problem: A wrong token, and too many of them before.
        """
        if not self.required:
            return OPEN
        if self._is_ingress(headers, peer):
            return INGRESS
        said = headers.get("authorization", "")
        if said.lower().startswith(_BEARER):
            return self._by_token(said[len(_BEARER) :].strip(), peer)
        secret = self._secret(headers)
        return self.doorkeeper.grant(secret) if secret else None

    async def sign_in(self, password: str, peer: str | None) -> str | None:
        """The secret of a new session; None: that is no password.

        Raises:
            Problem: This address has been wrong too often.
        """
        self._passwords.enter(peer)
        role = await self.doorkeeper.role_of(password)
        if role is None:
            return None
        self._passwords.passed(peer)
        return await self.doorkeeper.open(role)

    def _by_token(self, token: str, peer: str | None) -> Grant | None:
        self._tokens.enter(peer)
        if not self.doorkeeper.keys.is_token(token):
            return None
        self._tokens.passed(peer)
        return TOKEN

    def _is_ingress(self, headers: Mapping[str, str], peer: str | None) -> bool:
        if self._ingress is None or "x-ingress-path" not in headers:
            return False
        try:
            return ip_address(peer or "") == self._ingress
        except ValueError:
            return False

    def _secret(self, headers: Mapping[str, str]) -> str | None:
        return cookie_parser(headers.get("cookie", "")).get(self.cookie)
