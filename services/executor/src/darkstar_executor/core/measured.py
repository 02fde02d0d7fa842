"""What is measured now, bare: what decisions and the watch over the inverter rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from darkstar_common.config import Config, Ev
from darkstar_executor.core import house
from darkstar_executor.core.ears import Ears


@dataclass(frozen=True, slots=True, kw_only=True)
class EvMeasured:
    """An electric vehicle at its charger; None where it is not known.

    Attributes:
        connected: Whether it is plugged in.
        charging: What its switch shows.
        power_kw: Into it [kW].
        soc_percent: Its state of charge [%].
    """

    connected: bool | None = None
    charging: bool | None = None
    power_kw: float | None = None
    soc_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Fresh readings: powers non-negative [kW], None for what is not known now.

    Attributes:
        grid_available: By the grid's status, else by its voltage.
        automation_on: What the house's own switch for it shows.
        work_mode: The inverter's own word for its mode.
        evs: Each vehicle of the configuration, by id.
    """

    soc_percent: float | None = None
    pv_kw: float | None = None
    load_kw: float | None = None
    import_kw: float | None = None
    export_kw: float | None = None
    charge_kw: float | None = None
    discharge_kw: float | None = None
    water_kw: float | None = None
    water_temperature_c: float | None = None
    grid_voltage_v: float | None = None
    grid_available: bool | None = None
    automation_on: bool | None = None
    work_mode: str | None = None
    evs: Mapping[str, EvMeasured] = field(default_factory=dict)


def measured(ears: Ears, config: Config, now: datetime) -> Measured:
    """What the ears know at `now`."""
    states = house.states(ears, config.executor.meter, now)
    return Measured(
        **{name: reading.value for name, reading in states.items()},
        grid_available=house.grid_available(ears, states["grid_voltage_v"].value, now),
        automation_on=ears.is_on("automation_switch", now),
        work_mode=ears.shows("work_mode"),
        evs={ev.id: _vehicle(ears, ev, now) for ev in config.evs},
    )


def _vehicle(ears: Ears, ev: Ev, now: datetime) -> EvMeasured:
    read = house.vehicle(ears, ev, now)
    return EvMeasured(
        connected=read.connected,
        charging=read.charging,
        power_kw=read.power_kw.value,
        soc_percent=read.soc_percent.value,
    )
