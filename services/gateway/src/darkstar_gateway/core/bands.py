"""Forecasts as they were issued, beside what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from darkstar_common.contract import Part
from darkstar_common.contract.messages.forecast import Quantity
from darkstar_common.slots import SLOT_HOURS

Row = Mapping[str, Any]


class Bands(Part):
    """One quantity, slot by slot, in columns of the same length; null is unknown."""

    quantity: Quantity
    starts: tuple[AwareDatetime, ...]
    p10: tuple[float | None, ...]
    p50: tuple[float | None, ...]
    p90: tuple[float | None, ...]
    actual: tuple[float | None, ...]
    compared: int = Field(ge=0, description="Slots of which forecast and actual are known")
    mae: float | None = Field(description="Mean absolute error of p50; null: none compared")
    coverage: float | None = Field(description="Share of actuals in the band, at best 0.8")


def loads(forecasts: Iterable[Row], slots: Sequence[Row], absent: frozenset[str]) -> Bands:
    """The base load [kW]: what is measured, less the heater and the cars.

    Args:
        forecasts: As issued.
        slots: As measured.
        absent: Energies of what the house does not have, which are zero without a meter.
    """
    came = {_key(one): _base(one, absent) for one in slots}
    return _bands("load", _issued("load", forecasts), came)


def suns(forecasts: Iterable[Row], slots: Sequence[Row]) -> Bands:
    """What the panels make [kW]."""
    came = {_key(one): _kw(one.get("pv_kwh")) for one in slots}
    return _bands("pv", _issued("pv", forecasts), came)


def spots(ahead: Iterable[Row], known: Iterable[Row]) -> Bands:
    """The spot price [currency/kWh]; what was published so early has no band."""
    issued = {
        _key(one): (one.get("spot_p10_per_kwh"), one["spot_per_kwh"], one.get("spot_p90_per_kwh"))
        for one in ahead
    }
    return _bands(
        "price",
        issued,
        {_key(one): one["spot_per_kwh"] for one in known if one["kind"] == "published"},
    )


def _issued(quantity: str, forecasts: Iterable[Row]) -> dict[datetime, tuple[float | None, ...]]:
    return {
        _key(one): (one["p10_kw"], one["p50_kw"], one["p90_kw"])
        for one in forecasts
        if one["quantity"] == quantity
    }


def _bands(
    quantity: Quantity,
    issued: Mapping[datetime, tuple[float | None, ...]],
    actual: Mapping[datetime, float | None],
) -> Bands:
    starts = sorted({*issued, *actual})
    nothing = (None, None, None)
    low, middle, high = (tuple(issued.get(one, nothing)[n] for one in starts) for n in range(3))
    came = tuple(actual.get(one) for one in starts)
    errors = [
        abs(one - other)
        for one, other in zip(middle, came, strict=True)
        if one is not None and other is not None
    ]
    within = [
        bottom <= one <= top
        for bottom, one, top in zip(low, came, high, strict=True)
        if bottom is not None and one is not None and top is not None
    ]
    return Bands(
        quantity=quantity,
        starts=tuple(starts),
        p10=low,
        p50=middle,
        p90=high,
        actual=came,
        compared=len(errors),
        mae=sum(errors) / len(errors) if errors else None,
        coverage=sum(within) / len(within) if within else None,
    )


def _base(slot: Row, absent: frozenset[str]) -> float | None:
    others = [
        0.0 if slot.get(f"{one}_kwh") is None and one in absent else slot.get(f"{one}_kwh")
        for one in ("water", "ev")
    ]
    known = [one for one in (slot.get("load_kwh"), *others) if one is not None]
    if len(known) <= len(others):
        return None
    return _kw(max(known[0] - sum(known[1:]), 0.0))


def _kw(kwh: float | None) -> float | None:
    return None if kwh is None else kwh / SLOT_HOURS


def _key(row: Row) -> datetime:
    start = row["start"]
    return datetime.fromisoformat(start) if isinstance(start, str) else start
