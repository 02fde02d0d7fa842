"""The whole simulated house as one value: physics, settings, faults and what the topics show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from darkstar_simulator.core.commands import Applied, Outcome, Refused, command
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.core.entities import (
    Device,
    Entity,
    availability_topic,
    command_topic,
    entities,
    state_topic,
)
from darkstar_simulator.core.faults import Fault, FaultKind, Faults
from darkstar_simulator.core.house import House, HouseState, advance_slots
from darkstar_simulator.core.readings import (
    number_text,
    sensor_values,
    setting_text,
    state_payloads,
)
from darkstar_simulator.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A command that a slow device has taken but not yet acted upon."""

    due: datetime
    entity: Entity
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The house and all that is known about it at `state.at`."""

    house: House
    node: str
    state: HouseState
    settings: Settings
    faults: Faults = field(default_factory=Faults)
    pending: tuple[Pending, ...] = ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All entities that the house shows."""
        return entities(self.house.parameters)

    def commandable(self) -> Mapping[str, Entity]:
        """The entities that take commands, by command topic."""
        return {
            command_topic(one, self.node): one for one in self.entities if one.setting is not None
        }

    def values(self) -> dict[str, float]:
        """What each sensor would read if nothing were wrong, by object id."""
        return sensor_values(self.state, self.house, self.settings)

    def texts(self) -> dict[str, str]:
        """What each entity shows, by object id, with the faults in it."""
        values = self.values()
        shown: dict[str, str] = {}
        for one in self.entities:
            if one.setting is not None:
                text = setting_text(one, self.settings)
            else:
                text = number_text(self.faults.counted(one, values[one.object_id]), one.decimals)
            shown[one.object_id] = self.faults.text(one, text)
        return shown

    def payloads(self) -> dict[str, str]:
        """What every state and availability topic shows; all of it is retained."""
        available = {
            availability_topic(device, self.node): _online(not self.faults.offline(device))
            for device in Device
        }
        states = state_payloads(self.entities, self.texts(), self.node)
        return available | states


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a transition led to.

    Attributes:
        simulation: the house afterwards.
        records: the slots that closed on the way.
        outcomes: the commands that were acted upon.
    """

    simulation: Simulation
    records: tuple[SlotRecord, ...] = ()
    outcomes: tuple[Outcome, ...] = ()

    @property
    def answered(self) -> frozenset[str]:
        """The state topics that answer a command, whether it changed anything or not."""
        node = self.simulation.node
        return frozenset(state_topic(one.entity, node) for one in self.outcomes)


def move(simulation: Simulation, until: datetime) -> Step:
    """The house at `until`; slow commands that fall due on the way act at their time."""
    records: list[SlotRecord] = []
    outcomes: list[Outcome] = []
    due = [one for one in simulation.pending if one.due <= until]
    for one in sorted(due, key=lambda pending: pending.due):
        simulation, closed = _advanced(simulation, one.due)
        simulation, outcome = _acted(simulation, one.entity, one.payload)
        records += closed
        outcomes.append(outcome)
    rest = tuple(one for one in simulation.pending if one.due > until)
    simulation, closed = _advanced(replace(simulation, pending=rest), until)
    return Step(simulation=simulation, records=(*records, *closed), outcomes=tuple(outcomes))


def receive(simulation: Simulation, entity: Entity, payload: bytes) -> Step:
    """What becomes of a command to `entity` at the simulation's moment, faults considered."""
    faults = simulation.faults
    if faults.offline(entity.device) or faults.has(FaultKind.IGNORE_COMMANDS, entity):
        return Step(simulation=simulation)
    if faults.has(FaultKind.REFUSE_COMMANDS, entity):
        refused = Refused(entity, f"{entity.object_id} refuses commands: a fault asked for it")
        return Step(simulation=simulation, outcomes=(refused,))
    delay = faults.delay_seconds(entity)
    if delay > 0:
        due = simulation.state.at + timedelta(seconds=delay)
        waiting = Pending(due=due, entity=entity, payload=payload)
        return Step(simulation=replace(simulation, pending=(*simulation.pending, waiting)))
    simulation, outcome = _acted(simulation, entity, payload)
    return Step(simulation=simulation, outcomes=(outcome,))


def disturb(simulation: Simulation, fault: Fault) -> Simulation:
    """The house after `fault` began or ended."""
    values = simulation.values()
    counters = {
        one.object_id: values[one.object_id] for one in simulation.entities if one.is_counter
    }
    faults = simulation.faults.changed(
        fault, simulation.entities, texts=simulation.texts(), counters=counters
    )
    return replace(simulation, faults=faults)


def _advanced(simulation: Simulation, until: datetime) -> tuple[Simulation, tuple[SlotRecord, ...]]:
    state, records = advance_slots(simulation.state, simulation.house, simulation.settings, until)
    return replace(simulation, state=state), records


def _acted(simulation: Simulation, entity: Entity, payload: bytes) -> tuple[Simulation, Outcome]:
    outcome = command(entity, payload, simulation.settings)
    if isinstance(outcome, Applied):
        simulation = replace(simulation, settings=outcome.settings)
    return simulation, outcome


def _online(yes: bool) -> str:
    return "online" if yes else "offline"
