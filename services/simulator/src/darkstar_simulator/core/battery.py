"""The battery: how much it would take or give now, and when that changes.

Every limit is constant between the SoC boundaries (empty, floor, ceiling, taper bands, full), so
the stored energy is piecewise linear in time and each boundary can be hit exactly.

Above the floor the standby loss comes out of the store. At and below it the inverter, which may not
discharge, takes it from its AC side, so that an idle battery stays where it was told to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from darkstar_simulator.core.control import Control
from darkstar_simulator.core.parameters import BatteryParameters

Side = Literal["below", "at", "above"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryLimits:
    """What the battery allows at its present SoC under the present control.

    Attributes:
        from_pv_kw: most it takes from PV [kW].
        from_grid_kw: most it takes when the grid helps, up to the ceiling [kW].
        discharge_kw: most it gives [kW].
        standby_kw: standby loss that comes out of the store [kW].
        standby_ac_kw: standby loss that comes from the AC side [kW].
    """

    from_pv_kw: float
    from_grid_kw: float
    discharge_kw: float
    standby_kw: float = 0.0
    standby_ac_kw: float = 0.0

    def held(self) -> BatteryLimits:
        """As they are while it is kept exactly where it is."""
        standby = self.standby_kw + self.standby_ac_kw
        return BatteryLimits(
            from_pv_kw=0.0, from_grid_kw=0.0, discharge_kw=0.0, standby_ac_kw=standby
        )

    def steered(self, wish_kw: float) -> BatteryLimits:
        """As they are for a battery that takes `wish_kw` (gives it, if negative) and no more."""
        take, give = max(wish_kw, 0.0), max(-wish_kw, 0.0)
        return replace(
            self,
            from_pv_kw=min(self.from_pv_kw, take),
            from_grid_kw=min(self.from_grid_kw, take),
            discharge_kw=min(self.discharge_kw, give),
        )


def limits(
    stored_kwh: float, control: Control, battery: BatteryParameters, side: Side = "at"
) -> BatteryLimits:
    """The limits at `stored_kwh`, or just `below` or `above` it where a boundary is there.

    A full battery takes what its standby loss needs and no more.
    """
    above = stored_kwh > floor_kwh(control, battery) or (
        side == "above" and stored_kwh == floor_kwh(control, battery)
    )
    filling = control.grid_charging and _is_below(stored_kwh, ceiling_kwh(control, battery), side)
    standby = battery.standby_kw if above else 0.0
    most = min(control.charge_kw, battery.max_charge_kw * taper_share(stored_kwh, battery))
    full = full_kwh(control, battery)
    hold = min(most, standby / battery.charge_efficiency)
    at_full = hold if stored_kwh == full and side == "at" else 0.0
    gives = above and not (filling and control.grid_setpoint_kw is None)
    return BatteryLimits(
        from_pv_kw=most if _is_below(stored_kwh, full, side) else at_full,
        from_grid_kw=most if filling else 0.0,
        discharge_kw=min(control.discharge_kw, battery.max_discharge_kw) if gives else 0.0,
        standby_kw=standby,
        standby_ac_kw=battery.standby_kw - standby,
    )


def is_hinge(stored_kwh: float, control: Control, battery: BatteryParameters) -> bool:
    """Whether the flows just above and just below may drive the battery towards each other here."""
    if stored_kwh == floor_kwh(control, battery):
        return True
    return control.grid_charging and stored_kwh == ceiling_kwh(control, battery)


def floor_kwh(control: Control, battery: BatteryParameters) -> float:
    """The floor as stored energy [kWh]."""
    return control.floor_percent / 100 * battery.capacity_kwh


def ceiling_kwh(control: Control, battery: BatteryParameters) -> float:
    """The ceiling of grid charging as stored energy [kWh]."""
    return min(control.ceiling_percent, control.full_percent) / 100 * battery.capacity_kwh


def full_kwh(control: Control, battery: BatteryParameters) -> float:
    """The ceiling of all charging as stored energy [kWh]."""
    return control.full_percent / 100 * battery.capacity_kwh


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
    stored_kwh: float, rate_kw: float, control: Control, battery: BatteryParameters
) -> tuple[float, float]:
    """Hours until the limits change (inf: never), and the stored energy [kWh] then."""
    edges = [0.0, battery.capacity_kwh]
    edges += [each(control, battery) for each in (floor_kwh, ceiling_kwh, full_kwh)]
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


def _is_below(stored_kwh: float, edge_kwh: float, side: Side) -> bool:
    return stored_kwh < edge_kwh or (side == "below" and stored_kwh == edge_kwh)
