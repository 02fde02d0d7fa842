"""The battery: how much it would take or give now, and when that changes.

Every limit is constant between the SoC boundaries (empty, target, taper bands, full), so the stored
energy is piecewise linear in time and each boundary can be hit exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from darkstar_simulator.core.parameters import BatteryParameters
from darkstar_simulator.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLimits:
    """What the battery allows at its present SoC under the present settings.

    Attributes:
        from_pv_kw: most it takes from PV [kW].
        from_grid_kw: most it takes when the grid helps, up to the SoC target [kW].
        discharge_kw: most it gives [kW].
    """

    from_pv_kw: float
    from_grid_kw: float
    discharge_kw: float


def limits(stored_kwh: float, settings: Settings, battery: BatteryParameters) -> BatteryLimits:
    """The limits at `stored_kwh`.

    Exactly at full, or exactly at the target of a grid charge, the battery is held there: it takes
    what its standby loss needs and no more.
    """
    target = target_kwh(settings, battery)
    commanded = battery.kilowatts(settings.max_charging_current_a)
    charge = min(commanded, battery.max_charge_kw * taper_share(stored_kwh, battery))
    hold = min(charge, battery.standby_kw / battery.charge_efficiency)
    from_grid = 0.0
    if settings.grid_charging and stored_kwh <= target:
        from_grid = charge if stored_kwh < target else hold
    discharge = min(battery.kilowatts(settings.max_discharging_current_a), battery.max_discharge_kw)
    return BatteryLimits(
        from_pv_kw=charge if stored_kwh < battery.capacity_kwh else hold,
        from_grid_kw=from_grid,
        discharge_kw=discharge if stored_kwh > target else 0.0,
    )


def target_kwh(settings: Settings, battery: BatteryParameters) -> float:
    """The SoC target as stored energy [kWh]."""
    return settings.soc_target_percent / 100 * battery.capacity_kwh


def taper_share(stored_kwh: float, battery: BatteryParameters) -> float:
    """The share of `max_charge_kw` that the BMS allows at `stored_kwh` [0..1]."""
    allowed = 1.0
    for band in battery.taper:
        if stored_kwh >= band.from_percent / 100 * battery.capacity_kwh:
            allowed = band.share
    return allowed


def standby_kw(stored_kwh: float, charge_kw: float, battery: BatteryParameters) -> float:
    """What the standby loss takes now [kW]; from an empty battery no more than is being charged."""
    if stored_kwh > 0:
        return battery.standby_kw
    return min(battery.standby_kw, battery.charge_efficiency * charge_kw)


def stored_rate_kw(
    stored_kwh: float, charge_kw: float, discharge_kw: float, battery: BatteryParameters
) -> float:
    """How fast the stored energy changes [kW]."""
    gained = battery.charge_efficiency * charge_kw - discharge_kw / battery.discharge_efficiency
    rate = gained - standby_kw(stored_kwh, charge_kw, battery)
    return 0.0 if abs(rate) < 1e-12 else rate  # noqa: PLR2004 (holding is exact, rounding is not)


def next_boundary(
    stored_kwh: float, rate_kw: float, settings: Settings, battery: BatteryParameters
) -> tuple[float, float]:
    """Hours until the limits change (inf: never), and the stored energy [kWh] then."""
    edges = [0.0, target_kwh(settings, battery), battery.capacity_kwh]
    edges += [band.from_percent / 100 * battery.capacity_kwh for band in battery.taper]
    if rate_kw > 0:
        ahead = [edge for edge in edges if edge > stored_kwh]
        edge = min(ahead, default=stored_kwh)
    elif rate_kw < 0:
        ahead = [edge for edge in edges if edge < stored_kwh]
        edge = max(ahead, default=stored_kwh)
    else:
        return math.inf, stored_kwh
    return ((edge - stored_kwh) / rate_kw if ahead else math.inf), edge
