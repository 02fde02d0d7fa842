"""Bounds that a brand can set only within a part of 0 to 100 %."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from unit.executor.days import CAPACITY_KWH, Block, Day, Kind, a_day
from unit.executor.played import NODE, PREFIX, Player, configuration, simulation

from darkstar_common.config import Config
from darkstar_common.contract import Override
from darkstar_executor.core.binding import bound
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.roles import Binding
from darkstar_executor.core.wishes import NO_WISHES, Wishes
from darkstar_executor.profiles import load_profile
from darkstar_simulator.core.discovery import discovery


def house(name: str, **battery: float) -> Config:
    config = configuration(name)
    assert config.battery is not None
    return config.model_copy(update={"battery": config.battery.model_copy(update=battery)})


def bindings(name: str, **battery: float) -> dict[str, Binding]:
    registry = Registry()
    entities = simulation(name, a_day()).entities
    for topic, payload in discovery(entities, NODE, prefix=PREFIX).items():
        registry = registry.updated(topic, payload, PREFIX)
    return bound(registry.entities, load_profile(name), house(name, **battery))


@pytest.mark.parametrize(
    ("name", "role", "battery", "sentence"),
    [
        (
            "huawei", "end_of_discharge", {"min_soc_percent": 25.0},
            "number.batteries_end_of_discharge_soc takes at most 20 %, "  # noqa: ISC004 (a row)
            "battery.min_soc_percent is 25: lower that",
        ),
        (
            "sungrow", "min_soc", {"min_soc_percent": 60.0},
            "number.battery_min_soc takes at most 50 %, battery.min_soc_percent is 60: lower that",
        ),
        (
            "sungrow", "max_soc", {"max_soc_percent": 45.0},
            "number.battery_max_soc takes at least 50 %, battery.max_soc_percent is 45: raise that",
        ),
    ],
)  # fmt: skip
def test_a_bound_that_cannot_hold_the_configured_limit_is_none(
    name: str, role: str, battery: dict[str, Any], sentence: str
) -> None:
    assert bindings(name)[role].status == "bound"
    refused = bindings(name, **battery)[role]
    assert refused.entity is None
    assert (refused.status, refused.detail) == ("wrong_options", sentence)


@pytest.mark.parametrize("name", ["huawei", "sungrow"])
def test_others_are_as_they_were(name: str) -> None:
    narrowed = bindings(name, min_soc_percent=60.0, max_soc_percent=70.0)
    lost = {role for role, one in narrowed.items() if one.entity is None}
    assert lost == {"huawei": {"end_of_discharge"}, "sungrow": {"min_soc"}}[name]


class Wanted(Day):
    """A day on which somebody wants a forced flow, until the battery is at 40 or 60 %."""

    def wishes(self, moment: datetime) -> Wishes:  # noqa: ARG002 (at any)
        charge = self.kinds[0] == "grid"
        override = Override(
            action="force_charge" if charge else "force_export",
            soc_percent=40 if charge else 60,
            until=self.end,
        )
        return NO_WISHES.model_copy(update={"override": override})


@pytest.mark.parametrize(
    ("name", "kind", "entry", "end"),
    [
        ("huawei", "export", 80, 60), ("sungrow", "export", 80, 60), ("sungrow", "grid", 20, 40),
        ("solis", "export", 80, 60),  # ends it itself, likewise
    ],
)  # fmt: skip
def test_darkstar_ends_what_the_inverter_would_end_later(
    name: str, kind: Kind, entry: float, end: float
) -> None:
    """The inverter would go on to 20 % (Huawei) or to 50 % (Sungrow)."""
    day = a_day([Block(kind=kind, hours=5, load_kw=0.5, power_kw=4.0)], vary=False)
    day = Wanted(plan=day.plan, series=day.series, kinds=day.kinds)
    player = Player(name, day)
    stored = entry / 100 * CAPACITY_KWH
    player.sim = replace(player.sim, state=replace(player.sim.state, stored_kwh=stored))
    life = player.lived()
    reached = life.minutes[-1].soc_percent
    assert reached == pytest.approx(end, abs=1.0), life.story(day.start, day.end)
    late = [one for one in life.minutes if one.at > day.start + timedelta(hours=3)]
    assert all(abs(one.soc_percent - reached) < 0.5 for one in late), life.story(day.start, day.end)
    ends_itself = name == "solis"
    rule = {"grid": "ceiling_reached", "export": "floor_reached"}[kind]
    assert any(one.rule == rule for one in late) != ends_itself
