"""All destinations of this house, and the way to them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping

from darkstar_common.contract import Issue, Notification
from darkstar_common.runtime import Context
from darkstar_gateway.core.repeats import Repeats
from darkstar_gateway.metrics import NOTIFICATIONS
from darkstar_gateway.notifying.apprise_url import AppriseUrl, UnusableUrlError
from darkstar_gateway.notifying.courier import MOST_WAITING, Courier
from darkstar_gateway.notifying.destination import Destination
from darkstar_gateway.notifying.home_assistant import HomeAssistantNotify
from darkstar_gateway.notifying.trying import answer_tests


class Post:
    """Takes notifications and never waits: each destination has a queue and a task of its own."""

    def __init__(self, context: Context, switches: Callable[[], Mapping[str, bool]] = dict) -> None:
        """Nothing is delivered before it runs.

        Args:
            context: What the runtime hands to a service.
            switches: Which kinds people have switched on or off; of others all are sent.
        """
        self._context, self._switches = context, switches
        self._repeats = Repeats()
        self._couriers: tuple[Courier, ...] | None = None
        self._early: deque[Notification] = deque(maxlen=MOST_WAITING)

    def take(self, notification: Notification) -> None:
        """Send one everywhere, unless it was said just now or people have switched it off."""
        now = self._context.clock.now()
        if self._is_off(notification.kind):
            NOTIFICATIONS.labels("all", "switched_off").inc()
            return
        if self._repeats.is_one(notification, now):
            NOTIFICATIONS.labels("all", "repeated").inc()
            return
        self._repeats = self._repeats.with_said(notification, now)
        self._send(notification)

    def _send(self, notification: Notification) -> None:
        if self._couriers is None:
            self._early.append(notification)
            return
        for courier in self._couriers:
            courier.take(notification)

    def _is_off(self, kind: str) -> bool:
        return self._switches().get(kind) is False

    async def run(self) -> None:
        """Deliver what is taken, until cancelled."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each request
        found = await destinations(self._context)
        self._couriers = tuple(Courier(one, self._context) for one in found)
        for notification in self._early:
            self._send(notification)
        async with asyncio.TaskGroup() as group:
            group.create_task(answer_tests(self._context, self._couriers), name="tests")
            for courier in self._couriers:
                group.create_task(courier.run(), name="courier")


async def destinations(context: Context) -> tuple[Destination, ...]:
    """Where notifications go: Home Assistant first; what cannot be used is an issue."""
    found: list[Destination] = []
    config, secrets = context.config, context.secrets
    url, service = config.home_assistant.url, config.gateway.notify_service
    if url and service and secrets.home_assistant_token:
        found.append(HomeAssistantNotify(url, secrets.home_assistant_token, service))
    elif url and service:
        await _tell(
            context,
            "home_assistant_token",
            "Home Assistant's address is configured, yet there is no token for it.",
            "name a long-lived access token in DARKSTAR_HOME_ASSISTANT_TOKEN, or set "
            "gateway.notify_service to null",
        )
    for number, one in enumerate(secrets.notify_urls, start=1):
        try:
            found.append(await asyncio.to_thread(AppriseUrl, one, number))
        except UnusableUrlError:
            await _tell(
                context,
                f"notify_url_{number}",
                f"Address {number} of DARKSTAR_NOTIFY_URLS is none that Apprise understands.",
                "see Apprise's documentation for how it is written, such as discord://id/token",
            )
    return tuple(found)


async def _tell(context: Context, key: str, message: str, guidance: str) -> None:
    await context.status.raise_issue(
        Issue(key=key, severity="warning", message=message, guidance=guidance)
    )
