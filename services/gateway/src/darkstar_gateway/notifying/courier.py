"""Brings notifications to one destination, patiently, and says when it cannot."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

from darkstar_common.contract import Issue, Notification
from darkstar_common.runtime import Context
from darkstar_gateway.metrics import NOTIFICATIONS
from darkstar_gateway.notifying.destination import DeliveryError, Destination

MOST_WAITING = 50
"""Notifications that wait for a destination; of more the oldest are dropped."""
PATIENCE = timedelta(seconds=20)
"""Longest one attempt may take, of the wall's time."""
BACK_OFF = tuple(timedelta(seconds=one) for one in (5, 15, 60, 300))
"""How long to wait after each failed attempt, of the wall's time; then it is given up."""


class Courier:
    """The queue before one destination."""

    def __init__(
        self, destination: Destination, context: Context, *, patience: timedelta = PATIENCE
    ) -> None:
        self._destination, self._context = destination, context
        self._patience = patience
        self._waiting: deque[Notification] = deque(maxlen=MOST_WAITING)
        self._arrived = asyncio.Event()
        self._issue = f"notify_{destination.key}"

    def take(self, notification: Notification) -> None:
        """Queue one; at once, whatever became of those before."""
        if len(self._waiting) == MOST_WAITING:
            self._count("dropped")
        self._waiting.append(notification)
        self._arrived.set()

    async def run(self) -> None:
        """Deliver what comes, in order, until cancelled."""
        while True:
            await self._arrived.wait()
            while self._waiting:
                await self._deliver(self._waiting.popleft())
            self._arrived.clear()

    async def _deliver(self, notification: Notification) -> None:
        for pause in (*BACK_OFF, None):
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    await self._destination.send(notification)
            except TimeoutError:
                seconds = f"{self._patience.total_seconds():g} s"
                failed = DeliveryError(f"it did not answer within {seconds}", "see whether it runs")
                await self._report(failed, notification)
            except DeliveryError as error:
                await self._report(error, notification)
            else:
                self._count("delivered")
                await self._context.status.clear_issue(self._issue)
                return
            if pause is not None:
                await self._context.clock.sleep(pause * self._context.clock.speed)
        self._count("given_up")
        self._context.log.error(
            "notification_given_up", destination=self._destination.key, kind=notification.kind
        )

    async def _report(self, error: DeliveryError, notification: Notification) -> None:
        self._count("failed")
        self._context.log.warning(
            "notification_failed",
            destination=self._destination.key,
            kind=notification.kind,
            reason=error.reason,
        )
        await self._context.status.raise_issue(
            Issue(
                key=self._issue,
                severity="warning",
                message=f"{self._destination.name} did not get a notification: {error.reason}.",
                guidance=error.guidance,
            )
        )

    def _count(self, result: str) -> None:
        NOTIFICATIONS.labels(self._destination.key, result).inc()
