"""What the routes of the application are made over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from darkstar_common.bus import Bus
from darkstar_common.config import Config
from darkstar_common.runtime import NO_SECRETS, Clock, Reread, Secrets, SystemClock
from darkstar_gateway.api.page import Page
from darkstar_gateway.core.house import House
from darkstar_gateway.live import Live
from darkstar_gateway.logbook import Logbook

PATIENCE = timedelta(seconds=15)
"""Longest wait for a service to answer, of wall time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """Everything a route may touch; a router takes this one value and keeps nothing else."""

    house: House
    live: Live
    bus: Bus
    clock: Clock
    page: Page
    logbook: Logbook
    config: Config
    state_dir: Path
    """Where the gateway may keep its files; it exists."""
    config_path: Path | None = None
    """The file that `config` was read from; None: there is none, as in a test."""
    secrets: Secrets = NO_SECRETS
    """What the gateway was told and no answer may hold."""
    wall: Clock = field(default_factory=SystemClock)
    """The wall's time, which sessions go by; the house's may pass faster."""
    reread: Reread = field(default_factory=Reread)
    """Has the runtime read the configuration again."""
    patience: timedelta = PATIENCE
