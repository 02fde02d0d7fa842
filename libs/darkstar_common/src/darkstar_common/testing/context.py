"""A service's context without a broker, an environment or a wait."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import structlog

from darkstar_common.bus.port import Bus
from darkstar_common.config import Config
from darkstar_common.contract import Service
from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.context import Context
from darkstar_common.runtime.settings import NO_SECRETS, Secrets
from darkstar_common.runtime.status import Status
from darkstar_common.testing.clock import FakeClock

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_context(
    bus: Bus,
    *,
    state_dir: Path,
    clock: Clock | None = None,
    config: Config | None = None,
    service: Service | None = None,
    secrets: Secrets = NO_SECRETS,
) -> Context:
    """What `run` would hand to `service`, over `bus`; a fake clock at noon unless one is given."""
    clock = clock or FakeClock(_NOON)
    return Context(
        config=config or Config(),
        bus=bus,
        clock=clock,
        log=structlog.get_logger(service or "test"),
        status=Status(bus, clock, service=service, version="test"),
        state_dir=state_dir,
        secrets=secrets,
    )
