"""Whether a gateway may be started with such settings and secrets, or nobody or anybody gets in."""

from __future__ import annotations

from typing import Final

from darkstar_common.config import Gateway
from darkstar_gateway.core.access.hosts import is_address, is_loopback

SHORTEST_PASSWORD: Final = 8
"""[characters]."""
SHORTEST_TOKEN: Final = 16
"""No person types it [characters]."""
_WAY_OUT: Final = (
    "name one in DARKSTAR_GATEWAY_PASSWORD or DARKSTAR_GATEWAY_PASSWORD_FILE (for programs: a "
    "token in DARKSTAR_GATEWAY_TOKEN or DARKSTAR_GATEWAY_TOKEN_FILE)"
)


def refusal(
    gateway: Gateway, *, password: str | None, viewer: str | None, token: str | None
) -> str | None:
    """Why the gateway is not to be started so, in a sentence with the way out; None: it may."""
    ingress = gateway.access.ingress_address
    if ingress is not None and not is_address(ingress):
        return f"gateway.access.ingress_address is {ingress}, and that is no address."
    if not gateway.access.required:
        return _too_open(gateway)
    if not password and not token:
        return (
            "Nobody could sign in to act, for there is neither a password nor a token: "
            f"{_WAY_OUT}. On this machine alone it works without, when gateway.host is 127.0.0.1 "
            "and gateway.access.required is false."
        )
    if password is not None and password == viewer:
        return (
            "DARKSTAR_GATEWAY_PASSWORD and DARKSTAR_VIEWER_PASSWORD are the same, so nobody could "
            "tell an owner from a viewer: choose two."
        )
    for name, secret, shortest in (
        ("DARKSTAR_GATEWAY_PASSWORD", password, SHORTEST_PASSWORD),
        ("DARKSTAR_VIEWER_PASSWORD", viewer, SHORTEST_PASSWORD),
        ("DARKSTAR_GATEWAY_TOKEN", token, SHORTEST_TOKEN),
    ):
        if secret is not None and len(secret) < shortest:
            return f"{name} has {len(secret)} characters and would be guessed: use {shortest}."
    return None


def _too_open(gateway: Gateway) -> str | None:
    if is_loopback(gateway.host):
        return None
    return (
        f"gateway.access.required is false, and the page would be open to all who reach "
        f"{gateway.host}. That goes only on this machine's own address: set gateway.host to "
        "127.0.0.1 (DARKSTAR_GATEWAY_HOST goes before it), or gateway.access.required to true and "
        f"{_WAY_OUT}."
    )
