"""Between the messages of the contract and the recorder's own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from darkstar_common.contract import (
    EnergyCounters,
    HouseState,
    Reading,
    Service,
    SlotObservation,
)
from darkstar_recorder.core.counters import ENERGIES, FLAGS, SOC, Measurement

_PARTIAL = "partial"


def measurements(message: EnergyCounters | HouseState) -> tuple[Measurement, ...]:
    """What was measured, without what is unknown; [kWh] and [%]."""
    if isinstance(message, HouseState):
        return tuple(_known(SOC, message.soc_percent))
    return tuple(
        one for channel in ENERGIES for one in _known(channel, getattr(message, f"{channel}_kwh"))
    )


def _known(channel: str, reading: Reading) -> Iterator[Measurement]:
    if reading.value is not None and reading.measured_at is not None:
        yield Measurement(channel=channel, measured_at=reading.measured_at, value=reading.value)


def observation(row: Mapping[str, Any], now: datetime) -> SlotObservation:
    """A stored slot as the message that tells of it."""
    flags = sorted(flag for flag in (*FLAGS, _PARTIAL) if row[flag])
    fields = {name: value for name, value in row.items() if name not in (*FLAGS, _PARTIAL)}
    return SlotObservation(sender=Service.RECORDER, emitted_at=now, quality=tuple(flags), **fields)
