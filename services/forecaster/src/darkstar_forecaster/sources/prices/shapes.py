"""Prices as the common integrations tell them: lists of times and values, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from darkstar_forecaster.core.prices import Interval, PricesRefusedError, by_slot, lengths
from darkstar_forecaster.sources.prices.reading import moment, number
from darkstar_forecaster.sources.prices.units import per_kwh

_LISTS = (
    ("raw_today", "raw_tomorrow"),
    ("prices_today", "prices_tomorrow"),
    ("today_interval_prices", "tomorrow_interval_prices"),
    ("prices",),
    ("data",),
    ("today", "tomorrow"),
    ("slots",),
)
"""Where the prices are, the first that is there; what is after today may be empty."""
_STARTS = ("start", "start_time", "startsAt", "start_utc", "time", "hour", "timestamp", "from")
_ENDS = ("end", "end_time", "till", "to")
_VALUES = ("value", "price", "spot", "energy")
_VALUES_PER_KWH = ("spot_per_kwh", "price_per_kwh")
"""Values that say what they are, and need no unit."""


def told_spots(
    told: Any, currency: str, zone: ZoneInfo, *, needs_unit: bool
) -> dict[datetime, float]:
    """Prices by slot [currency/kWh], from a sensor's attributes or a message.

    Args:
        told: The attributes, or a message: an object with one of the usual lists, or a list.
        currency: The house's.
        zone: Of times that name none.
        needs_unit: Whether a price without a unit is refused, or taken to be per kWh.

    Raises:
        PricesRefusedError: There is no such list, or what is in it cannot be used.
    """
    about: Mapping[str, Any] = told if isinstance(told, dict) else {}
    rows = _rows(told)
    if not rows:
        raise PricesRefusedError(
            "there is no list of prices with times; looked for were "
            + ", ".join(name for names in _LISTS for name in names)
        )
    plain = all(_key(one, _VALUES_PER_KWH) for one in rows)
    if not (plain or needs_unit or about.get("unit") or about.get("unit_of_measurement")):
        about = {"currency": currency, **about, "unit": "kWh"}
    factor = per_kwh(about, currency) if not plain else 1.0
    if plain and about.get("currency", currency) not in (None, currency):
        raise PricesRefusedError(f"they are in {about['currency']}, not in {currency}")
    return by_slot(_intervals(rows, factor, zone))


def _rows(told: Any) -> list[dict[str, Any]]:
    """The entries, each an object."""
    if isinstance(told, list):
        return _objects(told)
    if not isinstance(told, dict):
        return []
    for names in _LISTS:
        lists = [told[name] for name in names if isinstance(told.get(name), list)]
        if any(lists):
            return _objects([one for entries in lists for one in entries])
    return []


def _objects(entries: Sequence[Any]) -> list[dict[str, Any]]:
    if not all(isinstance(one, dict) for one in entries):
        raise PricesRefusedError(
            "its prices come without times, so nobody knows of which day they are"
        )
    return list(entries)


def _intervals(
    rows: Sequence[Mapping[str, Any]], factor: float, zone: ZoneInfo
) -> Iterator[Interval]:
    starts = _starts(rows, zone)
    for one, start, length in zip(rows, starts, lengths(starts), strict=True):
        if _value(one) is None:
            continue
        end = _key(one, _ENDS)
        until = start + length
        if end is not None and one[end] is not None:
            until = moment(one[end], zone)
        yield Interval(start=start, end=until, per_kwh=number(_value(one)) * factor)


def _starts(rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> list[datetime]:
    """When each begins, in order; the hour that comes twice in autumn is told twice."""
    found: list[datetime] = []
    for one in rows:
        name = _key(one, _STARTS)
        if name is None:
            raise PricesRefusedError(f"an entry has no start, only {', '.join(one)}")
        start = moment(one[name], zone)
        if start in found and _nameless(one[name]):
            again = datetime.fromisoformat(one[name].strip()).replace(tzinfo=zone, fold=1)
            start = moment(again.isoformat())
        found.append(start)
    return found


def _nameless(value: Any) -> bool:
    """Whether it is a time without a zone."""
    return isinstance(value, str) and datetime.fromisoformat(value.strip()).tzinfo is None


def _value(row: Mapping[str, Any]) -> Any:
    name = _key(row, (*_VALUES_PER_KWH, *_VALUES))
    if name is None:
        raise PricesRefusedError(
            f"an entry has no price, only {', '.join(row)}; looked for were "
            + ", ".join((*_VALUES_PER_KWH, *_VALUES))
        )
    return row[name]


def _key(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in row), None)
