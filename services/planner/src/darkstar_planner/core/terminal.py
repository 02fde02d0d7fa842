"""What energy stored at the end of the horizon is worth.

The hours after the end are not planned, but they resemble the same hours of the last day
that is: what is left over will first cover what the house draws before the sun or the next
cheap hours come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from darkstar_common.config import Battery, Config
from darkstar_common.slots import SLOT_HOURS

Curve = tuple[tuple[float, float], ...]
# the stretch after the horizon that stored energy is expected to carry [slots]
CARRIED = 48
CHEAP_SHARE = 0.25
_DAY = 96
# sun that fills so much of the battery ends the stretch
_REFILLED = 0.5
_NARROW_KWH = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class _After:
    """What is expected just after the horizon.

    Attributes:
        drawn_kwh: What the house draws until the sun has refilled the battery.
        drawn_price: The mean import price of that [currency/kWh].
        sun_kwh: What the sun leaves over.
        sun_price: What that would be sold for [currency/kWh].
    """

    drawn_kwh: float
    drawn_price: float
    sun_kwh: float
    sun_price: float


def terminal_value(
    config: Config,
    import_price: Sequence[float],
    net_load_kw: Sequence[float],
    export_price: Sequence[float] = (),
) -> Curve:
    """What stored energy is worth at the horizon's end, as steps that fall.

    A kWh left over replaces one that would be bought later. As much as the house is
    expected to draw in the 12 hours after the end, or until the sun has refilled the
    battery, saves the import prices of just those hours. What goes beyond that only
    saves buying it again in the cheapest quarter of the slots. And where tomorrow's sun
    would find no room for it, it only saves what the sun is sold for instead.

    Args:
        config: The battery: efficiencies, wear, limits.
        import_price: Of each slot of the horizon [currency/kWh].
        net_load_kw: Expected load less PV of each slot [kW].
        export_price: Of each slot [currency/kWh]; without it the sun is worth nothing.
    """
    battery = config.battery
    if battery is None:
        return ()
    after = _after(battery, import_price, net_load_kw, export_price)
    ranked = sorted(import_price)
    cheap = list(islice(ranked, max(1, round(len(ranked) * CHEAP_SHARE))))
    high = _worth(battery, after.drawn_price)
    low = min(high, _worth(battery, sum(cheap) / len(cheap)))
    spilt = min(low, max(0.0, after.sun_price) / battery.charge_efficiency)
    capacity = battery.capacity_kwh
    floor = capacity * battery.min_soc_percent / 100
    carried = floor + after.drawn_kwh / battery.discharge_efficiency
    room = capacity - after.sun_kwh * battery.charge_efficiency
    return _steps(((carried, high), (max(carried, room), low), (capacity, spilt)), capacity)


def _after(
    battery: Battery,
    import_price: Sequence[float],
    net_load_kw: Sequence[float],
    export_price: Sequence[float],
) -> _After:
    """The slots after the end, each like the one a day before it; unknown ones like the mean."""
    count = len(import_price)
    mean_price, mean_net = sum(import_price) / count, sum(net_load_kw) / count
    drawn = paid = sun = sold = 0.0
    for slot in range(count - _DAY, count - _DAY + CARRIED):
        known = slot >= 0
        kwh = (net_load_kw[slot] if known else max(0.0, mean_net)) * SLOT_HOURS
        if kwh > 0:
            drawn += kwh
            paid += kwh * (import_price[slot] if known else mean_price)
        elif known:
            sun -= kwh
            sold -= kwh * (max(0.0, export_price[slot]) if export_price else 0.0)
        if sun * battery.charge_efficiency > _REFILLED * battery.capacity_kwh:
            break
    return _After(
        drawn_kwh=drawn,
        drawn_price=paid / drawn if drawn > 0 else mean_price,
        sun_kwh=sun,
        sun_price=sold / sun if sun > 0 else 0.0,
    )


def _worth(battery: Battery, price: float) -> float:
    """What a stored kWh saves at an import price [currency/kWh]."""
    return max(0.0, battery.discharge_efficiency * (price - battery.wear_cost_per_kwh))


def _steps(steps: Curve, capacity_kwh: float) -> Curve:
    """`steps` within the battery, the last one up to its top; too narrow ones are left out."""
    found: list[tuple[float, float]] = []
    below = 0.0
    for upto, value in steps[:-1]:
        top = min(upto, capacity_kwh)
        if top - below >= _NARROW_KWH and capacity_kwh - top >= _NARROW_KWH:
            found.append((top, value))
            below = top
        elif capacity_kwh - top < _NARROW_KWH and below < capacity_kwh:
            return (*found, (capacity_kwh, value))
    return (*found, (capacity_kwh, steps[-1][1]))
