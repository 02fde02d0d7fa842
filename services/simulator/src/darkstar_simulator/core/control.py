"""What the physics of the house obeys, whatever words a brand has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from darkstar_simulator.core.parameters import HouseParameters

PvGoes = Literal["battery", "grid"]
BatteryServes = Literal["house", "grid", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What an inverter was told, in physical terms; it stays so until the next command.

    PV always serves the house first. All powers are on the AC side, and the battery's own limits,
    the inverter's AC limit and the main fuse hold besides.

    Attributes:
        pv_to: who gets PV that the house does not need: the battery and then the grid, or the grid
            and then the battery. A battery that feeds the grid is not charged meanwhile.
        battery_serves: whom the battery feeds while it is above the floor: what the house lacks,
            house and grid (as much as `discharge_kw`), or nobody.
        grid_charging: whether the grid charges the battery below the ceiling. While it does, the
            battery gives nothing; exactly at the ceiling it is held.
        charge_kw: most that goes into the battery, from wherever [kW].
        discharge_kw: most that comes out of it [kW].
        export_kw: most that is fed into the grid; PV beyond it is curtailed [kW].
        floor_percent: the battery is not discharged at or below it [% SoC].
        ceiling_percent: the grid does not charge at or above it [% SoC].
        full_percent: PV does not charge at or above it either [% SoC].
        grid_setpoint_kw: what the battery steers the meter to, import positive [kW]; it then
            charges and discharges for that alone, within all that is said above: more than PV has
            left over only with `grid_charging`, more than the house lacks only where it serves the
            grid. None: nothing is steered.
    """

    pv_to: PvGoes = "battery"
    battery_serves: BatteryServes = "house"
    grid_charging: bool = False
    charge_kw: float
    discharge_kw: float
    export_kw: float
    floor_percent: float
    ceiling_percent: float
    full_percent: float = 100.0
    grid_setpoint_kw: float | None = None

    def __post_init__(self) -> None:
        powers = (self.charge_kw, self.discharge_kw, self.export_kw)
        shares = (self.floor_percent, self.ceiling_percent, self.full_percent)
        if not all(one >= 0 for one in powers) or not all(0 <= one <= 100 for one in shares):  # noqa: PLR2004 (per cent)
            raise ValueError(f"no power may be negative and no share outside 0 to 100 %: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """All that the house obeys at a moment.

    Attributes:
        control: the inverter's part.
        water_setpoint_c: the thermostat of the water heater [°C].
        heater_on: the relay before the water heater; off, it stays cold whatever the thermostat.
        ev_kw: what the wallbox offers the car [kW]; 0 while it is switched off.
        islanded: the grid is gone, and the inverter runs the house alone.
    """

    control: Control
    water_setpoint_c: float = 60.0
    heater_on: bool = True
    ev_kw: float = 0.0
    islanded: bool = False

    @property
    def thermostat_c(self) -> float:
        """What the thermostat heats to [°C]; minus infinity while the relay is off."""
        return self.water_setpoint_c if self.heater_on and not self.islanded else float("-inf")


def fallback_orders(parameters: HouseParameters, *, min_soc_percent: float = 12.0) -> Orders:
    """Plain self-consumption within the limits: what the house does when nobody plans.

    Args:
        parameters: whose limits.
        min_soc_percent: the battery is not discharged at or below it [% SoC].
    """
    box = parameters.wallbox
    return Orders(
        control=Control(
            charge_kw=parameters.battery.max_charge_kw,
            discharge_kw=parameters.battery.max_discharge_kw,
            export_kw=parameters.inverter.fuse_kw,
            floor_percent=min_soc_percent,
            ceiling_percent=min_soc_percent,
        ),
        ev_kw=0.0 if box is None else box.max_kw,
    )
