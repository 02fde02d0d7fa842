"""Shows the house and its plan to Prometheus; what is not known is NaN there, never a 0."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import nan

from prometheus_client import Gauge

from darkstar_common.config import Config
from darkstar_common.contract import PriceCurve, Schedule
from darkstar_executor import metrics
from darkstar_executor.core import gauged, house
from darkstar_executor.core.ears import Ears
from darkstar_executor.core.roles import Binding


class Measuring:
    """Keeps the roles that are shown, so that one that nobody plays any more is shown no more."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._roles: frozenset[str] = frozenset()
        for gauge in (metrics.READING_AGE, metrics.READING_KNOWN):
            gauge.clear()
        for gauge in metrics.AT_FIRST_UNKNOWN:
            gauge.set(nan)
        metrics.PLANNING_INTERVAL.set(config.planner.interval_minutes * 60)

    def show(
        self, ears: Ears, schedule: Schedule | None, prices: PriceCurve | None, now: datetime
    ) -> None:
        """Set every gauge of the house to what is known at `now`."""
        ages = gauged.ages(ears, now)
        for role in self._roles.difference(ages):
            metrics.READING_AGE.remove(role)
            metrics.READING_KNOWN.remove(role)
        self._roles = frozenset(ages)
        _by_label(metrics.READING_AGE, ages)
        _by_label(metrics.READING_KNOWN, gauged.known(ears, now))
        _by_label(metrics.POWER, gauged.powers(ears, self._config, now))
        _by_label(metrics.PLANNED_POWER, gauged.planned_powers(gauged.planned_slot(schedule, now)))
        _by_label(metrics.PRICE, gauged.prices(prices, now))
        metrics.PRICE_PUBLISHED.set(gauged.published(prices, now))
        metrics.SOC.set(_figure(house.soc_percent(ears, now).value))
        metrics.PLANNED_SOC.set(_figure(gauged.planned_percent(schedule, now)))
        metrics.SCHEDULE_AGE.set(_figure(gauged.schedule_age(schedule, now)))


def count_from_zero(bindings: Mapping[str, Binding]) -> None:
    """Show the writes of each setting that there is from 0 on, so that the first one is seen."""
    for role, binding in bindings.items():
        if binding.setting and binding.entity is not None:
            for result in metrics.WRITE_RESULTS:
                metrics.WRITES.labels(role=role, result=result)


def _by_label(gauge: Gauge, values: Mapping[str, float | None]) -> None:
    for label, value in values.items():
        gauge.labels(label).set(_figure(value))


def _figure(value: float | None) -> float:
    return nan if value is None else float(value)
