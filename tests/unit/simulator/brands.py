"""A small house of any brand, worked by the entity ids and words of its gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from unit.simulator.houses import ROUND, START, a_house, at_soc

from darkstar_simulator.core.commands import Applied, Refused
from darkstar_simulator.core.dialects import DIALECTS
from darkstar_simulator.core.entities import Entity
from darkstar_simulator.core.house import flows_now, soc_percent
from darkstar_simulator.core.inverter import Flows
from darkstar_simulator.core.simulation import Simulation, default_settings, move, receive


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A house with a battery of 10 kWh and 5 kW, an inverter of 6 kW and a fuse of 10 kW."""

    simulation: Simulation

    def told(self, payloads: Mapping[str, str]) -> Brand:
        """After commands, by entity id; none may be refused."""
        simulation = self.simulation
        for entity_id, payload in payloads.items():
            step = receive(simulation, self.entity(entity_id), payload.encode())
            assert isinstance(step.outcomes[0], Applied), step.outcomes
            simulation = step.simulation
        return Brand(simulation=simulation)

    def refuses(self, entity_id: str, payload: str) -> bool:
        step = receive(self.simulation, self.entity(entity_id), payload.encode())
        return isinstance(step.outcomes[0], Refused)

    def later(self, hours: float) -> Brand:
        until = self.simulation.state.at + timedelta(hours=hours)
        return Brand(simulation=move(self.simulation, until).simulation)

    def entity(self, entity_id: str) -> Entity:
        found = {f"{one.domain}.{one.object_id}": one for one in self.simulation.entities}
        assert entity_id in found, f"{entity_id} is none of {', '.join(found)}"
        return found[entity_id]

    def shows(self, entity_id: str) -> str:
        return self.simulation.texts()[self.entity(entity_id).object_id]

    @property
    def flows(self) -> Flows:
        house = self.simulation
        return flows_now(house.state, house.house, house.orders)

    @property
    def soc(self) -> float:
        return soc_percent(self.simulation.state, ROUND)

    @property
    def net(self) -> tuple[float, float]:
        """Battery (charging positive) and grid (import positive), rounded [kW]."""
        flows = self.flows
        battery = flows.charge_kw - flows.discharge_kw
        return round(battery, 3), round(flows.import_kw - flows.export_kw, 3)


def a_brand(
    name: str, *, load: float = 1.0, pv: float = 0.0, soc: float = 50.0, at: datetime = START
) -> Brand:
    """A house of that brand, just switched on; START is 14:00 in Stockholm.

    Args:
        name: of the dialect.
        load: what the house draws [kW].
        pv: what the sun offers [kW].
        soc: in the battery [%].
        at: the moment.
    """
    dialect = DIALECTS[name]
    return Brand(
        simulation=Simulation(
            house=a_house(load, pv),
            node="sim1",
            dialect=dialect,
            state=replace(at_soc(soc), at=at, opened_at=at),
            settings=default_settings(dialect, ROUND),
        )
    )
