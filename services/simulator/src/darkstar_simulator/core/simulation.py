"""The whole simulated house as one value: physics, settings, faults and what the topics show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from darkstar_simulator.core.commands import Applied, Outcome, Refused, command
from darkstar_simulator.core.control import Orders
from darkstar_simulator.core.counters import SlotRecord
from darkstar_simulator.core.dialects import Dialect, Values, plainly
from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.entities import (
    Entity,
    Value,
    availability_topic,
    command_topic,
    common_entities,
    state_topic,
)
from darkstar_simulator.core.faults import Fault, FaultKind, Faults
from darkstar_simulator.core.house import House, HouseState, advance_slots
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.readings import (
    sensor_text,
    sensor_values,
    setting_text,
    state_payloads,
)

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A command that a slow device has taken but not yet acted upon."""

    due: datetime
    entity: Entity
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The house and all that is known about it at `state.at`.

    Attributes:
        house: parts, weather and people.
        node: names it in topics.
        dialect: the brand of its inverter.
        state: the physics.
        settings: what was commanded, by `Entity.setting`, in the entities' own units and words.
        faults: what is wrong with it.
        pending: slow commands.
    """

    house: House
    node: str
    dialect: Dialect = DEYE
    state: HouseState
    settings: Values
    faults: Faults = field(default_factory=Faults)
    pending: tuple[Pending, ...] = ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        """All entities that the house shows."""
        return entities(self.dialect, self.house.parameters)

    @property
    def orders(self) -> Orders:
        """What the house obeys at its moment."""
        orders = orders_of(self.dialect, self.house, self.settings, self.state.at)
        return replace(orders, islanded=self.faults.no_grid)

    def commandable(self) -> Mapping[str, Entity]:
        """The entities that take commands, by command topic."""
        return {command_topic(one, self.node): one for one in self.entities if one.is_setting}

    def values(self) -> dict[str, float]:
        """What each sensor would read if nothing were wrong, by object id."""
        return sensor_values(self.entities, self.state, self.house, self.orders)

    def texts(self) -> dict[str, str]:
        """What each entity with a state shows, by object id, with the faults in it."""
        values = self.values()
        shown: dict[str, str] = {}
        for one in self.entities:
            if not one.has_state:
                continue
            if one.is_setting:
                text = setting_text(self.settings[one.setting])
            else:
                text = sensor_text(one, self.faults.counted(one, values[one.object_id]))
            shown[one.object_id] = self.faults.text(one, text)
        return shown

    def payloads(self) -> dict[str, str]:
        """What every state and availability topic shows; all of it is retained."""
        available = {
            availability_topic(device, self.node): _online(not self.faults.offline(device))
            for device in sorted({one.device for one in self.entities})
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
        shown = (one.entity for one in self.outcomes if one.entity.has_state)
        return frozenset(state_topic(one, node) for one in shown)


@lru_cache(maxsize=32)
def entities(dialect: Dialect, parameters: HouseParameters) -> tuple[Entity, ...]:
    """All entities of a house of that brand and those parts."""
    return (*dialect.entities(parameters), *common_entities(parameters))


def default_settings(dialect: Dialect, parameters: HouseParameters) -> dict[str, Value]:
    """What a house just switched on is set to, by `Entity.setting`."""
    return {
        one.setting: one.default
        for one in entities(dialect, parameters)
        if one.is_setting and one.default is not None
    }


def orders_of(dialect: Dialect, house: House, settings: Values, moment: datetime) -> Orders:
    """What the house obeys at `moment` under `settings`.

    A dialect is asked about whole minutes only, so that the result does not depend on how often.
    """
    local = _minute(moment).astimezone(house.timezone)
    box = house.parameters.wallbox
    charging = box is not None and settings["wallbox_charging"]
    return Orders(
        control=dialect.control(settings, house.parameters, local),
        water_setpoint_c=float(settings["water_heater_setpoint"]),
        heater_on=bool(settings["water_heater_power_switch"]),
        ev_kw=box.kilowatts(float(settings["wallbox_current"])) if box and charging else 0.0,
    )


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
    """The house at `until`; one whose settings depend on the time is asked each minute."""
    records: list[SlotRecord] = []
    while simulation.state.at < until:
        stop = until
        if simulation.dialect.timed:
            stop = min(until, _minute(simulation.state.at) + _MINUTE)
        state, closed = advance_slots(simulation.state, simulation.house, simulation.orders, stop)
        simulation = replace(simulation, state=state)
        records += closed
    return simulation, tuple(records)


def _acted(simulation: Simulation, entity: Entity, payload: bytes) -> tuple[Simulation, Outcome]:
    outcome = command(entity, payload)
    if isinstance(outcome, Applied):
        branded = entity in simulation.dialect.entities(simulation.house.parameters)
        take = simulation.dialect.take if branded else plainly
        local = simulation.state.at.astimezone(simulation.house.timezone)
        settings = take(simulation.settings, entity.setting, outcome.value, local)
        simulation = replace(simulation, settings=settings)
    return simulation, outcome


def _minute(moment: datetime) -> datetime:
    return moment - (moment - _EPOCH) % _MINUTE


def _online(yes: bool) -> str:
    return "online" if yes else "offline"
