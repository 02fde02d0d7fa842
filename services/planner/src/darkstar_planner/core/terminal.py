"""What energy stored at the end of the horizon is worth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from darkstar_common.config import Config
from darkstar_common.slots import SLOT_HOURS

Curve = tuple[tuple[float, float], ...]
# the stretch after the horizon that stored energy is expected to carry [h]
CARRIED_HOURS = 12.0
CHEAP_SHARE = 0.25


def terminal_value(
    config: Config, import_price: Sequence[float], net_load_kw: Sequence[float]
) -> Curve:
    """What stored energy is worth at the horizon's end, as steps that fall.

    A kWh left replaces one that would be bought later. As much as the house is
    expected to draw before the next cheap hours (taken as the mean net load of
    `CARRIED_HOURS`) saves an import at the mean price. What goes beyond that only
    saves buying it again in the cheapest quarter of the slots, so it is worth that
    price. Both times the discharge efficiency, less the wear of the discharge.
    """
    battery = config.battery
    if battery is None:
        return ()
    cheapest = sorted(import_price)
    cheap = list(islice(cheapest, max(1, round(len(cheapest) * CHEAP_SHARE))))
    low = _worth(config, sum(cheap) / len(cheap))
    mean = _worth(config, sum(import_price) / len(import_price))
    drawn = [max(0.0, one) for one in net_load_kw]
    needed = sum(drawn) / len(drawn) * CARRIED_HOURS / battery.discharge_efficiency
    floor = battery.capacity_kwh * battery.min_soc_percent / 100
    carried = min(floor + needed, battery.capacity_kwh)
    if carried >= battery.capacity_kwh - SLOT_HOURS:
        return ((battery.capacity_kwh, mean),)
    return ((max(carried, SLOT_HOURS), mean), (battery.capacity_kwh, low))


def _worth(config: Config, price: float) -> float:
    """What a stored kWh saves at an import price [currency/kWh]."""
    battery = config.battery
    if battery is None:
        return 0.0
    return max(0.0, battery.discharge_efficiency * (price - battery.wear_cost_per_kwh))
