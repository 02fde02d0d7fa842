"""How much is expected of a day: forecasts added up by the house's own days."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar_common.contract import QuantileForecast
from darkstar_common.slots import SLOT, local_day, slot_start

_HOURS = SLOT / timedelta(hours=1)


def expected(
    load: QuantileForecast | None, pv: QuantileForecast | None, now: datetime, zone: ZoneInfo
) -> dict[str, float | None]:
    """What is yet to come today and all of tomorrow, by the fields of `Now`.

    Args:
        load: Of the house; None: there is no forecast.
        pv: Of the panels; None: there is no forecast.
        now: Of the house.
        zone: Whose days these are.

    Returns:
        Energies [kWh]; None where a forecast does not reach over all of the time.
    """
    start = slot_start(now)
    today = start.astimezone(zone).date()
    (_, midnight), (_, next_midnight) = (
        local_day(day, zone) for day in (today, today + timedelta(days=1))
    )
    found: dict[str, float | None] = {}
    for name, forecast in (("load", load), ("pv", pv)):
        found[f"{name}_today_kwh"] = _energy(forecast, start, midnight)
        found[f"{name}_tomorrow_kwh"] = _energy(forecast, midnight, next_midnight)
    return found


def _energy(forecast: QuantileForecast | None, start: datetime, end: datetime) -> float | None:
    """The energy of [start, end) [kWh]; None unless every slot of it is known."""
    slots = [one for one in forecast.slots if start <= one.start < end] if forecast else []
    if len(slots) != (end - start) // SLOT:
        return None
    powers = (one.p50_kw if one.mean_kw is None else one.mean_kw for one in slots)
    return round(sum(powers) * _HOURS, 2)
