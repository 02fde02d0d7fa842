"""Keys that say who gets in at the page, and how it is announced to Home Assistant."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from support.doors import SECRETS
from support.gateway_app import a_gateway
from unit.common.keys.probe import Observe, Probe
from unit.common.keys.showing import entities

from darkstar_common.config import Config
from darkstar_gateway.api.page import Page

PEER = "192.0.2.7"
NOWHERE = Path("/nonexistent")


def asked(method: str, path: str, *, times: int = 1, **words: Any) -> Observe:
    """The last answer's status, and how long the cookie holds that it sets."""

    async def observe(config: Config) -> object:
        with TemporaryDirectory() as state:
            async with a_gateway(
                Page.read(NOWHERE), config=config, guarded=True, secrets=SECRETS,
                state_dir=Path(state), peer=PEER,
            ) as gateway:  # fmt: skip
                for _ in range(times):
                    answer = await gateway.client.request(method, path, **words)
        said = answer.headers.get("set-cookie", "").lower().split("; ")
        return answer.status_code, [one for one in said if one.startswith("max-age")]

    return observe


def signing_in(password: str | None, *, times: int = 1) -> Observe:
    return asked("POST", "/api/session", times=times, json={"password": password})


PROBES = (
    Probe(
        key="gateway.access.required", observe=asked("GET", "/api/version"), values=(True, False)
    ),
    Probe(
        key="gateway.access.session_days",
        observe=signing_in(SECRETS.gateway_password),
        values=(1.0, 30.0),
    ),
    Probe(
        key="gateway.access.attempts_per_minute",
        observe=signing_in("guessed", times=2),
        values=(1, 5),
    ),
    Probe(
        key="gateway.access.hosts",
        observe=asked("GET", "/api/version", headers={"host": "darkstar.example.org"}),
        values=((), ("darkstar.example.org",)),
    ),
    Probe(
        key="gateway.access.ingress_address",
        observe=asked("GET", "/api/version", headers={"x-ingress-path": "/below"}),
        values=(None, PEER),
    ),
    Probe(key="gateway.discovery", observe=entities, values=("entity", "device")),
)
