"""What the house has said about the water tank: set-points commanded, temperatures measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from darkstar_common.contract import ControlState, HouseState
from darkstar_common.slots import slot_start, slots_between
from darkstar_planner.core.energy import EnergyRecord
from darkstar_planner.core.strategy import TankSlot

V = TypeVar("V")
KEPT = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class TankRecord:
    """By slot: the last set-point, None where nothing is written, and the highest temperature."""

    commanded: Mapping[datetime, float | None] = field(default_factory=dict)
    measured: Mapping[datetime, float] = field(default_factory=dict)

    def controlled(self, state: ControlState) -> TankRecord:
        """This record with what the executor commands; in shadow mode it writes nothing."""
        set_point = None if state.shadow else state.command.water_temperature_c
        made = {**self.commanded, slot_start(state.emitted_at): set_point}
        return replace(self, commanded=_recent(made))

    def felt(self, house: HouseState) -> TankRecord:
        """This record with a measured temperature."""
        value, at = house.water_temperature_c.value, house.water_temperature_c.measured_at
        if value is None or at is None:
            return self
        slot = slot_start(at)
        highest = max(value, self.measured.get(slot, value))
        return replace(self, measured=_recent({**self.measured, slot: highest}))

    def past(self, heating: EnergyRecord, end: datetime) -> tuple[TankSlot, ...]:
        """The last days until `end`, slot by slot; a command holds until there is another.

        Of a slot that is not over, or was not watched for long, no energy is known: little
        of it would look like a heater that has had enough.
        """
        made, set_point = [], None
        for start in slots_between(end - KEPT, end):
            set_point = self.commanded.get(start, set_point)
            made.append(
                TankSlot(
                    start=start,
                    water_kwh=heating.of(start),
                    commanded_c=set_point,
                    measured_c=self.measured.get(start),
                )
            )
        return tuple(made)


def _recent(values: Mapping[datetime, V]) -> dict[datetime, V]:
    newest = max(values)
    return {start: one for start, one in values.items() if newest - start <= KEPT}
