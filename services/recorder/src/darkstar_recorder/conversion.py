"""Between the messages of the contract and the recorder's own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from darkstar_common.config import Config
from darkstar_common.contract import (
    EnergyCounters,
    HouseState,
    Service,
    SlotObservation,
)
from darkstar_common.contract import Reading as Told
from darkstar_recorder.core import flags
from darkstar_recorder.core.limits import Limits
from darkstar_recorder.core.powers import Power
from darkstar_recorder.core.readings import ENERGIES, SOC, Reading

_GENEROUS = 1.5
"""Fuses carry more than they say for a while, and so do inverters."""
_OPPOSITE = {
    "import": "export", "export": "import", "charge": "discharge", "discharge": "charge",
}  # fmt: skip


def measurements(message: EnergyCounters | HouseState) -> tuple[Reading | Power, ...]:
    """What was measured, without what is unknown; [kWh], [%] and [kW]."""
    if isinstance(message, HouseState):
        return (*_known(SOC, message.soc_percent), *_powers(message))
    return tuple(
        one for channel in ENERGIES for one in _known(channel, getattr(message, f"{channel}_kwh"))
    )


def _known(channel: str, reading: Told) -> Iterator[Reading]:
    if reading.value is not None and reading.measured_at is not None:
        yield Reading(channel=channel, measured_at=reading.measured_at, value=reading.value)


def _powers(message: HouseState) -> Iterator[Power]:
    """Each by its channel; what flows the other way belongs to the other one of a pair."""
    told = {channel: getattr(message, f"{channel}_kw") for channel in ENERGIES}
    for channel, one in told.items():
        if one.value is None or one.measured_at is None:
            continue
        other = _OPPOSITE.get(channel)
        yield Power(channel=channel, measured_at=one.measured_at, kw=max(0.0, one.value))
        if other is not None and one.value < 0 and told[other].value in {None, 0}:
            yield Power(channel=other, measured_at=one.measured_at, kw=-one.value)


def limits(config: Config) -> Limits:
    """What this house can do at most, by fuse, inverter and battery; generous."""
    grid, battery, inverter = config.grid, config.battery, config.inverter.max_ac_kw
    both = (battery.max_charge_kw, battery.max_discharge_kw) if battery else (None, None)
    most = {
        "load": grid.max_import_kw + inverter,
        "pv": 2 * inverter + (both[0] or 0.0),
        "import": grid.max_import_kw,
        "export": max(grid.max_export_kw, inverter),
        "charge": both[0],
        "discharge": both[1],
        "water": config.water_heater.power_kw if config.water_heater else None,
        "ev": sum(one.max_charge_kw for one in config.evs) or None,
    }
    return Limits(kw={channel: _GENEROUS * kw for channel, kw in most.items() if kw is not None})


def observation(row: Mapping[str, Any], now: datetime) -> SlotObservation:
    """A stored slot as the message that tells of it."""
    masks = {channel: row[f"{channel}_flags"] for channel in ENERGIES if row[f"{channel}_flags"]}
    fields = {
        name: value
        for name, value in row.items()
        if not name.endswith("_flags") and name != "price_kind"
    }
    return SlotObservation(
        sender=Service.RECORDER,
        emitted_at=now,
        quality=flags.quality(masks),
        flags={channel: flags.names(mask) for channel, mask in masks.items()},
        **fields,
    )
