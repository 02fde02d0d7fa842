"""Looks again and again whether something stands that nobody else tells people of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, NoReturn

from darkstar_common.contract import NOTIFY, Notification, Service
from darkstar_common.runtime import Context
from darkstar_gateway.core.watch import News, Watch, troubles
from darkstar_gateway.live import Live

EVERY: Final = timedelta(seconds=15)
"""How often it looks, of the wall's time."""


async def watch(context: Context, live: Live, take: Callable[[Notification], None]) -> NoReturn:
    """Tell people what stands, until cancelled.

    Args:
        context: What the runtime hands to a service.
        live: What is known of the services and of the broker.
        take: Sends a notification to every destination without the broker.
    """
    clock, watched = context.clock, Watch()
    while True:
        await clock.sleep(EVERY * clock.speed)
        connected = live.connected
        found = troubles(live.view.services, clock.now(), connected=connected, speed=clock.speed)
        watched, news = watched.after(found, EVERY)
        for one in news:
            note = _notification(context, one)
            if connected:
                await context.bus.publish(NOTIFY, note)  # it comes back, as from any service
            else:
                live.apply(NOTIFY.path, note)
                take(note)


def _notification(context: Context, news: News) -> Notification:
    note = Notification(
        sender=Service.GATEWAY,
        emitted_at=context.clock.now(),
        kind=news.kind,
        severity=news.severity,
        title=news.title,
        text=news.text,
    )
    context.log.info(
        "notification_sent",
        message_id=str(note.message_id),
        kind=note.kind,
        title=note.title,
        text=note.text,
    )
    return note
