"""What really happened, slot by slot: the part of a house that no policy may look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from darkstar_common.config import Config
from darkstar_common.slots import SLOT, SLOT_HOURS, local_day
from darkstar_lab.errors import PeriodError
from darkstar_simulator.core.series import HouseSeries

LEAST_PAST = timedelta(days=7)
"""So much history forecasts need to know a weekend from a working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Consecutive slots of a house, number 0 starting at `start`; powers are means [kW].

    Attributes:
        load_kw: Base load, without what the water heater takes.
        pv_kw: What the sun offered, before any curtailment.
        spot_per_kwh: Day-ahead price [currency/kWh].
    """

    start: datetime
    load_kw: tuple[float, ...]
    pv_kw: tuple[float, ...]
    spot_per_kwh: tuple[float, ...]

    @property
    def count(self) -> int:
        """Number of slots."""
        return len(self.load_kw)

    def at(self, number: int) -> datetime:
        """When slot `number` starts."""
        return self.start + number * SLOT

    def number(self, moment: datetime) -> int:
        """Which slot holds `moment`; may lie before or after the slots there are."""
        return (moment - self.start) // SLOT

    def import_price(self, slots: range, config: Config) -> tuple[float, ...]:
        """What a bought kWh costs in each of `slots` [currency/kWh]."""
        tariff, zone = config.tariff, config.zone
        return tuple(
            tariff.import_price(self.spot_per_kwh[t], self.at(t).astimezone(zone)) for t in slots
        )

    def export_price(self, slots: range, config: Config) -> tuple[float, ...]:
        """What a sold kWh earns in each of `slots` [currency/kWh]."""
        return tuple(config.tariff.export_price(self.spot_per_kwh[t]) for t in slots)


def truth_of(series: HouseSeries) -> Truth:
    """The slots of a house file.

    Raises:
        PeriodError: Slots have no price.
    """
    prices = [one for one in series.spot_per_kwh if one is not None]
    if len(prices) < len(series.spot_per_kwh):
        missing = next(t for t, one in enumerate(series.spot_per_kwh) if one is None)
        moment = series.start + missing * SLOT
        raise PeriodError(
            f"the house file has no price for {moment.isoformat()}; "
            "a replay needs a column spot_per_kwh with a number in every row"
        )
    return Truth(
        start=series.start,
        load_kw=_powers(series.load_kwh),
        pv_kw=_powers(series.pv_kwh),
        spot_per_kwh=tuple(prices),
    )


def _powers(energies: Sequence[float]) -> tuple[float, ...]:
    return tuple(one / SLOT_HOURS for one in energies)


def period(truth: Truth, config: Config, first: date, days: int) -> range:
    """The slots of `days` local days from `first` on.

    Raises:
        PeriodError: They are not all there, or less than a week of history is before them.
    """
    begin, _ = local_day(first, config.zone)
    end, _ = local_day(first + timedelta(days=days), config.zone)
    slots = range(truth.number(begin), truth.number(end))
    earliest = (truth.start + LEAST_PAST).astimezone(config.zone).date() + timedelta(days=1)
    if days < 1:
        raise PeriodError(f"a replay needs at least 1 day, not {days}")
    if first < earliest:
        raise PeriodError(
            f"{first.isoformat()} is too early: forecasts need {LEAST_PAST.days} days of history; "
            f"the first day possible is {earliest.isoformat()}"
        )
    if slots.stop > truth.count:
        last = truth.at(truth.count).astimezone(config.zone)
        raise PeriodError(
            f"the house file ends at {last:%Y-%m-%d %H:%M} local time, before "
            f"{days} days from {first.isoformat()} are over"
        )
    return slots
