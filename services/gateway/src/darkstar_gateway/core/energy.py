"""Energies, money and shares of a time, and which time people mean by a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from darkstar_common.contract import Part
from darkstar_common.slots import local_day

Period = Literal["today", "yesterday", "week", "month", "year", "all"]
By = Literal["day", "week", "month", "year"]
_BY: Mapping[Period, By] = {
    "today": "day", "yesterday": "day", "week": "day", "month": "day", "year": "month",
    "all": "month",
}  # fmt: skip
_BEFORE_ALL = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Local days from `first` to `last`, and how they are told."""

    first: date
    last: date
    """Included."""
    by: By

    @property
    def count(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Their first moment and the first one after them."""
        return local_day(self.first, zone)[0], local_day(self.last, zone)[1]


def days_of(period: Period, today: date, by: By | None = None) -> Days:
    """The days of `period` up to `today`: a week begins on Monday, a month on its first.

    Example:
        >>> days_of("week", date(2026, 6, 12))
        Days(first=datetime.date(2026, 6, 8), last=datetime.date(2026, 6, 12), by='day')
    """
    yesterday = today - timedelta(days=1)
    first = {
        "today": today,
        "yesterday": yesterday,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
        "all": _BEFORE_ALL,
    }[period]
    last = yesterday if period == "yesterday" else today
    return Days(first=first, last=last, by=by or _BY[period])


def fitting_by(first: date, last: date) -> By:
    """How a time of days is told when nothing is said: in some dozens of rows at most."""
    days = (last - first).days + 1
    return "day" if days <= 62 else "week" if days <= 366 else "month"  # noqa: PLR2004 (dozens)


class Energy(Part):
    """Sums over local days; null is unknown, and every cost is of the known slots alone."""

    start: AwareDatetime
    end: AwareDatetime
    days: int = Field(ge=0, description="Of which anything is known")
    expected_slots: int = Field(ge=0)
    known_slots: int = Field(ge=0, description="Of which energies and prices are known")
    coverage: float | None = Field(description="Known of expected slots; null: none expected")
    load_kwh: float | None = None
    pv_kwh: float | None = None
    import_kwh: float | None = None
    export_kwh: float | None = None
    charge_kwh: float | None = None
    discharge_kwh: float | None = None
    water_kwh: float | None = None
    ev_kwh: float | None = None
    cost: float | None = Field(default=None, description="Import less export [currency]")
    cost_without_battery: float | None = Field(default=None, description="[currency]")
    cost_self_consumption: float | None = Field(
        default=None, description="With a battery that knows no prices [currency]"
    )
    cost_perfect_foresight: float | None = Field(
        default=None, description="Had all been known before [currency]; null: not worked out"
    )
    foresight_days: int | None = Field(
        default=None, ge=0, description="Days of which perfect foresight is worked out"
    )
    cost_where_foresight: float | None = Field(
        default=None, description="The real cost of those days [currency]"
    )
    cost_without_battery_where_foresight: float | None = Field(
        default=None, description="And without a battery [currency]"
    )
    planned_cost: float | None = Field(default=None, description="By the plans [currency]")
    cost_where_planned: float | None = Field(
        default=None, description="The real cost of the slots that were planned [currency]"
    )
    wear_cost: float | None = Field(default=None, description="Of the battery [currency]")
    stored_worth: float | None = Field(
        default=None, description="Of what the battery gained or lost meanwhile [currency]"
    )
    saved: float | None = Field(default=None, description="Against no battery [currency]")
    saved_with_stored: float | None = Field(
        default=None, description="The same, with what is still in the battery [currency]"
    )
    saved_by_planning: float | None = Field(
        default=None, description="Against a battery that knows no prices [currency]"
    )
    saved_by_planning_with_stored: float | None = None
    cycles: float | None = Field(default=None, description="Full ones of the battery")
    self_consumption: float | None = Field(default=None, description="Share of the PV used here")
    self_sufficiency: float | None = Field(default=None, description="Share not imported")

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """From a row of the recorder's rollups."""
        expected = record["expected_slots"]
        coverage = record["known_slots"] / expected if expected else None
        return cls.model_validate({**record, "coverage": coverage})

    @classmethod
    def nothing(cls, start: datetime, end: datetime) -> Self:
        """Of a time of which nothing was recorded."""
        return cls(start=start, end=end, days=0, expected_slots=0, known_slots=0, coverage=None)


class EnergyReport(Part):
    """A time in sums: as a whole, and row by row."""

    first: date
    last: date
    by: By
    timezone: str
    currency: str
    total: Energy
    rows: tuple[Energy, ...] = Field(description="Oldest first; days without records are missing")


def local_today(now: datetime, zone: ZoneInfo) -> date:
    """The date people in the house would say.

    Example:
        >>> local_today(datetime(2026, 6, 12, 23, tzinfo=UTC), ZoneInfo("Europe/Stockholm"))
        datetime.date(2026, 6, 13)
    """
    return now.astimezone(UTC).astimezone(zone).date()
