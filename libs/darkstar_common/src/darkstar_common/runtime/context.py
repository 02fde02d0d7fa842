"""What a service is handed: everything it may touch outside its own core."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from structlog.typing import FilteringBoundLogger

from darkstar_common.bus.port import Bus
from darkstar_common.config import Config
from darkstar_common.contract import Message
from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.reread import Reread
from darkstar_common.runtime.settings import NO_SECRETS, Secrets
from darkstar_common.runtime.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One per process, made by `run` or by a test."""

    config: Config
    bus: Bus
    clock: Clock
    log: FilteringBoundLogger
    status: Status
    state_dir: Path
    """Where this service may keep its files; it exists."""
    config_path: Path | None = None
    """The file that `config` was read from; None: there is none, as in a test."""
    secrets: Secrets = NO_SECRETS
    """What this process was told and nobody else is to know."""
    reread: Reread = field(default_factory=Reread)
    """Another configuration: asking for it, and whether it is why `main` is cancelled."""


Main: TypeAlias = "Callable[[Context], Coroutine[Any, Any, None]]"


def because_of(log: FilteringBoundLogger, cause: Message) -> FilteringBoundLogger:
    """`log` with `cause` bound, so that the chain from price to setpoint can be followed."""
    bound: FilteringBoundLogger = log.bind(caused_by=str(cause.message_id))
    return bound
