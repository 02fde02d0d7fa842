"""Brings notifications to one destination, patiently, and says what became of each."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from darkstar_common.contract import (
    DELIVERY,
    Issue,
    Notification,
    NotificationDelivery,
    Service,
)
from darkstar_common.runtime import Context
from darkstar_gateway.metrics import NOTIFICATIONS
from darkstar_gateway.notifying.destination import DeliveryError, Destination

MOST_WAITING = 50
"""Notifications that wait for a destination; of more the oldest are dropped."""
PATIENCE = timedelta(seconds=20)
"""Longest one attempt may take, of the wall's time."""
BACK_OFF = tuple(timedelta(seconds=one) for one in (5, 15, 60, 300))
"""How long to wait after each failed attempt, of the wall's time; then what is no trouble is
given up."""
LATER = timedelta(minutes=15)
"""How often warnings and errors are tried from then on, of the wall's time."""
LASTING = timedelta(days=1)
"""For so long, of the wall's time: a house without internet has troubles people must know of."""
_ATTEMPTS = len(BACK_OFF) + 1 + LASTING // LATER
"""Most attempts for one notification."""


@dataclass(frozen=True, slots=True)
class _Late:
    """A notification that is tried again later, and how often it was."""

    notification: Notification
    attempts: int


class Courier:
    """The queue before one destination."""

    def __init__(
        self, destination: Destination, context: Context, *, patience: timedelta = PATIENCE
    ) -> None:
        self._destination, self._context = destination, context
        self._patience = patience
        self._waiting: deque[Notification] = deque()
        self._dropped: deque[Notification] = deque(maxlen=MOST_WAITING)
        self._arrived = asyncio.Event()
        self._late: deque[_Late] = deque()
        self._is_late = asyncio.Event()
        self._issue = f"notify_{destination.key}"

    @property
    def name(self) -> str:
        """What people call the destination."""
        return self._destination.name

    def take(self, notification: Notification) -> None:
        """Queue one; at once, whatever became of those before."""
        if len(self._waiting) == MOST_WAITING:
            self._dropped.append(self._waiting.popleft())
            self._count("dropped")
        self._waiting.append(notification)
        self._arrived.set()

    async def run(self) -> None:
        """Deliver what comes, in order, until cancelled; what is late holds up nothing."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._run(), name="new")
            group.create_task(self._run_late(), name="late")

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            while self._waiting:
                await self._deliver(self._waiting.popleft())
            self._arrived.clear()

    async def _run_late(self) -> None:
        clock = self._context.clock
        while True:
            await self._is_late.wait()
            await clock.sleep(LATER * clock.speed)
            await self._tell_of_the_dropped()
            for _ in range(len(self._late)):
                one = self._late.popleft()
                failed = await self.attempt(one.notification)
                await self._done(_Late(one.notification, one.attempts + 1), failed)
            if not self._late:
                self._is_late.clear()

    async def attempt(
        self, notification: Notification, *, patience: timedelta | None = None
    ) -> DeliveryError | None:
        """Try once, and raise or clear the destination's issue; None: it has arrived."""
        patience = patience or self._patience
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await self._destination.send(notification)
        except TimeoutError:
            seconds = f"{patience.total_seconds():g} s"
            failed = DeliveryError(f"it did not answer within {seconds}", "see whether it runs")
        except DeliveryError as error:
            failed = error
        else:
            self._count("delivered")
            await self._context.status.clear_issue(self._issue)
            return None
        await self._report(failed, notification)
        return failed

    async def settled(
        self, notification: Notification, attempts: int, failed: DeliveryError | None = None
    ) -> None:
        """Say what has become of one; with no attempt it was dropped."""
        dropped = f"{MOST_WAITING} others were waiting"
        reason = (failed.reason if failed else "") or ("" if attempts else dropped)
        await self._context.bus.publish(
            DELIVERY,
            NotificationDelivery(
                sender=Service.GATEWAY,
                emitted_at=self._context.clock.now(),
                caused_by=notification.message_id,
                notification_id=notification.message_id,
                destination=self._destination.key,
                delivered=failed is None and attempts > 0,
                attempts=attempts,
                reason=reason,
            ),
        )

    async def _deliver(self, notification: Notification) -> None:
        attempts, failed = 0, None
        for pause in (*BACK_OFF, None):
            attempts += 1
            await self._tell_of_the_dropped()
            failed = await self.attempt(notification)
            if failed is None or pause is None:
                break
            await self._context.clock.sleep(pause * self._context.clock.speed)
        await self._done(_Late(notification, attempts), failed)

    async def _done(self, one: _Late, failed: DeliveryError | None) -> None:
        """Settle what has arrived or is given up; the rest is tried again later."""
        troubling = one.notification.severity != "info"
        if failed is not None and troubling and one.attempts < _ATTEMPTS:
            self._put_off(one)
            return
        await self.settled(one.notification, one.attempts, failed)
        if failed is not None:
            self._count("given_up")
            self._context.log.error(
                "notification_given_up",
                destination=self._destination.key,
                kind=one.notification.kind,
            )

    def _put_off(self, one: _Late) -> None:
        if len(self._late) == MOST_WAITING:
            self._dropped.append(self._late.popleft().notification)
            self._count("dropped")
        self._late.append(one)
        self._is_late.set()

    async def _tell_of_the_dropped(self) -> None:
        while self._dropped:
            await self.settled(self._dropped.popleft(), 0)

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
