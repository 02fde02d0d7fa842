"""The battery: how much it would take or give now, and when that changes.

Every limit is constant between the SoC boundaries (empty, target, taper bands, full), so the stored
energy is piecewise linear in time and each boundary can be hit exactly.

Above the SoC target the standby loss comes out of the store. At and below it the inverter, which
may not discharge, takes it from its AC side, so that an idle battery stays where it was told to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from darkstar_simulator.core.parameters import BatteryParameters
from darkstar_simulator.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLimits:
    """What the battery allows at its present SoC under the present settings.

    Attributes:
        from_pv_kw: most it takes from PV [kW].
        from_grid_kw: most it takes when the grid helps, up to the SoC target [kW].
        discharge_kw: most it gives [kW].
        standby_kw: standby loss that comes out of the store [kW].
        standby_ac_kw: standby loss that comes from the AC side [kW].
    """

    from_pv_kw: float
    from_grid_kw: float
    discharge_kw: float
    standby_kw: float = 0.0
    standby_ac_kw: float = 0.0

    def rising(self) -> BatteryLimits:
        """As they are just above the target: the store bears the standby loss."""
        return replace(self, standby_kw=self.standby_kw + self.standby_ac_kw, standby_ac_kw=0.0)

    def held(self) -> BatteryLimits:
        """As they are when nothing may be charged."""
        return replace(self, from_pv_kw=0.0, from_grid_kw=0.0)


def limits(stored_kwh: float, settings: Settings, battery: BatteryParameters) -> BatteryLimits:
    """The limits at `stored_kwh`.

    A full battery takes what its standby loss needs and no more.
    """
    target = target_kwh(settings, battery)
    above = stored_kwh > target
    commanded = battery.kilowatts(settings.max_charging_current_a)
    charge = min(commanded, battery.max_charge_kw * taper_share(stored_kwh, battery))
    hold = min(charge, battery.standby_kw / battery.charge_efficiency)
    discharge = min(battery.kilowatts(settings.max_discharging_current_a), battery.max_discharge_kw)
    return BatteryLimits(
        from_pv_kw=charge if stored_kwh < battery.capacity_kwh else hold,
        from_grid_kw=charge if settings.grid_charging and stored_kwh < target else 0.0,
        discharge_kw=discharge if above else 0.0,
        standby_kw=battery.standby_kw if above else 0.0,
        standby_ac_kw=0.0 if above else battery.standby_kw,
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


def stored_rate_kw(
    charge_kw: float, discharge_kw: float, standby_kw: float, battery: BatteryParameters
) -> float:
    """How fast the stored energy changes [kW]."""
    gained = battery.charge_efficiency * charge_kw - discharge_kw / battery.discharge_efficiency
    rate = gained - standby_kw
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
