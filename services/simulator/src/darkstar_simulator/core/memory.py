"""What the house remembers over a restart, as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from darkstar_simulator.core.counters import Counters
from darkstar_simulator.core.faults import Faults
from darkstar_simulator.core.house import House, HouseState, initial_state
from darkstar_simulator.core.settings import Settings, WorkMode, fallback_settings
from darkstar_simulator.core.simulation import Simulation
from darkstar_simulator.core.tank import Tank

LONGEST_ABSENCE = timedelta(days=2)


def remember(simulation: Simulation) -> dict[str, Any]:
    """Physics, settings and reset counters; faults end with a restart."""
    state = asdict(simulation.state)
    state["at"] = simulation.state.at.isoformat()
    state["opened_at"] = simulation.state.opened_at.isoformat()
    return {
        "state": state,
        "settings": asdict(simulation.settings),
        "zeros": dict(simulation.faults.zeros),
    }


def recall(
    memory: Mapping[str, Any] | None, house: House, *, node: str, now: datetime
) -> Simulation:
    """The simulation to go on with at `now`.

    The house went on while nobody watched: the caller moves it to `now`. After a long absence, or
    when the clock was set back, it stands as it was left.

    Args:
        memory: what `remember` gave; None starts a new house.
        house: parts, weather and people.
        node: names this house in topics.
        now: the present.

    Raises:
        KeyError, TypeError, ValueError: `memory` is not what `remember` gives.
    """
    if memory is None:
        return Simulation(
            house=house,
            node=node,
            state=initial_state(now, house.parameters),
            settings=fallback_settings(house.parameters),
        )
    state = _state(memory["state"])
    if not now - LONGEST_ABSENCE <= state.at <= now:
        state = replace(state, at=now, opened=state.counters, opened_at=now)
    settings = memory["settings"]
    return Simulation(
        house=house,
        node=node,
        state=state,
        settings=Settings(**settings | {"work_mode": WorkMode(settings["work_mode"])}),
        faults=Faults(zeros=memory["zeros"]),
    )


def _state(memory: Mapping[str, Any]) -> HouseState:
    return HouseState(
        at=datetime.fromisoformat(memory["at"]),
        stored_kwh=memory["stored_kwh"],
        tank=Tank(**memory["tank"]),
        counters=Counters(**memory["counters"]),
        opened=Counters(**memory["opened"]),
        opened_at=datetime.fromisoformat(memory["opened_at"]),
    )
