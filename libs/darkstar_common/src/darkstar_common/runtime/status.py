"""What a service says about itself: that it is there, and what troubles it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, NoReturn

from darkstar_common.bus.port import Bus
from darkstar_common.bus.stopping import stop
from darkstar_common.contract import STATUS, Issue, Service, ServiceStatus
from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.gauges import show_issues

AGAIN: Final = timedelta(minutes=1)
"""A status is said again so often [of the wall], far more often than it needs to last."""


class Status:
    """The issues of one service, published on its status topic whenever they change.

    A process that is no service of the contract, such as the simulator, keeps its issues
    to itself and the log.
    """

    def __init__(self, bus: Bus, clock: Clock, *, service: Service | None, version: str) -> None:
        self._bus, self._clock = bus, clock
        self._service, self._version = service, version
        self._started_at = clock.now()
        self._issues: dict[str, Issue] = {}
        show_issues(())

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong now, oldest first."""
        return tuple(self._issues.values())

    async def raise_issue(self, issue: Issue) -> None:
        """Say that something is wrong; one issue for each key, the newest."""
        known = self._issues.get(issue.key)
        since = known.since if known else (issue.since or self._clock.now())
        dated = issue.model_copy(update={"since": since})
        if dated != known:
            self._issues[issue.key] = dated
            await self._publish()

    async def clear_issue(self, key: str) -> None:
        """Say that it is right again; fine when it was."""
        if self._issues.pop(key, None) is not None:
            await self._publish()

    async def begin_again(self, keep: frozenset[str]) -> None:
        """Forget what troubled a service that starts anew, but for issues with the keys `keep`."""
        gone = [key for key in self._issues if key not in keep]
        for key in gone:
            del self._issues[key]
        if gone:
            await self._publish()

    @asynccontextmanager
    async def repeated(self) -> AsyncIterator[None]:
        """Say it again and again while this is open.

        The broker keeps the last one even when the machine lost its power, and then nobody says
        offline for who does not come back: only what is said lately is worth anything.
        """
        repeating = asyncio.create_task(self._repeat(), name="status")
        try:
            yield
        finally:
            await stop(repeating)

    def message(self, *, online: bool) -> ServiceStatus:
        """The whole status.

        Raises:
            ValueError: This process is no service of the contract.
        """
        if self._service is None:
            raise ValueError("only a service of the contract has a status")
        return ServiceStatus(
            sender=self._service,
            emitted_at=self._clock.now(),
            online=online,
            version=self._version,
            started_at=self._started_at,
            issues=self.issues if online else (),
        )

    @property
    def started_at(self) -> datetime:
        """When the service was started."""
        return self._started_at

    async def _repeat(self) -> NoReturn:
        while True:
            await self._clock.sleep(AGAIN * self._clock.speed)
            await self._publish()

    async def _publish(self) -> None:
        show_issues(self.issues)
        if self._service is not None:
            await self._bus.publish(STATUS[self._service], self.message(online=True))
