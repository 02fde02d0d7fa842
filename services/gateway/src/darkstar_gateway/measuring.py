"""Shows money and the broker's own figures to Prometheus; what is not known is NaN."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from math import nan

from darkstar_common.bus import RawDelivery
from darkstar_common.contract import Now
from darkstar_common.runtime import Context, Stopwatch
from darkstar_gateway import metrics
from darkstar_gateway.core.broker_figures import (
    AWAY,
    CONNECTED,
    DROPPED,
    RETAINED,
    TOPICS,
    figure,
    queued,
)

FRESH = timedelta(minutes=1)
"""The broker tells every 10 s; what it told longer ago [of the wall] is not known any more."""
_GAUGES = {
    CONNECTED: metrics.BROKER_CLIENTS,
    AWAY: metrics.BROKER_AWAY,
    RETAINED: metrics.BROKER_RETAINED,
    DROPPED: metrics.BROKER_DROPPED,
}


def show_money(now: Now) -> None:
    """Set what the day and the month have cost and saved; nothing while there is no currency."""
    if now.currency is None:
        return
    told = {
        metrics.COST_TODAY: now.cost_today,
        metrics.SAVED_TODAY: now.saved_today,
        metrics.SAVED_MONTH: now.saved_month,
    }
    for gauge, value in told.items():
        gauge.labels(now.currency).set(nan if value is None else value)


class BrokerFigures:
    """What the broker told last of itself, for as long as it goes on telling."""

    def __init__(self, *, fresh: timedelta = FRESH) -> None:
        """Know nothing yet; what is older than `fresh` [of the wall] is not known any more."""
        self._fresh = fresh
        self._figures: dict[str, int] = {}
        self._told = Stopwatch()
        for topic, gauge in _GAUGES.items():
            gauge.set_function(self._or_nan(partial(self._of, topic)))
        metrics.BROKER_QUEUED.set_function(self._or_nan(lambda: queued(self._figures)))

    def take(self, topic: str, payload: bytes) -> None:
        """Keep a figure that the broker told."""
        value = figure(payload)
        if value is not None:
            self._figures = {**self._figures, topic: value}
            self._told = Stopwatch()

    def _of(self, topic: str) -> int | None:
        return self._figures.get(topic)

    def _or_nan(self, read: Callable[[], int | None]) -> Callable[[], float]:
        def shown() -> float:
            value = read() if self._told.elapsed < self._fresh else None
            return nan if value is None else float(value)

        return shown


async def watch_broker(context: Context) -> None:
    """Follow the broker's own figures, until cancelled."""
    figures = BrokerFigures()
    async with context.bus.inbox(filters=TOPICS) as inbox:
        async for delivery in inbox:
            if isinstance(delivery, RawDelivery):
                figures.take(delivery.topic, delivery.payload)
