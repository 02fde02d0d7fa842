"""What the house remembers over a restart, as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from darkstar_simulator.core.car import Car
from darkstar_simulator.core.counters import Counters
from darkstar_simulator.core.dialects import Dialect, Values
from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.entities import common_entities
from darkstar_simulator.core.faults import Faults
from darkstar_simulator.core.house import House, HouseState, initial_car, initial_state
from darkstar_simulator.core.parameters import HouseParameters
from darkstar_simulator.core.simulation import Simulation, default_settings
from darkstar_simulator.core.tank import Tank

LONGEST_ABSENCE = timedelta(days=2)


def remember(simulation: Simulation) -> dict[str, Any]:
    """Physics, settings and reset counters; faults end with a restart."""
    state = asdict(simulation.state)
    state["at"] = simulation.state.at.isoformat()
    state["opened_at"] = simulation.state.opened_at.isoformat()
    return {
        "state": state,
        "dialect": simulation.dialect.name,
        "settings": dict(simulation.settings),
        "zeros": dict(simulation.faults.zeros),
    }


def recall(
    memory: Mapping[str, Any] | None,
    house: House,
    *,
    node: str,
    now: datetime,
    dialect: Dialect = DEYE,
) -> Simulation:
    """The simulation to go on with at `now`.

    The house went on while nobody watched: the caller moves it to `now`. After a long absence, or
    when the clock was set back, it stands as it was left. An inverter of another brand than before
    is set as a new one is.

    Args:
        memory: what `remember` gave; None starts a new house.
        house: parts, weather and people.
        node: names this house in topics.
        now: the present.
        dialect: the brand of its inverter now.

    Raises:
        KeyError, TypeError, ValueError: `memory` is not what `remember` gives.
    """
    fresh = Simulation(
        house=house,
        node=node,
        dialect=dialect,
        state=initial_state(now, house.parameters),
        settings=default_settings(dialect, house.parameters),
    )
    if memory is None:
        return fresh
    state = _state(memory["state"], house.parameters)
    if not now - LONGEST_ABSENCE <= state.at <= now:
        state = replace(state, at=now, opened=state.counters, opened_at=now)
    return replace(
        fresh,
        state=state,
        settings=_settings(memory, fresh),
        faults=Faults(zeros=memory["zeros"] if memory.get("dialect") == dialect.name else {}),
    )


def _settings(memory: Mapping[str, Any], fresh: Simulation) -> Values:
    """What is remembered of each setting that there still is, and a brand's own notes."""
    same = memory.get("dialect") == fresh.dialect.name
    parameters = fresh.house.parameters
    keys = {one.setting for one in (fresh.entities if same else common_entities(parameters))}
    kept = {
        key: value
        for key, value in memory["settings"].items()
        if key in keys or (same and key.startswith("_"))
    }
    return {**fresh.settings, **kept}


def _state(memory: Mapping[str, Any], parameters: HouseParameters) -> HouseState:
    car = memory.get("car") if parameters.wallbox is not None else None
    return HouseState(
        at=datetime.fromisoformat(memory["at"]),
        stored_kwh=memory["stored_kwh"],
        tank=Tank(**memory["tank"]),
        car=Car(**car) if car is not None else initial_car(parameters),
        counters=Counters(**memory["counters"]),
        opened=Counters(**memory["opened"]),
        opened_at=datetime.fromisoformat(memory["opened_at"]),
    )
