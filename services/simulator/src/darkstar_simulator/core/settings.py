"""What the house can be told: the values behind its command topics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from darkstar_simulator.core.parameters import HouseParameters


class WorkMode(StrEnum):
    """The two work modes of a Deye-kind inverter that matter here."""

    EXPORT_FIRST = "Export First"
    ZERO_EXPORT = "Zero Export To CT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is commanded now; it stays so until the next command.

    Attributes:
        work_mode: who gets surplus PV and whether the battery may feed the grid.
        grid_charging: whether the grid charges the battery below the SoC target.
        max_charging_current_a: [A] at nominal voltage.
        max_discharging_current_a: [A] at nominal voltage.
        export_limit_w: most that is fed into the grid [W].
        soc_target_percent: the battery is discharged down to it, or charged from the grid up to
            it [%].
        water_setpoint_c: the thermostat of the water heater [°C].
    """

    work_mode: WorkMode = WorkMode.ZERO_EXPORT
    grid_charging: bool = False
    max_charging_current_a: float = 185.0
    max_discharging_current_a: float = 185.0
    export_limit_w: float = 16000.0
    soc_target_percent: float = 12.0
    water_setpoint_c: float = 60.0


def fallback_settings(parameters: HouseParameters, *, min_soc_percent: float = 12.0) -> Settings:
    """Plain self-consumption within the limits: what the house does when nobody plans."""
    return Settings(
        max_charging_current_a=parameters.inverter.max_current_a,
        max_discharging_current_a=parameters.inverter.max_current_a,
        export_limit_w=parameters.inverter.fuse_kw * 1000,
        soc_target_percent=min_soc_percent,
    )
